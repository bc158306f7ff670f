"""Trains a study step by step and reports records; neither prints, plots nor saves."""

import json
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import Any

import torch
from torch import Tensor

from mtl_core.errors import CheckpointError, SpecError, shown
from mtl_core.models.model import Model
from mtl_core.records import Layout, ModelPart, Record
from mtl_core.spec.paths import path_ends
from mtl_core.spec.phases import phase_ends
from mtl_core.spec.plan import front_points, inner_runs, plan
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.spec.study import Study
from mtl_core.suites import SPLITS
from mtl_core.suites.label_relations import label_relations
from mtl_core.training import memory
from mtl_core.training.built import loaded
from mtl_core.training.changes import Change, apply, made
from mtl_core.training.checkpoint import pack, under, unpack
from mtl_core.training.cohort import Cohort
from mtl_core.training.devices import resolve
from mtl_core.training.examples import Watch
from mtl_core.training.halving import go_on, survivors
from mtl_core.training.recorder import Recorder, recorder_of
from mtl_core.training.snapshot import BestStep, model_parts
from mtl_core.training.waves import chunks, ordered, program, runs_per_wave


class Trainer:
    """All runs of a study, as few tensor programs as memory allows.

    Runs whose methods need task gradients at every step form one cohort, the others (one backward pass a step) another; both
    step together. A study too large for memory is trained wave after wave, each wave holding as many runs as fit.

    Args:
        study: what to train.
        checkpoint: bytes of an earlier ``checkpoint()`` of the same study, to go on from there bit by bit.
        device: where to train in place of the study's own ``device``; a worker that holds one of several cards says which.
        study_id: the id under which it is kept, where that is not ``study.id``: an older version's.
        done: the places of runs that were trained before and are left out; of no matter with a checkpoint, which knows them.

    Raises:
        SpecError: sizes or a device that do not fit.
        DataError: the suite's data cannot be learned from.
        CheckpointError: the checkpoint is damaged or of another study.
    """

    def __init__(
        self,
        study: Study,
        checkpoint: bytes | None = None,
        device: str | None = None,
        study_id: str | None = None,
        done: Collection[int] = (),
    ) -> None:
        memory.keep_freed_memory()
        self._study, self._study_id = study, study_id or study.id
        self._device = resolve(device or study.device)
        runs, inner = plan(study), inner_runs(study)
        suite, self._data, self._models = loaded(study, self._device, dict.fromkeys(run.strategy for run in runs))
        self._ends = {*phase_ends(study.phases), *path_ends(study), *study.rungs}
        numbers = memory.numbers_of_an_example
        self._example = {name: numbers(built.model, self._data, study.batch_size) for name, built in self._models.items()}
        layouts = tuple(built.layout(name, self._data) for name, built in self._models.items())
        self._watch = Watch.of(suite, study, runs, self._device)
        told = (self._watch.examples, label_relations(suite), inner, self._data.folds.folded.scarce if self._data.folds else ())
        self.layout = Layout(suite.tasks, layouts, runs, str(self._device), *told)
        # A resumed study keeps the size of its waves, whatever memory is free now.
        tensors, facts = ({}, {}) if checkpoint is None else unpack(checkpoint, self._device)
        self._runs_per_wave = int(facts.get("room", self._measure_runs_per_wave()))
        self._done = sorted(json.loads(facts["done"]) if "done" in facts else done)
        left = tuple(run for run in (*runs, *inner) if run.index not in set(self._done))
        self._waves = list(chunks(ordered(left), self._runs_per_wave))
        if study.rungs and len(self._waves) > 1:
            raise SpecError(
                "the best third is told when all runs train at once, and they do not fit in memory; leave rungs out."
            )
        self._gone = set(json.loads(facts.get("gone", "[]")))
        self._wave, self._step = int(facts.get("wave", 0)), int(facts.get("step", 0))
        self._changes: list[Change] = [tuple(each) for each in json.loads(facts.get("changes", "[]"))]
        self._changed: list[Record] = []
        self._kept: list[ModelPart] = []
        self._cohorts, self._recorders, self._best = self._prepare()
        if checkpoint is not None:
            self._restore(tensors, facts)

    @property
    def step(self) -> int:
        """Steps done, over all waves."""
        return self._wave * self._study.steps + self._step

    @property
    def total(self) -> int:
        """Steps to do, over all waves."""
        return len(self._waves) * self._study.steps

    @property
    def waves(self) -> int:
        """In how many parts the runs are trained, one after another."""
        return len(self._waves)

    @property
    def finished(self) -> bool:
        """Whether every run has done its steps."""
        return self.step >= self.total

    def advance(self) -> list[Record]:
        """Update every run of the present wave once. Returns the records of a block that got full, usually none."""
        if self.finished:
            return []
        records: list[Record] = []
        if self._step == 0:
            records += self._evaluate()
        for cohort, recorder in zip(self._cohorts, self._recorders, strict=True):
            recorder.add(self._step, cohort.step(self._step))
        self._step += 1
        last = self._step == self._study.steps
        if last or self._step % self._study.evaluation_interval == 0 or self._step in self._ends:
            records += self.flush() + (found := self._evaluate())
            if self._step in self._study.rungs:
                self._go_on_with(survivors(self._cohorts, found, self.layout.tasks))
        elif self._recorders[0].full:
            records += self.flush()
        if last:
            records += self._jackknife() + self._fronts() + self._timing()
            self._keep_models()
        if last and self._wave + 1 < len(self._waves):
            self._wave, self._step = self._wave + 1, 0
            self._cohorts, self._recorders, self._best = self._prepare()
            # These runs begin with what was changed before their turn came.
            records += [record for change in self._changes for record in made(self._cohorts, change, 0)]
        return records

    def take_models(self) -> list[ModelPart]:
        """The trained parameters of runs that came to their end since the last call."""
        taken, self._kept = self._kept, []
        return taken

    def _keep_models(self) -> None:
        for place, (name, built) in enumerate(self._models.items()):
            held = [(cohort, best) for cohort, _, best in self._told() if cohort.runs[0].strategy == name]
            self._kept += model_parts(built.model, self._wave * len(self._models) + place, self._step, held)

    def flush(self) -> list[Record]:
        """Records of everything not yet reported."""
        changed, self._changed = self._changed, []
        return changed + [record for recorder in self._recorders for record in recorder.drain()]

    def conclude(self) -> list[Record]:
        """For a study that ends early: what is not yet reported, and the metrics of where the runs stand now."""
        if self.finished:
            return self.flush()
        told = self._step > 0 and self._step % self._study.evaluation_interval == 0
        return (
            self.flush() + self._evaluate(SPLITS[2:] if told else SPLITS) + self._jackknife() + self._fronts() + self._timing()
        )

    def checkpoint(self) -> bytes:
        """Everything that a bit-identical resume needs; take the ``flush()`` first, for buffered reports are not part of it."""
        tensors = {
            f"{place}.{name}": value for place, cohort in enumerate(self._cohorts) for name, value in cohort.state().items()
        }
        for place, best in enumerate(self._best):
            tensors |= {f"{place}.best.{name}": value for name, value in best.state().items()}
        facts = {"room": self._runs_per_wave, "wave": self._wave, "step": self._step, "changes": json.dumps(self._changes)}
        facts |= {"done": json.dumps(self._done), "gone": json.dumps(sorted(self._gone))}
        return pack(tensors, study=self._study_id, **facts)

    def set_learning_rate(self, value: float, label: str | None = None) -> None:
        """Change the learning rate of all runs, or of those with a label, from the next step on."""
        self._change("learning_rate", value, label)

    def set_weights(self, weights: Sequence[float], label: str | None = None) -> None:
        """Change the weights of fixed runs (never baselines) from the next step on: all of them, or those with a label.

        Args:
            weights: a point on the simplex, one weight a task.
        """
        self._change("weights", list(weights), label)

    def step_along(self, weights: Sequence[float], steps: int, label: str | None = None, after: int = 0) -> None:
        """Have runs of any method (never baselines) follow these weights for some steps: all of them, or those with a label.

        Args:
            weights: a point on the simplex, one weight a task: a corner is that task's gradient alone.
            steps: how many, at most those that are left.
            label: of the runs.
            after: steps from now that come first.

        Raises:
            SpecError: nothing is left to train, or no run with the label trains every task that has weight.
        """
        start = self._step + after
        end = min(start + steps, self._study.steps)
        if end <= start:
            raise SpecError(f"there must be steps left to take, found all {self._study.steps} done or asked for.")
        known = len(self._changed)
        self._change("along", {"weights": list(weights), "start": start, "end": end}, label)
        if len(self._changed) == known:
            self._changes.pop()
            raise SpecError(f"no run that trains now{f' as {shown(label)}' if label else ''} learns all of these tasks.")

    def _change(self, what: str, value: Any, label: str | None) -> None:
        # Runs of later waves are yet to be made and must begin with it.
        self._changes.append((what, value, label))
        self._changed += made(self._cohorts, (what, value, label), self._step)

    def _measure_runs_per_wave(self) -> int:
        return runs_per_wave(self._study, self.layout.models, self._example, self._device)

    def _prepare(self) -> tuple[list[Cohort], list[Recorder], list[BestStep]]:
        left = [run for run in self._waves[self._wave] if run.index not in self._gone]
        parts = [tuple(part) for _, part in groupby(left, key=program)]
        cohorts = [Cohort(self._study, self._models[part[0].strategy].model, self._data, part) for part in parts]
        for cohort in cohorts:
            for change in self._changes:
                apply(cohort, change)
        recorders = [recorder_of(cohort, self._study.steps, self._example[cohort.runs[0].strategy]) for cohort in cohorts]
        return cohorts, recorders, [BestStep(cohort) for cohort in cohorts]

    def _go_on_with(self, kept: set[int]) -> None:
        """Train these runs alone from here on; they stay where they stand."""
        self._gone |= {run.index for cohort in self._cohorts for run in cohort.runs} - kept
        before = {program(cohort.runs[0]): (cohort, best) for cohort, best in zip(self._cohorts, self._best, strict=True)}
        self._cohorts, self._recorders, self._best = self._prepare()
        for cohort, best in zip(self._cohorts, self._best, strict=True):
            go_on(before[program(cohort.runs[0])], (cohort, best))

    def _evaluate(self, splits: Sequence[str] | None = None) -> list[Record]:
        """Train and validation, and at the end the test split (``_jackknife`` reads it of where runs were best)."""
        splits = splits or (SPLITS[:2] if self._step < self._study.steps else SPLITS)
        found = [recorder.evaluation(self._data, self._step, splits) for recorder in self._recorders]
        if "validation" in splits:
            for best, record in zip(self._best, found, strict=True):
                best.see(self._step, record.arrays["validation"][:, :, 0])
            for cohort, recorder, _ in self._told():
                at = (self._model_of(cohort), self._data, self._step)
                structure = recorder.structure(*at)
                found += [*(() if structure is None else (structure,)), *recorder.answers(*at, self._watch)]
        return found

    def _model_of(self, cohort: Cohort) -> Model:
        return self._models[cohort.runs[0].strategy].model

    def _jackknife(self) -> list[Record]:
        return [
            recorder.jackknife(self._model_of(cohort), self._data, self._step, best.parameters)
            for cohort, recorder, best in self._told()
        ]

    def _told(self) -> list[tuple[Cohort, Recorder, BestStep]]:
        """The cohorts, their recorders and their best steps, without runs that only nested choices are made by."""
        every = zip(self._cohorts, self._recorders, self._best, strict=True)
        return [(cohort, recorder, best) for cohort, recorder, best in every if cohort.runs[0].besides is None]

    def _fronts(self) -> list[Record]:
        asked = torch.tensor(front_points(self._study), device=self._device)
        return [
            recorder.front(self._data, self._step, asked)
            for cohort, recorder, _ in self._told()
            if STRATEGIES[self._models[cohort.runs[0].strategy].choice.name].preferred
        ]

    def _timing(self) -> list[Record]:
        return [
            recorder.timing(self._model_of(cohort), self._data, self._step, self._study.batch_size)
            for cohort, recorder, _ in self._told()
        ]

    def _restore(self, tensors: dict[str, Tensor], facts: dict[str, str]) -> None:
        if facts.get("study") != self._study_id:
            raise CheckpointError(f"expected a checkpoint of study {self._study_id}, found one of {facts.get('study')}.")
        try:
            for place, cohort in enumerate(self._cohorts):
                prefix = f"{place}."
                cohort.restore(under(prefix, tensors))
            for place, best in enumerate(self._best):
                kept = under(f"{place}.best.", tensors)
                if kept:  # checkpoints of an older version have none: what was best before them is not known
                    best.restore(kept)
        except (KeyError, RuntimeError) as error:
            raise CheckpointError(f"the checkpoint does not fit this study ({error}); start the study again.") from error


def train(study: Study) -> Iterator[Record]:
    """Train a study from beginning to end, yielding its records as they come."""
    trainer = Trainer(study)
    while not trainer.finished:
        yield from trainer.advance()


def warm_up() -> None:
    """Train one step of a tiny study, so that a person who presses Train does not wait for what only a first run loads."""
    deque(train(Study(steps=1, seeds=1, weights=[])), maxlen=0)
