"""What a step of one task alone would do to the losses of all: inter-task affinity, looked at as training goes."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mtl_core.models.model import Model, Pass
from mtl_core.random import Purpose, Streams
from mtl_core.spec.plan import Run, equal_weights
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.spec.study import Study
from mtl_core.training.data import Data
from mtl_core.training.forward import batch_losses, table
from mtl_core.training.parameters import Slices, leaves
from mtl_core.training.phase import Phase


def looking(study: Study, runs: Sequence[Run]) -> list[int]:
    """The places of the runs whose tasks are looked at: those that learn all tasks with equal weights, at any learning rate.
    One model for all weightings is left out, for its losses are of another weighting at each step."""
    if not study.affinity_every:
        return []
    preferred = {study.sharing(choice) for choice in study.strategies if STRATEGIES[choice.name].preferred}
    centre = equal_weights(len(study.tasks))
    return [place for place, run in enumerate(runs) if run.weights == centre and run.strategy not in preferred]


class LookAhead:
    """Takes a plain gradient step of each task in turn on the trunk of a copy, and reads the losses of all tasks there.

    ``Z_ij = 1 - L_j(X, θ_s - η ∇_s L_i(X), θ_j) / L_j(X, θ_s, θ_j)``: above zero task i helps task j. The batch is the same
    before and after, and so is whatever the strategy draws by lot. ``η`` is the learning rate of that step (times a
    parameter's own multiple, and none where a phase holds it still), whatever the optimizer is: a step of Adam with its
    moments is another one.

    Args:
        model: of one run.
        data: the suite on its device.
        slices: where the parameters lie.
        runs: the cohort's.
        places: of those that are looked at.
        pace: ``(P,)`` learning rates as multiples of the run's; None where all are one.

    Source: Fifty et al. 2021, equation 1.
    Cost: one forward pass a task, of these runs alone. Steps of several tasks are as many runs side by side, up to what takes
    no more memory than the training step of the cohort.
    """

    def __init__(
        self, model: Model, data: Data, slices: Slices, runs: Sequence[Run], places: Sequence[int], pace: Tensor | None
    ) -> None:
        device, seeds = data.train.inputs.device, [runs[place].seed for place in places]
        self._at_once = min(len(data.tasks), max(1, 2 * len(runs) // len(places)))
        self.places = torch.tensor(places, device=device)
        self._model, self._data, self._trunk = model, data, slices.trunk
        self._pace = None if pace is None else pace[: slices.trunk]
        self._noise = Streams.of(seeds * self._at_once, device).at(Purpose.SHARING)
        self._scratch = torch.zeros(len(seeds) * self._at_once, slices.total, device=device)
        self._views = leaves(model, self._scratch)

    def __call__(
        self,
        step: int,
        phase: Phase,
        rows: Tensor,
        parameters: Tensor,
        rates: Tensor,
        jacobian: Tensor,
        losses: Tensor,
        known: Tensor,
    ) -> Tensor:
        """``(r, T, T)``: what a step of the row's task does to the column's; NaN where either has no label in the batch, waits
        or has a loss of zero, and for runs that have diverged.

        Args:
            step: from 0.
            phase: the present one.
            rows: ``(R, B)`` the examples of the cohort's runs.
            parameters: ``(R, P)`` before the update.
            rates: ``(R, 1)`` present learning rates.
            jacobian: ``(R, T, P_trunk)``.
            losses: ``(R, T)``.
            known: ``(R, T)`` bool, the tasks that are learned in this step.
        """
        mine, trunk = self.places, self._trunk
        here, before, known = parameters[mine], losses[mine], known[mine]
        rate = rates[mine] if self._pace is None else rates[mine] * self._pace
        if phase.moves is not None:
            rate = rate * (phase.moves[mine] if len(phase.moves) > 1 else phase.moves)[:, :trunk]
        after = []
        with torch.no_grad():
            for start in range(0, losses.shape[1], self._at_once):
                stepped = rate * jacobian[mine, start : start + self._at_once].transpose(0, 1)  # (k, r, P_trunk)
                side_by_side = len(stepped) * len(mine)
                moved = self._scratch[:side_by_side].view(len(stepped), *here.shape)
                moved.copy_(here)
                moved[:, :, :trunk] -= stepped
                views = {name: view[:side_by_side] for name, view in self._views.items()}
                at = Pass(step, self._noise.at(step).of_runs(slice(side_by_side)))
                examples = rows[mine].repeat(len(stepped), 1)
                found = table(batch_losses(self._model, self._data, views, examples, at)[0])
                after.append(found.unflatten(0, stepped.shape[:2]))
        change = 1 - torch.cat(after).transpose(0, 1) / before.unsqueeze(1)
        told = known.unsqueeze(1) & known.unsqueeze(2) & (before > 0).unsqueeze(1) & change.isfinite()
        return change.masked_fill(~told, torch.nan)
