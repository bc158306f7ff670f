"""One run out of a checkpoint, in hand: a copy of where it stands, which may be moved without moving the run."""

import json
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from mtl_core.errors import SpecError
from mtl_core.models.model import Model
from mtl_core.spec.plan import Run, inner_runs, plan
from mtl_core.spec.study import Study
from mtl_core.training.built import loaded
from mtl_core.training.changes import apply
from mtl_core.training.checkpoint import under, unpack
from mtl_core.training.cohort import Cohort
from mtl_core.training.data import Data
from mtl_core.training.waves import chunks, ordered, program


@dataclass(frozen=True)
class Held:
    """A run by itself.

    Args:
        study: what it is part of.
        run: which it is.
        cohort: a cohort of this run alone, where it stood.
        model, data: what it trains, and on what.
        step: the updates that it has done.
    """

    study: Study
    run: Run
    cohort: Cohort
    model: Model
    data: Data
    step: int


def held(study: Study, checkpoint: bytes, index: int) -> Held:
    """Take a run out of a study's checkpoint, on the CPU.

    Args:
        study: whose checkpoint it is.
        checkpoint: its bytes.
        index: the run's place in the study.

    Raises:
        CheckpointError: the bytes are no checkpoint.
        SpecError: the run is not among those that train now.
    """
    device = torch.device("cpu")
    tensors, facts = unpack(checkpoint, device)
    done = set(json.loads(facts.get("done", "[]")))
    left = ordered(tuple(run for run in (*plan(study), *inner_runs(study)) if run.index not in done))
    wave = list(chunks(left, int(facts["room"])))[int(facts.get("wave", 0))]
    parts = [list(part) for _, part in groupby(wave, key=program)]
    places = [(number, part, row) for number, part in enumerate(parts) for row, run in enumerate(part) if run.index == index]
    if not places:
        raise SpecError("this run is not among those that train now: it has had its turn, or is still to come.")
    number, part, row = places[0]
    run = part[row]
    _suite, data, models = loaded(study, device, [run.strategy])
    model = models[run.strategy].model
    cohort = Cohort(study, model, data, (run,))
    for change in json.loads(facts.get("changes", "[]")):
        apply(cohort, tuple(change))
    cohort.restore(_rows(under(f"{number}.", tensors), part, row))
    return Held(study, run, cohort, model, data, int(facts.get("step", 0)))


def _rows(state: dict[str, Tensor], part: list[Run], row: int) -> dict[str, Tensor]:
    """The state of a cohort's run as that of a cohort of its own: its row of everything, and its own method alone."""
    start, own = 0, 0
    for group, (_, runs) in enumerate(groupby(run.method for run in part)):
        count = sum(1 for _ in runs)
        if start <= row < start + count:
            own = group
            break
        start += count
    mine = f"method.{own}."
    plain = {name: value[row : row + 1] for name, value in state.items() if not name.startswith(("method.", "best."))}
    return plain | {f"method.0.{name}": value[row - start : row - start + 1] for name, value in under(mine, state).items()}
