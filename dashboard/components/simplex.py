"""Weights that always sum to one: a point on a line for two tasks, in a triangle for three, a slider a task for more."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import streamlit as st

from dashboard.components.scripts import script
from dashboard.words import _

PARTS = 100
"""The steps into which one is divided; an arrow key moves by one of them."""

_JAVASCRIPT = script("hand.js", "simplex.js")
_HTML = '<div class="seesaw-simplex"></div>'
_STYLE = """
.seesaw-simplex { font: 400 .875rem var(--st-font); color: var(--st-text-color); user-select: none; }
.seesaw-simplex .ends { display: flex; justify-content: space-between; gap: .5rem; }
.seesaw-simplex b { font-weight: 600; font-variant-numeric: tabular-nums; }
.seesaw-simplex svg { display: block; width: 100%; max-width: 15rem; margin: auto; overflow: visible; cursor: pointer; }
.seesaw-simplex svg { touch-action: none; }
.seesaw-simplex .land { fill: var(--st-secondary-background-color); stroke: var(--st-text-color); stroke-opacity: .45; }
.seesaw-simplex .rail { stroke: var(--st-text-color); stroke-opacity: .35; stroke-width: 4; stroke-linecap: round; }
.seesaw-simplex .handle { fill: var(--st-primary-color); stroke: var(--st-background-color); stroke-width: 2; cursor: grab; }
.seesaw-simplex .handle:focus { outline: none; }
.seesaw-simplex .handle:focus-visible { stroke: var(--st-text-color); stroke-width: 3; }
.seesaw-simplex label { display: block; margin: .25rem 0; }
.seesaw-simplex label span { display: flex; justify-content: space-between; }
.seesaw-simplex input { width: 100%; accent-color: var(--st-primary-color); }
"""


@cache
def _control() -> Any:
    return st.components.v2.component("seesaw_simplex", html=_HTML, css=_STYLE, js=_JAVASCRIPT)


def simplex(
    tasks: Sequence[str], key: str, value: Sequence[float], on_move: Callable[[tuple[float, ...]], None] | None = None
) -> tuple[float, ...]:
    """Draw the control and return the weights.

    The control follows hand and keys in the browser alone, and tells the page once they rest: arrow keys move a point or a
    slider by one hundredth, Page keys by ten, and a screen reader says all weights.

    Args:
        tasks: names, in order.
        key: of the control, unique on the page.
        value: the weights it stands for. Where they change, the control follows.
        on_move: called with the weights that were chosen, before the page runs.

    Returns:
        Weights of at least zero whose sum is one, to a hundredth each: those chosen since ``value`` was given, else ``value``.
    """
    kept, given = f"{key}.chosen", parts_of(value)

    def moved() -> None:
        parts = checked(st.session_state[key].get("moved"), len(tasks))
        if parts is not None:
            st.session_state[kept] = (given, parts)
            if on_move is not None:
                on_move(tuple(part / PARTS for part in parts))

    begun, parts = st.session_state.get(kept, (given, given))
    parts = parts if begun == given else given
    _control()(
        key=key,
        data={"tasks": list(tasks), "parts": parts, "name": _("Weights"), "refused": st.session_state.get(f"{key}.refused", 0)},
        height="content",
        on_moved_change=moved,
    )
    return tuple(part / PARTS for part in parts)


def take_back(key: str) -> None:
    """Have the control stand again for the value that it was given: what was chosen was refused.

    Args:
        key: of the control.
    """
    st.session_state.pop(f"{key}.chosen", None)
    st.session_state[f"{key}.refused"] = st.session_state.get(f"{key}.refused", 0) + 1


def checked(given: Any, count: int) -> list[int] | None:
    """What a browser sent, where it is a point on the simplex."""
    if not isinstance(given, list) or len(given) != count or not all(type(part) in (int, float) for part in given):
        return None
    parts = [int(part) for part in given if part in range(PARTS + 1)]
    return parts if len(parts) == count and sum(parts) == PARTS else None


def parts_of(weights: Sequence[float]) -> list[int]:
    """Weights as whole parts that sum to ``PARTS``, the nearest ones.

    >>> parts_of([1 / 3, 1 / 3, 1 / 3])
    [34, 33, 33]
    """
    shares = list(weights) if sum(weights) > 0 else [1.0] * len(weights)
    # Largest remainder: nobody is off by a whole part, and the sum is exact.
    exact = [PARTS * share / sum(shares) for share in shares]
    floors = [int(value) for value in exact]
    order = sorted(range(len(shares)), key=lambda place: floors[place] - exact[place])
    for place in order[: PARTS - sum(floors)]:
        floors[place] += 1
    return floors
