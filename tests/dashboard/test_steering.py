"""Weights that are moved while a study trains: what was refused does not stay on the page."""

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st

from dashboard.showing import steering
from mtl_core.errors import NotAllowedError


def test_a_refused_weighting_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, Any] = {}
    drawn: list[dict[str, Any]] = []
    allowed = True

    def control(*_asked: Any, **_arguments: Any) -> int:
        if not allowed:
            raise NotAllowedError("somebody else started it.")
        return 1

    monkeypatch.setattr(st, "session_state", session)
    monkeypatch.setattr(st, "toast", lambda *_words, **_more: None)
    monkeypatch.setattr(import_module("dashboard.components.simplex"), "_control", lambda: lambda **given: drawn.append(given))
    monkeypatch.setattr(steering.jobs, "control", control)
    monkeypatch.setattr(steering.state, "visitor", lambda: None)
    monkeypatch.setattr(steering, "weights_now", lambda _result, _label: (0.5, 0.5))
    monkeypatch.setattr(steering, "task_names", lambda _result: ["left", "right"])
    look: Any = SimpleNamespace(info=SimpleNamespace(id="study", reason="set_weights was refused: of old"), result=object())

    def shown() -> tuple[list[int], int]:
        steering._weights(look, "equal", "key")
        return drawn[-1]["data"]["parts"], drawn[-1]["data"]["refused"]

    def drag(*parts: int) -> tuple[list[int], int]:
        session["key"] = {"moved": list(parts)}
        drawn[-1]["on_moved_change"]()
        return shown()

    assert shown() == ([50, 50], 0)
    assert drag(30, 70) == ([30, 70], 0), "the worker has yet to answer"
    assert shown() == ([30, 70], 0)
    look.info.reason = "set_weights was refused: no run is left"
    assert shown() == ([50, 50], 1)
    assert shown() == ([50, 50], 1), "once"
    assert drag(20, 80) == ([20, 80], 1), "what was said before is of something else"
    allowed = False
    assert drag(10, 90) == ([50, 50], 2)
