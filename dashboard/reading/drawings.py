"""Pictures of studies, each drawn once for everybody who looks at it.

A picture is a function of a study's tables and of choices that can be written down (labels, tasks, a metric). Its name is made
from the function, the choices and the reader's language, so that two visitors with the same choices share one drawing, and the
server can draw it anew, as a study trains, without running a page. No Streamlit.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock, RLock
from typing import Any
from weakref import ReferenceType, WeakValueDictionary, ref

import plotly.graph_objects as go

from dashboard import words
from mtl_core.diagnostics import Result

MAXIMUM_RECIPES = 1024
"""The most pictures that can be asked for by name; one that is forgotten costs its page one rerun."""

MAXIMUM_DRAWINGS = 192
"""The most drawings kept; the default study's pages have some twenty."""

Draw = Callable[..., go.Figure]
"""Draws a picture: the tables, and choices by name."""


@dataclass(frozen=True)
class Recipe:
    """How a picture is drawn.

    Args:
        draw: a function that a module has by its name.
        choices: what it is told besides the tables; JSON can say all of it.
        language: of its words.
        part: the attribute of the tables that it is drawn from, where that stays the same object for longer than they do.
    """

    draw: Draw
    choices: dict[str, Any]
    language: str
    part: str | None = None

    @cached_property
    def name(self) -> str:
        """What it is asked for by: the same for the same picture, in every session and every process."""
        told = [self.draw.__module__, self.draw.__qualname__, self.choices, self.language, self.part]
        return hashlib.blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=10).hexdigest()


@dataclass
class Drawing:
    """A picture of a study as its tables stood.

    Args:
        source: what it was drawn from, as long as anybody else keeps that: what is kept of studies has a bound elsewhere.
        picture: what was drawn.
    """

    source: ReferenceType[Any]
    picture: go.Figure
    _lock: Lock = field(default_factory=Lock)
    _json: str = ""

    @property
    def json(self) -> str:
        """The picture as the browser gets it."""
        with self._lock:
            self._json = self._json or str(self.picture.to_json())
        return self._json


_recipes: OrderedDict[str, Recipe] = OrderedDict()
_drawings: OrderedDict[tuple[str, str], Drawing] = OrderedDict()
_lock = RLock()
_turns: WeakValueDictionary[tuple[str, str], Lock] = WeakValueDictionary()
"""One lock a drawing that is being made: whoever else wants it waits for it."""


def recipe(draw: Draw, part: str | None = None, **choices: Any) -> Recipe:
    """A picture that can be asked for by name from now on; ``part`` as ``Recipe`` has it.

    Raises:
        TypeError: a choice that JSON cannot say, which would name two pictures alike.
        ValueError: a function of a page's script, which is another one at every run.
    """
    if draw.__module__ == "__main__":
        raise ValueError(f"{draw.__qualname__} must stand in a module that pages import.")
    made = Recipe(draw, choices, words.language(), part)
    with _lock:
        _recipes[made.name] = made
        _recipes.move_to_end(made.name)
        while len(_recipes) > MAXIMUM_RECIPES:
            _recipes.popitem(last=False)
    return made


def known(name: str) -> Recipe | None:
    """The picture of that name; None where this process has not been told of it, or has forgotten."""
    with _lock:
        return _recipes.get(name)


def drawing(study_id: str, result: Result, of: Recipe) -> Drawing:
    """The picture of a study as its tables stand now; drawn only where nobody has asked for it since they changed."""
    key = (study_id, of.name)
    source = getattr(result, of.part) if of.part else result
    with _lock:
        turn = _turns.setdefault(key, Lock())
    with turn:
        with _lock:
            kept = _drawings.get(key)
        if kept is None or kept.source() is not source:
            with words.speaking(of.language):
                kept = Drawing(ref(source), of.draw(result, **of.choices))
        with _lock:
            _drawings[key] = kept
            _drawings.move_to_end(key)
            while len(_drawings) > MAXIMUM_DRAWINGS:
                _drawings.popitem(last=False)
    return kept
