"""Trained parameters worth keeping: where runs stand at the end, and where they stood at their best validation step."""

import json
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mtl_core.models.model import Model
from mtl_core.records import ModelPart, Moment
from mtl_core.training.checkpoint import pack
from mtl_core.training.cohort import Cohort


class BestStep:
    """The parameters of each run at its lowest mean validation loss so far, the first of equals.

    Where a structure was searched and training then began anew, steps of the search count until there are others. The mean is
    over the tasks that the run trains and that have a validation label, as for the results at the best step; where all tasks
    have one head, over those that carry weight.

    Args:
        cohort: whose runs they are.
    """

    def __init__(self, cohort: Cohort) -> None:
        self._cohort = cohort
        tasks = cohort.tasks
        told = [
            [weighs or not trains for weighs, trains in zip(run.weighs(tasks), run.trains(tasks), strict=True)]
            for run in cohort.runs
        ]
        self._told = np.array(told)
        self.loss = np.full(len(cohort.runs), np.inf)
        self.step = np.zeros(len(cohort.runs), dtype=np.int32)
        self.parameters = cohort.parameters.detach().clone()

    def see(self, step: int, losses: npt.NDArray[np.floating]) -> None:
        """Look at an evaluation after ``step`` updates; ``losses`` ``(R, T)`` are validation losses."""
        searched = max(self._cohort.turns, default=-1)
        if step > searched:
            self.loss[self.step <= searched] = np.inf
        seen = self._told & ~np.isnan(losses)  # those of tasks that a run does not train are
        with np.errstate(invalid="ignore"):
            mean = np.where(seen, losses, 0.0).sum(axis=1) / seen.sum(axis=1)
        better = np.flatnonzero(mean < self.loss)
        self.loss[better], self.step[better] = mean[better], step
        rows = torch.from_numpy(better).to(self.parameters.device)
        self.parameters[rows] = self._cohort.parameters[rows]

    def state(self) -> dict[str, Tensor]:
        """What a resume needs, by name."""
        return {"loss": torch.from_numpy(self.loss), "step": torch.from_numpy(self.step), "parameters": self.parameters}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a ``state()`` of the same cohort."""
        self.loss, self.step = state["loss"].cpu().numpy(), state["step"].cpu().numpy()
        self.parameters = state["parameters"]


def model_part(
    model: Model, moment: Moment, wave: int, cohorts: list[Cohort], stands: list[tuple[Tensor, Tensor]]
) -> ModelPart:
    """The parameters of a wave's runs as bytes.

    Args:
        model: of one run.
        moment: what they are.
        wave: its number, from 0.
        cohorts: the wave's runs.
        stands: for each cohort ``(R,)`` the updates done and ``(R, P)`` the parameters.
    """
    shapes = [[parameter.name, list(parameter.shape)] for parameter in model.parameters]
    tensors = {
        "run": torch.tensor([run.index for cohort in cohorts for run in cohort.runs], dtype=torch.int32),
        "step": torch.cat([step.cpu() for step, _ in stands]).to(torch.int32),
        "parameters": torch.cat([parameters.detach().cpu() for _, parameters in stands]),
    }
    return ModelPart(moment, wave, pack(tensors, parameters=json.dumps(shapes)))


def model_parts(model: Model, part: int, step: int, held: Sequence[tuple[Cohort, BestStep]]) -> list[ModelPart]:
    """The parameters of runs at their end, after ``step`` updates, and at their best step; none where none are held."""
    if not held:
        return []
    cohorts = [cohort for cohort, _ in held]
    ends = [(torch.full((len(cohort.runs),), step), cohort.parameters) for cohort in cohorts]
    bests = [(torch.from_numpy(best.step), best.parameters) for _, best in held]
    return [model_part(model, "end", part, cohorts, ends), model_part(model, "best", part, cohorts, bests)]
