"""The next update of a paused study, and recorded gradients under other methods: asked of whoever answers. No Streamlit."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from safetensors.numpy import load

from dashboard.reading import jobs, requests
from mtl_core.store import StudyInfo

TUNING = ("set_weights", "set_learning_rate", "step")
"""The commands after which a paused study's next update may be another one."""


def look(info: StudyInfo, run: int, updates: int, along: Sequence[float] | None) -> dict[str, Any]:
    """A look at the next updates of a run, where the study is paused; see ``mtl_core.training.looking``.

    Args:
        info: where the study stands.
        run: its place in the study.
        updates: how many.
        along: weights of the task gradients in place of the method's.

    Raises:
        WorkerError: there is none; the message says why.
        StoreError: the store cannot be used.
    """
    told = [command.id for command in jobs.get_store().commands(info.id) if command.name in TUNING]
    asked = _of(info, run) | {"command": max(told, default=0), "updates": updates}
    along = None if along is None else list(along)
    found: dict[str, Any] = json.loads(requests.answer("update", asked | {"along": along}))
    return found


def _of(info: StudyInfo, run: int) -> dict[str, Any]:
    """Whose gradients are asked for, and when: a study that was trained anew comes by the same steps with other numbers."""
    return {"study": info.id, "generation": info.generation, "run": run, "step": info.step}


@dataclass(frozen=True)
class Replayed:
    """What methods would have made of a run's recorded gradients.

    Args:
        steps: ``(K,)`` when they were recorded.
        gramians: ``(K, T, T)`` their inner products.
        weights: ``(K, T)`` by method.
        left_out: methods of which that is not known.
    """

    steps: np.ndarray[Any, np.dtype[np.int32]]
    gramians: np.ndarray[Any, np.dtype[np.float64]]
    weights: dict[str, np.ndarray[Any, np.dtype[np.float64]]]
    left_out: tuple[str, ...]


def replay(info: StudyInfo, run: int) -> Replayed:
    """Every Gramian method on what is recorded of a run so far; see ``mtl_core.balancing.replay``. Raises as ``look``."""
    payload = requests.answer("replay", _of(info, run))
    arrays = load(payload)
    header = json.loads(payload[8 : 8 + int.from_bytes(payload[:8], "little")])["__metadata__"]
    labels, left_out = (json.loads(header[name]) for name in ("labels", "left_out"))
    weights = dict(zip(labels, arrays["weights"].astype(np.float64), strict=True))
    return Replayed(arrays["steps"], arrays["gramians"].astype(np.float64), weights, tuple(left_out))
