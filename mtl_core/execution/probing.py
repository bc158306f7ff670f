"""Probe transfer: heads fitted to the kept networks of the tasks alone."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mtl_core.diagnostics.runs import divergence
from mtl_core.errors import SpecError, StoreError
from mtl_core.execution.predicting import layout_of
from mtl_core.execution.threads import one_thread
from mtl_core.records import Moment, Record
from mtl_core.store import Store
from mtl_core.store.payload import encode

Progress = Callable[[float], None]


def probe(store: Store, study_id: str, moment: Moment | None = None, progress: Progress = lambda _: None) -> Record:
    """A record of how well each task is done from the trunk of each task alone, at the study's own learning rate.

    Args:
        store: where the study is kept.
        study_id: its id.
        moment: the parameters of which moment; None for the study's own choice.
        progress: called with the share of the tasks that are done.

    Raises:
        UnknownStudyError: no such study.
        StoreError: it has not begun, no trained parameters were kept, or another version made them.
        DataError: the suite's files are not there any more.
    """
    import torch  # with all that follows

    from mtl_core.training import memory
    from mtl_core.training.built import loaded
    from mtl_core.training.trunk_probes import probes

    study, layout = store.get(study_id).study, layout_of(store, study_id)
    runs = [run for run in layout.runs if run.role == "baseline" and run.label == run.family]
    kept = store.parameters(study_id, moment or study.test_at, runs[0].strategy)
    _suite, data, built = loaded(study, torch.device("cpu"), [runs[0].strategy])
    model = built[runs[0].strategy].model
    wanted, found = sum(parameter.size for parameter in model.parameters), kept["parameters"].shape[1]
    if found != wanted:
        raise StoreError(f"the model has {wanted:,} parameters, found {found:,}: another version made it; train it again.")
    example = memory.numbers_of_an_example(model, data, study.batch_size)
    diverged = divergence(len(layout.runs), store.read(study_id, kinds=["status"])[0])[0] >= 0
    tasks = len(layout.tasks)
    tables = []
    for task in range(tasks):  # one after another, to bound the memory and tell how far it is
        mine = np.array([run.index for run in runs if run.trains(tasks)[task]])
        parameters = torch.from_numpy(kept["parameters"][np.searchsorted(kept["run"], mine)])
        fitted, own = (table.numpy() for table in probes(model, data, parameters, example))
        own[:, np.arange(tasks) != task] = np.nan
        for table in (fitted, own):
            table[diverged[mine]] = np.nan
        tables.append((mine, fitted, own))
        progress((task + 1) / tasks)
    index, fitted, own = (np.concatenate(part) for part in zip(*tables, strict=True))
    return Record("probe", study.steps, {"run": index.astype(np.int32), "probe": fitted, "own": own})


def answer(asked: Mapping[str, Any], progress: Progress, store: Store) -> bytes:
    """The record as ``mtl_core.store.payload`` writes its arrays.

    Args:
        asked: ``study``, its ``generation``, and the ``moment`` of the parameters; None for the study's own choice.
    """
    if asked["moment"] not in (None, "best", "end"):
        raise SpecError("the parameters of which moment must be best or end, found another; choose one of these.")
    with one_thread():
        return encode(probe(store, asked["study"], asked["moment"], progress))
