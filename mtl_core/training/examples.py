"""A few validation examples that are watched: chosen once, answered at every evaluation."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mtl_core.kinds.kind import kind_of
from mtl_core.models.model import EVALUATION, Model
from mtl_core.records import Examples, watched
from mtl_core.records.examples import COUNT
from mtl_core.spec.kinds import KINDS
from mtl_core.spec.plan import Run
from mtl_core.spec.suites import SUITES
from mtl_core.suites import Suite
from mtl_core.training.cohort import Cohort
from mtl_core.training.data import Data
from mtl_core.training.parameters import leaves

LOOKED_AT = 256
"""Validation examples that the few are chosen among."""


@dataclass(frozen=True)
class Watch:
    """The examples, and who answers them.

    Args:
        examples: as the layout has them.
        inputs: ``(N, ...)`` on the device.
        centres, spreads: ``(T,)`` what values were standardised by, on the device.
        runs: the places of the runs that answer.
    """

    examples: Examples
    inputs: Tensor
    centres: Tensor
    spreads: Tensor
    runs: frozenset[int]

    @classmethod
    def of(cls, suite: Suite, runs: tuple[Run, ...], device: torch.device) -> "Watch":
        """Choose the examples of a study."""
        rows = chosen(suite)
        split, source = suite.validation, SUITES[suite.name].load()
        units = np.array(suite.units or [(0.0, 1.0)] * len(suite.tasks))
        truths = (
            np.stack([target[rows].reshape(len(rows), -1)[:, 0] for target in split.targets], axis=1) * units[:, 1]
            + units[:, 0]
        )
        inputs = split.inputs[rows]
        examples = Examples(
            tuple(tuple(source.view(suite, each) for each in (row if suite.per_task else [row])) for row in inputs),
            tuple(
                tuple(float(f"{value:.6g}") if known else None for value, known in zip(values, there, strict=True))
                for values, there in zip(truths, split.observed[rows], strict=True)
            ),
            tuple(float(spread) for spread in units[:, 1]),
        )
        centres, spreads = torch.tensor(units.T, dtype=torch.float32, device=device)
        return cls(examples, torch.from_numpy(inputs).to(device), centres, spreads, frozenset(watched(runs)))


def chosen(suite: Suite) -> npt.NDArray[np.intp]:
    """The places of ``COUNT`` validation examples, the same at every call.

    Taken one after another from the first ``LOOKED_AT``, those with most labels first: each time the first of those that show
    most classes that were not yet shown. A person then sees a rare class too, so the examples say nothing of how frequent
    classes are.
    """
    split = suite.validation
    labels = split.observed.sum(axis=1)
    most = int((labels == labels.max()).sum())
    left = np.argsort(-labels, kind="stable")[: max(COUNT, min(most, LOOKED_AT))].tolist()
    classes = [place for place, task in enumerate(suite.tasks) if KINDS[task.kind].targets == "classes"]
    shown: set[tuple[int, int]] = set()
    rows: list[int] = []
    for _ in range(min(COUNT, len(left))):

        def told(row: int) -> set[tuple[int, int]]:
            return {(place, int(split.targets[place][row])) for place in classes if split.observed[row, place]}

        best = max(left, key=lambda row: len(told(row) - shown))
        left.remove(best)
        rows.append(best)
        shown |= told(best)
    return np.array(sorted(rows))


def answers(cohort: Cohort, model: Model, data: Data, watch: Watch) -> tuple[list[int], dict[str, Tensor]]:
    """Which of a cohort's runs are watched, by their places in it, and what they say: ``answer`` and ``certainty``
    ``(r, T, N)``, NaN for runs that diverged and for tasks that a run does not train."""
    places = [place for place, run in enumerate(cohort.runs) if run.index in watch.runs]
    if not places:
        return [], {}
    inputs = watch.inputs.expand(len(places), *watch.inputs.shape)
    with torch.no_grad():
        outputs = model(leaves(model, cohort.parameters[places]), data.arranged(inputs), EVALUATION).tasks
    found = [kind_of(task.kind).answer(output) for task, output in zip(data.tasks, outputs, strict=True)]
    answer, certainty = (torch.stack(parts, dim=1) for parts in zip(*found, strict=True))
    answer = answer * watch.spreads[:, None] + watch.centres[:, None]
    hidden = ~(cohort.alive[places][:, None] & cohort.trained[places])[:, :, None]
    return places, {"answer": answer.masked_fill(hidden, torch.nan), "certainty": certainty.masked_fill(hidden, torch.nan)}
