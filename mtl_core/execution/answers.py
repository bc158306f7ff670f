"""What can be asked for: a question as JSON has it in, bytes out. Each kind loads what it needs when it is asked."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from mtl_core.errors import SpecError
from mtl_core.execution import probing, trying
from mtl_core.execution.threads import one_thread
from mtl_core.store import Checkpoint, Store

Progress = Callable[[float], None]
"""Called now and then with how far an answer is, between 0 and 1."""

Answerer = Callable[[Mapping[str, Any], Progress, Store], bytes]
"""From what is asked to the answer; reads the store for what studies have recorded and kept."""

KEEPING = 10.0
"""Seconds that a checkpoint is waited for: it comes a moment after the pages are told of the step."""


def walk(asked: Mapping[str, Any], _progress: Progress, _store: Store) -> bytes:
    """The picture of a walk over a landscape, as safetensors: see ``mtl_core.landscapes.picture``.

    Args:
        asked: ``walk``, a ``Walk`` as JSON has it.
    """
    from safetensors.numpy import save

    from mtl_core.landscapes.picture import picture
    from mtl_core.spec.landscapes import Walk

    with one_thread():
        payload: bytes = save(picture(Walk.from_dict(asked["walk"])))
    return payload


def plane(asked: Mapping[str, Any], _progress: Progress, _store: Store) -> bytes:
    """What a method makes of two gradients wherever they point, as safetensors: see ``mtl_core.balancing.plane``.

    Args:
        asked: ``method``, its name, and ``steps``.
    """
    from safetensors.numpy import save

    from mtl_core.balancing.plane import plane

    with one_thread():
        payload: bytes = save(plane(asked["method"], asked["steps"]))
    return payload


def table(asked: Mapping[str, Any], progress: Progress, _store: Store) -> bytes:
    """What is known of a table in a file, as JSON: a ``TableFacts``.

    Args:
        asked: ``path`` of the file, and other options of the ``csv`` suite that say how it is to be read.
    """
    from mtl_core.spec import SUITES
    from mtl_core.suites.csv_file import look, reading_of

    facts = look(asked["path"], reading_of(SUITES["csv"].check(asked)), progress)
    return json.dumps(facts.to_dict()).encode()


def settle(asked: Mapping[str, Any], _progress: Progress, _store: Store) -> bytes:
    """A suite with everything settled that depends on outside data, as JSON: what a study would make of it.

    Args:
        asked: ``suite``, a name or a mapping with ``name`` and options.
    """
    from mtl_core.spec.study import choose_suite

    return json.dumps(choose_suite(asked["suite"]).to_dict()).encode()


def splits(asked: Mapping[str, Any], _progress: Progress, _store: Store) -> bytes:
    """Which row of a table is in which split, as a CSV file: see ``split_table``.

    Args:
        asked: ``suite``, a ``csv`` suite with its options.
    """
    from mtl_core.suites import load_suite
    from mtl_core.suites.csv_file import split_table

    return split_table(load_suite(asked["suite"])).to_csv(index=False).encode()


def update(asked: Mapping[str, Any], _progress: Progress, store: Store) -> bytes:
    """A look at the next updates of a paused study's run, on a copy of where it stands, as JSON: a ``Look``.

    Args:
        asked: ``study``, the ``run``'s place in it, the ``generation``, the ``step`` and the last ``command`` that the answer
            is for (so that no answer outlives what it tells of), how many ``updates``, and the weights ``along`` which they
            go; None for the method's own.
    """
    from mtl_core.training.held import held
    from mtl_core.training.looking import look

    point = _kept(store, asked["study"], asked["step"], asked["command"])
    with one_thread():
        found = look(held(store.get(asked["study"]).study, point.payload, asked["run"]), asked["updates"], asked["along"])
    return json.dumps(found.to_dict()).encode()


def _kept(store: Store, study_id: str, step: int, command: int) -> Checkpoint:
    """The checkpoint of a study after so many steps and this command."""
    deadline = time.monotonic() + KEEPING
    while True:
        point = store.checkpoint(study_id)
        if point is not None and point.step == step and point.commands >= command:
            return point
        if time.monotonic() > deadline or (point is not None and point.step > step):
            raise SpecError(
                f"the study must be paused at step {step} and kept there, found it elsewhere; pause it and look again."
            )
        time.sleep(0.05)


def replay(asked: Mapping[str, Any], _progress: Progress, store: Store) -> bytes:
    """What every Gramian method would have made of a run's recorded gradients, as safetensors: ``steps`` ``(K,)``, ``gramians``
    ``(K, T, T)`` and ``weights`` ``(M, K, T)``; in the header ``labels``, M of them, and those ``left_out``, as JSON.

    Args:
        asked: ``study``, the ``run``'s place in it, and the ``generation`` and the ``step`` that the study has come to.
    """
    import numpy as np
    from safetensors.numpy import save

    from mtl_core.balancing.replay import replay as replayed
    from mtl_core.diagnostics.gramians import gramians

    layout = store.layout(asked["study"])
    if layout is None:
        raise SpecError("the study must have begun, found it waiting; ask again when it trains.")
    run = layout.runs[asked["run"]]
    steps, tables = gramians(layout, store.read(asked["study"], kinds=["conflict"])[0], run.index)
    found = replayed(tables, steps.tolist(), run.seed, [each.method for each in layout.runs])
    arrays: dict[str, np.ndarray[Any, Any]] = {"steps": steps, "gramians": tables.astype(np.float32)}
    arrays["weights"] = found.weights.astype(np.float32)
    facts = {"labels": json.dumps(found.labels), "left_out": json.dumps(found.left_out)}
    payload: bytes = save(arrays, facts)
    return payload


def inside(asked: Mapping[str, Any], progress: Progress, store: Store) -> bytes:
    """What is inside a run's network, as JSON: see ``mtl_core.training.inside``.

    Args:
        asked: ``study`` and its ``generation``, so that no answer outlives what it tells of, and the ``run``'s place in it.
    """
    from mtl_core.execution.inside import inside as found

    with one_thread():
        return json.dumps(found(store, asked["study"], asked["run"], tell=progress)).encode()


ANSWERERS: dict[str, Answerer] = {
    "walk": walk,
    "plane": plane,
    "table": table,
    "settle": settle,
    "splits": splits,
    "update": update,
    "replay": replay,
    "probe": probing.answer,
    "inside": inside,
    "intake": trying.intake,
    "attempt": trying.attempt,
}
"""Who answers what, by kind of request."""
