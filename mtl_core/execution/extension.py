"""Runs that an earlier study with fewer seeds has trained already, taken over instead of being trained again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from mtl_core.errors import SeesawError
from mtl_core.records import Layout, ModelPart, Record
from mtl_core.spec import Study, plan
from mtl_core.spec.extension import earlier
from mtl_core.spec.plan import Run, inner_runs
from mtl_core.store import Store


@dataclass(frozen=True)
class Trained:
    """What an earlier study leaves to a later one: the later study's runs that are done, their records and their models."""

    runs: frozenset[int] = frozenset()
    records: tuple[Record, ...] = ()
    models: tuple[ModelPart, ...] = ()


def trained_before(store: Store, study: Study) -> Trained:
    """The runs of a study that ``study`` goes on from, where the store has it finished and not altered by hand.

    A store that has lost it, or cannot read it, leaves nothing: then all is trained.
    """
    found = next((found for before in earlier(study) if (found := store.find(before)) is not None), None)
    if found is None:
        return Trained()
    try:
        info, layout = store.get(found), store.layout(found)
        if info.state != "finished" or info.altered or layout is None:
            return Trained()
        records, _ = store.read(found)
        place = _places(layout, study)
        judged = {int(run) for record in records if record.kind == "jackknife" for run in record.arrays["run"]}
        if place is None or len(judged) < len(layout.runs):  # an older version read less than is compared today
            return Trained()
        models = [part for moment in ("end", "best") for part in store.model_parts(found, moment)]
        moved = tuple(replace(r, arrays=r.arrays | {"run": place[r.arrays["run"]]}) for r in records)
        return Trained(frozenset(place.tolist()), moved, tuple(_moved(part, place) for part in models))
    except (SeesawError, SafetensorError, ValueError, KeyError):
        return Trained()


def _places(layout: Layout, study: Study) -> "np.ndarray[tuple[int], np.dtype[np.int32]] | None":
    """Where each of the earlier runs stands in the later study; None where one has no place there."""

    def question(run: Run) -> Run:
        return replace(run, index=0)

    later = {question(run): run.index for run in (*plan(study), *inner_runs(study))}
    found = [later.get(question(run)) for run in (*layout.runs, *layout.inner)]
    return None if None in found else np.array(found, dtype=np.int32)


def _moved(part: ModelPart, place: "np.ndarray[tuple[int], np.dtype[np.int32]]") -> ModelPart:
    length = int.from_bytes(part.payload[:8], "little")
    facts = json.loads(part.payload[8 : 8 + length]).get("__metadata__")
    tensors = load(part.payload)
    return replace(part, payload=save(tensors | {"run": place[tensors["run"]]}, facts))


def numbered(models: Sequence[ModelPart], first: int) -> list[ModelPart]:
    """The models as parts that come after ``first`` others."""
    return [replace(part, part=first + part.part) for part in models]
