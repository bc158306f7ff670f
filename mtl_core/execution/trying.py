"""Trained runs asked by pages: how a suite takes what a person gives, and what runs answer to it."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mtl_core.errors import DataError, SpecError, shown
from mtl_core.execution.predicting import several_in_hand, suite_and_intake, truths
from mtl_core.execution.threads import one_thread
from mtl_core.spec.suites import SUITES
from mtl_core.store import Store

if TYPE_CHECKING:
    from mtl_core.training.trained import Trained

MOST_RUNS = 80
"""The most runs that are asked at once: two networks for each of forty tasks."""


_hands: "dict[tuple[str, str, int, int], Trained]" = {}


def _in_hand(store: Store, study_id: str, generation: int, runs: Sequence[int]) -> "dict[int, Trained]":
    """Runs are asked again and again, so they stay in hand; trained anew a study is of another generation."""
    keys = {run: (store.address, study_id, generation, run) for run in runs}
    fresh = several_in_hand(store, study_id, [run for run, key in keys.items() if key not in _hands])
    found = {run: fresh[run] if run in fresh else _hands.pop(key) for run, key in keys.items()}
    _hands.update((keys[run], trained) for run, trained in found.items())  # those asked for last stand last
    for key in [*_hands][:-MOST_RUNS]:
        del _hands[key]
    return found


def intake(asked: Mapping[str, Any], _progress: Any, store: Store) -> bytes:
    """How a study's suite takes what a person gives, as JSON: see ``Intake.tell``.

    Args:
        asked: ``study``.
    """
    _, taking = suite_and_intake(store.get(asked["study"]).study)
    return json.dumps(taking.tell()).encode()


def attempt(asked: Mapping[str, Any], _progress: Any, store: Store) -> bytes:
    """What runs answer to what a person gives, as JSON: of that ``view``, ``given``, ``example``, ``text``, ``words`` and
    ``unknown`` as ``Taken`` has them; of a recording the ``sound``, a WAVE file in base64, or why it cannot be played
    (``silent``); ``truths``, a ``Reply`` by task; and ``answers``, one a run: ``replies`` by task and ``seconds``, or the
    ``reason`` why there are none.

    Args:
        asked: ``study`` and its ``generation``, the ``runs`` by their places in it, the names of the ``tasks`` (None for all),
            and what is ``given``, as ``Intake.take`` has it.
    """
    runs = asked["runs"]
    if not isinstance(runs, list) or not 1 <= len(runs) <= MOST_RUNS or len(set(map(str, runs))) < len(runs):
        raise SpecError(f"one to {MOST_RUNS} runs can be asked at once, each once, found {shown(runs)}; choose fewer.")
    study = store.get(asked["study"]).study
    suite, taking = suite_and_intake(study)
    taken = taking.take(asked["given"])
    answers: list[dict[str, Any]] = []
    with one_thread():
        for trained in _in_hand(store, asked["study"], asked["generation"], runs).values():
            try:
                found = trained.answer(taken, asked["tasks"])
            except SpecError as refusal:  # the others may have learned the task
                answers.append({"reason": str(refusal)})
            else:
                replies = {name: asdict(reply) for name, reply in found.replies.items()}
                answers.append({"replies": replies, "seconds": found.seconds})
    told: dict[str, Any] = {name: getattr(taken, name) for name in ("given", "example", "text", "words", "unknown")}
    sound, silent = taken.sound, ""
    if taken.example:
        try:
            sound = SUITES[suite.name].load().sound(taken.example, **study.suite.options)
        except DataError as gone:  # what was made of it may be kept longer than the file
            silent = str(gone)
    told |= {"sound": base64.b64encode(sound).decode(), "silent": silent}
    found_true = {name: asdict(reply) for name, reply in truths(suite, taken).items()}
    return json.dumps({**told, "view": asdict(taken.view), "truths": found_true, "answers": answers}).encode()
