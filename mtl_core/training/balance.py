"""The balancing methods of a cohort: which runs follow which, and what they answer together."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from mtl_core.balancing.build import make
from mtl_core.balancing.method import Method, Signals, State
from mtl_core.random import Purpose, Streams
from mtl_core.spec.methods import METHODS
from mtl_core.spec.plan import Run
from mtl_core.training.probe import Probe, Standing


@dataclass
class Group:
    """Neighbouring runs of a cohort that follow the same method with the same options."""

    runs: slice
    method: Method
    state: State
    jacobian: bool
    scales_heads: bool
    probe: Probe | None
    fixed: bool


@dataclass(frozen=True)
class Balanced:
    """What a cohort's methods answered.

    Args:
        weights: ``(R, T)`` the effective weights.
        head_scale: ``(R, T)`` what multiplies each head's own gradient.
        directions: ``(runs, (r, P))`` trunk updates of methods whose update is no weighted sum.
        unexplained: ``(R,)`` share of the update that the weights do not explain; 0 for weighted sums.
    """

    weights: Tensor
    head_scale: Tensor
    directions: tuple[tuple[slice, Tensor], ...]
    unexplained: Tensor


class Balance:
    """The methods of a cohort's runs, which are sorted so that runs of one method are neighbours.

    Args:
        runs: the cohort's runs.
        losses: ``(R, T)``, for shapes, dtype and device.
        probe: makes the look beyond a batch for runs with these seeds; called only for methods that ask for one.
    """

    def __init__(self, runs: tuple[Run, ...], losses: Tensor, probe: Callable[[list[int]], Probe]) -> None:
        self._streams = Streams.of([run.seed for run in runs], losses.device).at(Purpose.BALANCE)
        self.groups: list[Group] = []
        start = 0
        for end in range(1, len(runs) + 1):
            if end == len(runs) or runs[end].method != runs[start].method:
                self.groups.append(_group(runs[start:end], slice(start, end), losses[start:end], probe))
                start = end

    def __call__(
        self, losses: Tensor, observed: Tensor, step: int, epoch_steps: int, gramian: Tensor | None, standing: Standing
    ) -> Balanced:
        """One step of every method; states move on."""
        streams = self._streams.at(step)
        weights, scales, unexplained = torch.empty_like(losses), torch.ones_like(losses), losses.new_zeros(len(losses))
        directions = []
        jacobian = standing.jacobian
        for group in self.groups:
            part = group.runs
            signals = Signals(
                losses[part],
                observed[part],
                step,
                epoch_steps,
                Streams(streams.keys[part]),
                None if gramian is None else gramian[part],
                jacobian[part] if group.jacobian and jacobian is not None else None,
                None if group.probe is None else group.probe.at(step, standing.of(part)),
            )
            update, group.state = group.method(signals, group.state)
            weights[part] = update.weights
            if group.scales_heads:
                scales[part] = update.weights
            elif update.heads is not None:
                scales[part] = update.heads
            if update.direction is not None:
                directions.append((part, update.direction))
            if update.unexplained is not None:
                unexplained[part] = update.unexplained
        return Balanced(weights, scales, tuple(directions), unexplained)


def needs_gradients(run: Run) -> bool:
    """Whether a run's method looks at task gradients at every step."""
    return METHODS[run.method.name].signals != "losses"


def _group(runs: tuple[Run, ...], part: slice, losses: Tensor, probe: Callable[[list[int]], Probe]) -> Group:
    entry = METHODS[runs[0].method.name]
    method = make(entry, runs[0].method.options)
    state = method.init(losses)
    if runs[0].method.name == "fixed":
        state["weights"] = losses.new_tensor([run.weights for run in runs])
    look = probe([run.seed for run in runs]) if entry.extra else None
    return Group(part, method, state, entry.signals == "jacobian", entry.scope == "all", look, runs[0].weights is not None)
