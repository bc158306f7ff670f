"""From step reports to records: kept on the device, copied out in blocks."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from mtl_core.models.model import Model, Pass
from mtl_core.records import Record, RecordKind
from mtl_core.training.cohort import Cohort, StepReport
from mtl_core.training.conflict import conflict
from mtl_core.training.data import Data
from mtl_core.training.evaluation import evaluate, train_rows
from mtl_core.training.examples import Watch, answers
from mtl_core.training.jackknife import chance, labels, left_out
from mtl_core.training.structure import latency, observe, step_time

POINTS = 500
"""About how many steps of a run are recorded; a longer run is thinned evenly."""

BLOCK = 50
"""Recorded steps after which a block is copied out."""


class Recorder:
    """Collects what a cohort reports.

    Args:
        cohort: whose reports they are.
        steps: of a run, to thin long ones.
        example: numbers that pass through one run for one example, to bound the memory of evaluations.
    """

    def __init__(self, cohort: Cohort, steps: int, example: int) -> None:
        self._cohort, self._example = cohort, example
        self._runs = np.array([run.index for run in cohort.runs], dtype=np.int32)
        self._every = max(1, steps // POINTS)
        self._reports: list[tuple[int, StepReport]] = []
        self._gramians: list[tuple[int, Tensor]] = []
        self._affinities: list[tuple[int, Tensor]] = []
        self._last: int | None = None

    @property
    def full(self) -> bool:
        """Whether a block should be copied out."""
        return len(self._reports) + len(self._gramians) >= BLOCK

    def add(self, step: int, report: StepReport) -> None:
        """Keep one step's report."""
        self._last = step
        if step % self._every == 0:
            self._reports.append((step, report))
        if report.gramians is not None:
            self._gramians.append((step, report.gramians))
        if report.affinity is not None:
            self._affinities.append((step, report.affinity))

    def drain(self) -> list[Record]:
        """Records of everything kept since the last call."""
        records = []
        if self._reports:
            names = ("losses", "weights", "update_norm", "unexplained")
            tables = {name: torch.stack([getattr(report, name) for _, report in self._reports]) for name in names}
            for name in self._reports[0][1].penalties:
                tables[f"penalty.{name}"] = torch.stack([report.penalties[name] for _, report in self._reports])
            records.append(self._record("steps", [step for step, _ in self._reports], tables))
        if self._last is not None:  # also where no step of the block was kept: a run may have diverged at any
            states = {"diverged_step": self._cohort.diverged_step, "diverged_task": self._cohort.diverged_task}
            records.append(self._record("status", [self._last], states, dated=False))
        if self._gramians:
            cosine, similarity, norms = conflict(torch.stack([table for _, table in self._gramians]))
            tables = {"cosine": cosine, "magnitude_similarity": similarity, "norms": norms}
            records.append(self._record("conflict", [step for step, _ in self._gramians], tables))
        if self._affinities:
            tables = {"affinity": torch.stack([table for _, table in self._affinities])}
            record = self._record("affinity", [step for step, _ in self._affinities], tables)
            records.append(replace(record, arrays=record.arrays | {"run": self._runs[self._cohort.looked_at]}))
        self._reports, self._gramians, self._affinities, self._last = [], [], [], None
        return records

    def evaluation(self, data: Data, step: int, splits: Sequence[str]) -> Record:
        """The metrics after ``step`` updates on these splits: ``train`` (its beginning), ``validation``, ``test``."""
        beginning = train_rows(self._example)
        tables = {
            split: evaluate(self._cohort, data, split, self._example, beginning if split == "train" else None)
            for split in splits
        }
        return self._record("evaluation", [step], tables, dated=False)

    def jackknife(self, model: Model, data: Data, step: int, best: Tensor) -> Record:
        """The test metrics, whole and without each part of the test split, where runs stand after ``step`` updates and at their
        ``best`` parameters ``(R, P)``; with what chance gives, and how many examples there were."""
        runs = len(self._runs)
        gone = ~self._cohort.alive[:, None, None, None] | ~self._cohort.trained[:, :, None, None]
        tables = {
            name: left_out(model, data, parameters, self._example, self._cohort.part).masked_fill(gone, torch.nan)
            for name, parameters in (("end", self._cohort.parameters), ("best", best))
        }
        tables |= {"chance": self._chance(data), "examples": labels(data.test).expand(runs, -1)}
        return self._record("jackknife", [step], tables, dated=False)

    def _chance(self, data: Data) -> Tensor:
        part = self._cohort.part
        if part is None:
            return chance(data).expand(len(self._runs), -1, -1)
        known, place = part.unique(return_inverse=True)
        return torch.stack([chance(data, int(each)) for each in known])[place]

    def structure(self, model: Model, data: Data, step: int) -> Record | None:
        """What the strategy's model tells of itself after ``step`` updates; None where it has nothing to tell."""
        tables = observe(self._cohort, model, data, self._example)
        return self._record("structure", [step], tables, dated=False) if tables else None

    def answers(self, model: Model, data: Data, step: int, watch: Watch) -> list[Record]:
        """What the watched runs say of the examples after ``step`` updates, and what is kept whole of it."""
        places, tables, wholes = answers(self._cohort, model, data, watch, step)
        if not places:
            return []
        record = self._record("answers", [step], tables, dated=False)
        found = [replace(record, arrays=record.arrays | {"run": self._runs[places]})]
        return found + [Record("wholes", step, {"run": self._runs[[place]]} | whole) for place, whole in wholes]

    def front(self, data: Data, step: int, points: Tensor) -> Record:
        """The metrics of one model asked for each of the weightings ``points`` ``(V, T)``."""
        runs = len(self._runs)
        tables = {
            split: torch.stack(
                [
                    evaluate(
                        self._cohort,
                        data,
                        split,
                        self._example,
                        at=Pass(preference=point.expand(runs, -1)),
                    )
                    for point in points
                ],
                dim=1,
            )
            for split in ("validation", "test")
        }
        record = self._record("front", [step], tables, dated=False)
        return replace(record, arrays=record.arrays | {"points": points.cpu().numpy()})

    def timing(self, model: Model, data: Data, step: int, batch: int) -> Record:
        """How long a step of one run by itself takes, and one answer: the same for all of the cohort's runs."""
        runs, one = len(self._runs), self._cohort.parameters[:1]
        tables = {
            "seconds_per_step": torch.full((runs,), step_time(model, data, one, batch)),
            "latency": torch.full((runs,), latency(model, data, one)),
        }
        return self._record("timing", [step], tables, dated=False)

    def _record(self, kind: RecordKind, steps: list[int], tables: dict[str, Tensor], *, dated: bool = True) -> Record:
        arrays = {name: table.cpu().numpy() for name, table in tables.items()}
        dates = {"steps": np.array(steps, dtype=np.int32)} if dated else {}
        return Record(kind, steps[-1], {"run": self._runs} | dates | arrays)


class InnerRecorder(Recorder):
    """Of runs that nested choices are made by: what they are validated by, on both folds that they are trained without."""

    @property
    def full(self) -> bool:
        """Never: nothing is kept."""
        return False

    def add(self, step: int, report: StepReport) -> None:
        """Nothing is told of steps."""

    def evaluation(self, data: Data, step: int, splits: Sequence[str]) -> Record:
        """The validation metrics after ``step`` updates on the run's fold and on the other; of other splits nothing."""
        names = ("validation", "besides") if "validation" in splits else ()
        tables = {name: evaluate(self._cohort, data, name, self._example) for name in names}
        return self._record("inner", [step], tables, dated=False)


def recorder_of(cohort: Cohort, steps: int, example: int) -> Recorder:
    """What records a cohort; see ``Recorder``."""
    kind = Recorder if cohort.runs[0].besides is None else InnerRecorder
    return kind(cohort, steps, example)
