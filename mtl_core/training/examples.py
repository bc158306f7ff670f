"""A few validation examples that are watched: chosen once, answered at every evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mtl_core.kinds.kind import kind_of
from mtl_core.models.model import EVALUATION, Model
from mtl_core.records import Examples, Packed, together, watched
from mtl_core.records.examples import COUNT
from mtl_core.spec.kinds import KINDS
from mtl_core.spec.plan import Run
from mtl_core.spec.study import Study
from mtl_core.spec.suites import SUITES
from mtl_core.suites import Suite
from mtl_core.suites.replies import Asked
from mtl_core.suites.text import asks_before
from mtl_core.suites.view import View
from mtl_core.suites.wholes import MOST, true, whole
from mtl_core.training.cohort import Cohort
from mtl_core.training.data import Data
from mtl_core.training.parameters import leaves

LOOKED_AT = 256
"""Validation examples that the few are chosen among."""

TWICE = 2
"""How often a task is shown before classes are looked at."""

WHOLES = 50
"""How often in a study, about, an answer is kept whole, at most."""


@dataclass(frozen=True)
class Watch:
    """The examples, and who answers them.

    Args:
        examples: as the layout has them.
        inputs: ``(N, ...)`` on the device.
        centres, spreads: ``(T,)`` what values were standardised by, on the device.
        runs: the places of the runs that answer.
        asked: for each task, by its place, whose answers are kept whole what it is asked of each example.
        wholes: the places of the runs whose answers are: of each task alone, and of the first that answers for one network.
        steps: between how many steps they are, and the last step.
    """

    examples: Examples
    inputs: Tensor
    centres: Tensor
    spreads: Tensor
    runs: frozenset[int]
    asked: dict[int, tuple[Asked, ...]]
    wholes: frozenset[int]
    steps: tuple[int, int]

    @classmethod
    def of(cls, suite: Suite, study: Study, runs: tuple[Run, ...], device: torch.device) -> "Watch":
        """Choose the examples of a study."""
        rows = chosen(suite)
        split, source = suite.validation, SUITES[suite.name].load()
        units = np.array(suite.units or [(0.0, 1.0)] * len(suite.tasks))
        truths = (
            np.stack([target[rows].reshape(len(rows), -1)[:, 0] for target in split.targets], axis=1) * units[:, 1]
            + units[:, 0]
        )
        inputs = split.inputs[rows]
        views = tuple(tuple(source.view(suite, each) for each in (row if suite.per_task else [row])) for row in inputs)
        asked, wholes = _whole_truths(suite, rows, views)
        examples = Examples(
            views,
            tuple(
                tuple(float(f"{value:.6g}") if known else None for value, known in zip(values, there, strict=True))
                for values, there in zip(truths, split.observed[rows], strict=True)
            ),
            tuple(float(spread) for spread in units[:, 1]),
            wholes if asked else (),
        )
        seen = watched(runs)
        one = together([runs[place] for place in seen], len(suite.tasks))
        shown = {place for place in seen if runs[place].role == "baseline"} | (set() if one is None else {one.index})
        looked = study.evaluation_interval
        every = looked * -(-(study.steps // looked + 1) // WHOLES)
        centres, spreads = torch.tensor(units.T, dtype=torch.float32, device=device)
        given = torch.from_numpy(inputs).to(device)
        at = (every, study.steps)
        return cls(examples, given, centres, spreads, frozenset(seen), asked, frozenset(shown), at)

    def keeps(self, step: int) -> bool:
        """Whether answers are kept whole after so many updates."""
        every, last = self.steps
        return bool(self.asked) and (step % every == 0 or step >= last)


def _whole_truths(
    suite: Suite, rows: npt.NDArray[np.intp], views: Sequence[Sequence[View]]
) -> tuple[dict[int, tuple[Asked, ...]], tuple[Packed | None, ...]]:
    """What each task whose answers are kept whole is asked of each example, and what is true; see ``Examples.wholes``."""
    asked: dict[int, tuple[Asked, ...]] = {}
    truths: list[Packed | None] = []
    split = suite.validation
    for place, (task, target) in enumerate(zip(suite.tasks, split.targets, strict=True)):
        unit = suite.units[place] if suite.units else (0.0, 1.0)
        told = []
        for row, seen in zip(rows, views, strict=True):
            read = seen[0].row[0][1].split(" ") if suite.words or suite.said else []
            before = asks_before(read) if read else 0
            told.append(
                Asked(task, unit, read[before:], before, split.inputs[row, place] if suite.per_task else split.inputs[row])
            )
        kept = None if task.single else np.stack([true(each, target[row]) for row, each in zip(rows, told, strict=True)])
        small = kept is not None and kept[0].size <= MOST
        truths.append(Packed.of(kept) if kept is not None and small else None)
        if small:
            asked[place] = tuple(told)
    return asked, tuple(truths)


def chosen(suite: Suite) -> npt.NDArray[np.intp]:
    """The places of ``COUNT`` validation examples, the same at every call.

    Taken one after another from the first ``LOOKED_AT``, those with most labels first, and of tasks of which none of these has
    a label as many more: each time the first of those that have labels of most tasks that were not shown ``TWICE`` yet, and
    among them show most classes that were not. A person then sees a rare class too, so the examples say nothing of how
    frequent classes are.
    """
    split = suite.validation
    labels = split.observed.sum(axis=1)
    most = int((labels == labels.max()).sum())
    order = np.argsort(-labels, kind="stable")
    left = order[: max(COUNT, min(most, LOOKED_AT))].tolist()
    # Where rows are of several sources, none may have a label of every task.
    for place in np.flatnonzero(~split.observed[left].any(axis=0)):
        left += [row for row in order.tolist() if split.observed[row, place] and row not in left][:LOOKED_AT]
    classes = [place for place, task in enumerate(suite.tasks) if KINDS[task.kind].targets == "classes"]
    shown: set[tuple[int, int]] = set()
    times = np.zeros(len(suite.tasks))
    rows: list[int] = []
    for _ in range(min(COUNT, len(left))):

        def told(row: int) -> set[tuple[int, int]]:
            return {(place, int(split.targets[place][row])) for place in classes if split.observed[row, place]}

        def news(row: int) -> tuple[int, int]:
            return int(split.observed[row, times < TWICE].sum()), len(told(row) - shown)  # noqa: B023 - called at once

        best = max(left, key=news)
        left.remove(best)
        rows.append(best)
        shown |= told(best)
        times += split.observed[best]
    return np.array(sorted(rows))


Wholes = list[tuple[int, dict[str, npt.NDArray[Any]]]]
"""By the places of runs in a cohort what they answer whole, by task; see the records of ``wholes``."""


def answers(cohort: Cohort, model: Model, data: Data, watch: Watch, step: int) -> tuple[list[int], dict[str, Tensor], Wholes]:
    """Which of a cohort's runs are watched, by their places in it; what they say: ``answer`` and ``certainty`` ``(r, T, N)``,
    NaN for runs that diverged and for tasks that a run does not train; and what is kept whole after so many updates."""
    places = [place for place, run in enumerate(cohort.runs) if run.index in watch.runs]
    if not places:
        return [], {}, []
    inputs = watch.inputs.expand(len(places), *watch.inputs.shape)
    with torch.no_grad():
        outputs = model(leaves(model, cohort.parameters[places]), data.arranged(inputs), EVALUATION).tasks
    found = [kind_of(task.kind).answer(output) for task, output in zip(data.tasks, outputs, strict=True)]
    answer, certainty = (torch.stack(parts, dim=1) for parts in zip(*found, strict=True))
    answer = answer * watch.spreads[:, None] + watch.centres[:, None]
    there = cohort.alive[places][:, None] & cohort.trained[places]
    hidden = ~there[:, :, None]
    wholes: Wholes = []
    if watch.keeps(step):
        for line, (place, known) in enumerate(zip(places, there.tolist(), strict=True)):
            if cohort.runs[place].index in watch.wholes:
                said = _wholes(watch, data, [output[line] for output in outputs], known)
                wholes += [(place, said)] if said or not any(known) else []  # one that diverged says nothing more
    tables = {"answer": answer.masked_fill(hidden, torch.nan), "certainty": certainty.masked_fill(hidden, torch.nan)}
    return places, tables, wholes


def _wholes(watch: Watch, data: Data, outputs: Sequence[Tensor], known: Sequence[bool]) -> dict[str, npt.NDArray[Any]]:
    """Of one run its answers to all examples by the names of tasks, ``(1, N, ...)`` each."""
    found = {}
    for task, asked in watch.asked.items():
        if known[task]:
            said = outputs[task].double().cpu().numpy()
            found[data.tasks[task].name] = np.stack([whole(each, one) for each, one in zip(asked, said, strict=True)])[None]
    return found
