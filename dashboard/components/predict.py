"""A prediction in a picture's own axes: marks that are moved along a scale, or a curve that is drawn; then what came out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import isfinite
from typing import Any

import streamlit as st

from dashboard.components.scripts import script
from dashboard.words import _

_HTML = '<div class="seesaw-predict"><div class="picture"></div></div>'
_STYLE = """
.seesaw-predict { font: 400 .875rem var(--st-font); color: var(--st-text-color); user-select: none; width: 100%;
  max-width: 60rem; }
.seesaw-predict svg { display: block; overflow: visible; }
.seesaw-predict svg.free { cursor: pointer; touch-action: none; }
.seesaw-predict text { fill: currentColor; font-size: .875rem; }
.seesaw-predict .small, .seesaw-predict .axis { font-size: .8125rem; }
.seesaw-predict .tick { stroke: var(--st-border-color); }
.seesaw-predict .zero { stroke: var(--st-text-color); stroke-opacity: .55; }
.seesaw-predict .rail { stroke: var(--st-border-color); stroke-width: 3; stroke-linecap: round; }
.seesaw-predict .handle path { fill: var(--st-background-color); stroke-width: 3; }
.seesaw-predict .free .handle { cursor: grab; }
.seesaw-predict .handle.unset path { stroke-dasharray: 3 3; stroke-opacity: .8; }
.seesaw-predict .locked .handle.unset { display: none; }
.seesaw-predict .handle:focus { outline: none; }
.seesaw-predict .handle:focus-visible path { stroke: var(--st-text-color); stroke-width: 4; }
.seesaw-predict .interval { stroke-width: 5; stroke-opacity: .45; stroke-linecap: round; }
.seesaw-predict .mean { stroke: var(--st-background-color); stroke-width: 1.5; }
.seesaw-predict .seed { fill: none; stroke-width: 1.5; }
.seesaw-predict .beside { stroke: var(--st-text-color); stroke-width: 1.5; }
.seesaw-predict path.beside { fill: none; stroke-dasharray: 1 4; }
.seesaw-predict rect.beside { fill: var(--st-background-color); }
.seesaw-predict .yours, .seesaw-predict .came { fill: none; stroke: var(--st-text-color); stroke-width: 2; }
.seesaw-predict .yours { stroke-dasharray: 6 5; stroke-opacity: .8; }
"""

_NUMBERS = ("values", "low", "high", "beside")


@dataclass(frozen=True)
class Found:
    """What came out, in the picture's axes.

    Args:
        values: ``(N,)`` a number a row; one that is not finite is not drawn.
        low, high: the ends of their intervals; none where there are none.
        dots: the same numbers from one seed each.
        beside: ``(N,)`` other numbers to compare with; none where there are none.
    """

    values: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    dots: Sequence[Sequence[float]] = ()
    beside: Sequence[float] = ()


@cache
def _component() -> Any:
    return st.components.v2.component("seesaw_predict", html=_HTML, css=_STYLE, js=script("hand.js", "predict.js"))


def predict(
    name: str,
    rows: Sequence[str],
    colors: Sequence[str],
    labels: Sequence[str],
    ticks: Sequence[tuple[int, str]],
    value: Sequence[int | None],
    key: str,
    on_move: Callable[[list[int | None]], None],
    *,
    low: float,
    step: float,
    axis: str,
    across: str = "",
    upright: bool = False,
    locked: bool = False,
    found: Found | None = None,
) -> None:
    """Draw the marks, and what came out once it is given; what is moved is told once the hand lifts or the keys rest.

    Args:
        name: what the picture is, for people who cannot see it.
        rows: ``(N,)`` what each mark is of.
        colors: theirs.
        labels: ``(K + 1,)`` each step of the scale in words, from the lowest on.
        ticks: the steps that the scale names, with what it calls them.
        value: ``(N,)`` at which step each mark is; None where it has not been placed.
        key: unique on the page.
        on_move: called with the new value before the page runs.
        low, step: the value of step 0, and from one step to the next.
        axis: the title of the scale.
        across: the title of the other axis where the scale stands upright.
        upright: whether the scale stands upright, and the marks make a curve.
        locked: whether nothing can be moved any more.
        found: what came out; None while it is covered.
    """

    def moved() -> None:
        given = checked(st.session_state[key].get("moved"), len(rows), len(labels))
        if given is not None and not locked:
            on_move(given)

    first = min(range(len(labels)), key=lambda place: abs(low + place * step))
    words = {"row": _("{row}: {axis}"), "unset": _("not placed yet"), "came": _("{said}; it came out at {value}")}
    truth = None if found is None else {name: _numbers(getattr(found, name), len(rows)) for name in _NUMBERS}
    if truth is not None and found is not None:
        truth["dots"] = [_numbers(seed, len(rows)) for seed in found.dots]
    _component()(
        key=key,
        data={
            "name": name,
            "rows": list(rows),
            "colors": list(colors),
            "labels": list(labels),
            "ticks": [list(tick) for tick in ticks],
            "value": list(value),
            "low": low,
            "step": step,
            "first": first,
            "start": low + first * step,
            "axis": axis,
            "across": across,
            "upright": upright,
            "locked": locked,
            "truth": truth,
            "words": words,
        },
        height="content",
        on_moved_change=moved,
    )


def checked(given: Any, rows: int, steps: int) -> list[int | None] | None:
    """What a browser or a link sent, where it places marks on the scale.

    >>> checked([2, None, 0], 3, 5), checked([2, 9], 2, 5), checked("0", 1, 5)
    ([2, None, 0], None, None)
    """
    if not isinstance(given, list) or len(given) != rows:
        return None
    if not all(each is None or (type(each) in (int, float) and each in range(steps)) for each in given):
        return None
    return [None if each is None else int(each) for each in given]


def _numbers(values: Sequence[float], count: int) -> list[Any]:
    """Numbers as JSON has them: what is not finite is none."""
    return [float(each) if isfinite(each) else None for each in values] or [None] * count
