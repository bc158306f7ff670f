"""What is inside a trained network: asked of whoever answers. No Streamlit."""

import json
from collections.abc import Callable
from typing import Any

from dashboard.reading import requests
from mtl_core.diagnostics.inside import Inside
from mtl_core.store import StudyInfo


def known(info: StudyInfo, run: int) -> bool:
    """Whether the answer is there already."""
    return requests.known("inside", _asked(info, run))


def inside(info: StudyInfo, run: int, tell: Callable[[float], None] | None = None) -> Inside:
    """A look into a run of a finished study.

    Args:
        info: the study.
        run: its place in it.
        tell: called now and then with how far the look is.

    Raises:
        WorkerError: there is none; the message says why.
        StoreError: the store cannot be used.
    """
    return Inside(json.loads(requests.answer("inside", _asked(info, run), tell)))


def _asked(info: StudyInfo, run: int) -> dict[str, Any]:
    # A study that was trained anew, or that has more seeds now, is another one.
    return {"study": info.id, "generation": info.generation, "run": run}
