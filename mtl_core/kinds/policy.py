"""Policies: for every cell of a maze which way to go, judged by what that gains exactly."""

from functools import cache

import torch
from torch import Tensor

from mtl_core.kinds.kind import Kind, Sums
from mtl_core.layers.layers import Convolution
from mtl_core.layers.stage import Stage
from mtl_core.spec.kinds import LOSS
from mtl_core.suites.moves import DISCOUNT, SLIP, neighbours
from mtl_core.suites.suite import Task


class Policy(Kind):
    """How much less a policy gains than the best one, in the mean over the cells where a walk may begin; no move is drawn.

    The output ``(R, B, 4, H, W)`` has the log-odds of the four moves at every cell. With slips they are
    ``pi = (1 - SLIP) softmax(output) + SLIP / 4``, with ``P(s' | s)`` where they lead, and what is gained from each cell is
    ``V = (I - DISCOUNT P diag(1 - end))^-1 P reward``. The loss is the mean of ``best - V`` over free cells, and its gradient
    the exact policy gradient. Targets ``(R, B, 4, H, W)`` are planes: which cells are free, what an arrival at each brings,
    whether it ends the walk, and the best policy's V. Rewards are in units of what the best policy gains beyond the random
    walk, so that the normalised return ``1 - mean loss`` is 0 for that walk and 1 for the best policy.

    Cost: a system of as many equations as cells is solved for each run and example, and again in the backward pass.
    """

    adds = True

    def head(self, task: Task, features: int) -> Stage:
        """Log-odds of the moves, at every cell."""
        return Stage(task.name, (Convolution(features, task.classes, 1),))

    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        """Mean over free cells of ``best - V``."""
        free, best = target[:, :, 0].flatten(2), target[:, :, 3].flatten(2)
        return (free * (best - values(output, target))).sum(2) / free.sum(2).clamp(min=1)

    def answer(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """No single one."""
        return torch.full_like(output[:, :, 0, 0, 0], torch.nan), torch.full_like(output[:, :, 0, 0, 0], torch.nan)

    def constant(self, task: Task, target: Tensor) -> Tensor:
        """The random walk."""
        return target.new_zeros(task.classes, *target.shape[2:])

    def init(self, task: Task, like: Tensor) -> Sums:  # noqa: ARG002 - all tasks are added up alike
        """Nothing: the losses say it all, and to find them twice would be most of an evaluation."""
        return {}

    def add(self, sums: Sums, output: Tensor, target: Tensor, observed: Tensor | None) -> Sums:  # noqa: ARG002 - see init
        """Nothing."""
        return sums

    def result(self, sums: Sums) -> Tensor:
        """Normalised return."""
        return (1 - sums[LOSS.name]).unsqueeze(1)


@cache
def _ways(height: int, width: int, device: torch.device) -> Tensor:
    """``(4, H W)`` what lies each way of each cell; sent once, for what is sent waits for the device."""
    return torch.from_numpy(neighbours(height, width).T.copy()).to(device)


def values(output: Tensor, target: Tensor) -> Tensor:
    """``(R, B, H W)`` what the policies gain from each cell; see ``Policy``."""
    height, width = target.shape[3:]
    free, reward, end, _ = target.flatten(3).unbind(2)
    to = _ways(height, width, output.device)
    own = torch.arange(height * width, device=output.device)
    to = torch.where(free[:, :, to] > 0, to, own)  # (R, B, 4, H W); a move into a wall stays

    def there(plane: Tensor) -> Tensor:
        """What lies where each move leads, ``(R, B, H W) -> (R, B, 4, H W)``."""
        return plane.gather(2, to.flatten(2)).view(to.shape)

    moves = (1 - SLIP) * output.flatten(3).softmax(2) + SLIP / output.shape[2]
    gains = (moves * there(reward)).sum(2)
    # The transposed system, from cells down to cells across, as the solver has it in memory: (R, B, H W, H W).
    same = torch.eye(height * width, dtype=output.dtype, device=output.device).expand(*gains.shape, -1)
    left = same.scatter_add(2, to, moves * there(DISCOUNT * (end - 1)))
    # Unchecked, for a check waits for the device, and raises where a run's numbers are no longer finite. The system always has
    # a solution, since its rows are dominated by the diagonal.
    solved: Tensor = torch.linalg.solve_ex(left.mT, gains.unsqueeze(3))[0].squeeze(3)
    return solved
