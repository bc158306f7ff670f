"""What trained networks answer: asked of whoever answers. No Streamlit."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.reading import requests
from mtl_core.records import Layout
from mtl_core.store import StudyInfo

ALONE = "alone"
"""The name, in links, of what stands for a network a task, each trained for it alone."""


def networks(layout: Layout) -> dict[str, dict[int, list[int]]]:
    """What can be asked: for each name the runs that answer together, by seed; with folds those of the first."""
    found: dict[str, dict[int, list[int]]] = {}
    for run in (run for run in layout.runs if not run.fold):
        if run.role != "baseline":
            found.setdefault(run.label, {}).setdefault(run.seed, []).append(run.index)
        elif run.label == run.family:  # at the study's own learning rate
            found.setdefault(ALONE, {}).setdefault(run.seed, []).append(run.index)
    return found


def intake(info: StudyInfo) -> dict[str, Any]:
    """How the study's suite takes what a person gives: see ``mtl_core.suites.intake``. Raises as ``attempt``."""
    told: dict[str, Any] = json.loads(requests.answer("intake", {"study": info.id}))
    return told


def asked(info: StudyInfo, runs: Sequence[int], tasks: Sequence[str], given: Mapping[str, Any]) -> dict[str, Any]:
    """What a worker is asked for the answers."""
    of = {"study": info.id, "generation": info.generation}
    return of | {"runs": list(runs), "tasks": list(tasks), "given": dict(given)}


def attempt(question: Mapping[str, Any]) -> dict[str, Any]:
    """What runs answer; see ``mtl_core.execution.trying``.

    Raises:
        WorkerError: it was refused; the message says why.
        StoreError: the store cannot be used.
    """
    told: dict[str, Any] = json.loads(requests.answer("attempt", question))
    return told


def is_known(question: Mapping[str, Any]) -> bool:
    """Whether the answers are there without computing."""
    return requests.known("attempt", question)
