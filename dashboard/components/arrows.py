"""Two arrows that can be dragged, and what a method makes of them: looked up in a table of the method's own answers."""

import base64
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import streamlit as st

from dashboard.components.scripts import script
from dashboard.figures.palette import METHOD, task_style
from dashboard.words import _

UNIT = 1000
"""Answers travel as whole thousandths: less than can be seen."""

At = tuple[int, int, int, int, int]
"""Where the arrows are, as places on the table's axes: the length of the first, the tip of the second across and up, and both
losses."""

_JAVASCRIPT = script("hand.js", "arrows.js")
_HTML = '<div class="seesaw-arrows"></div>'
_STYLE = """
.seesaw-arrows { font: 400 .875rem var(--st-font); color: var(--st-text-color); user-select: none; }
.seesaw-arrows svg { display: block; width: 100%; max-width: 27rem; margin: auto; }
.seesaw-arrows text { font-size: 17px; font-weight: 600; paint-order: stroke; stroke: var(--st-background-color); }
.seesaw-arrows text { stroke-width: 5px; pointer-events: none; }
.seesaw-arrows .unit { fill: none; stroke: var(--st-text-color); stroke-opacity: .18; }
.seesaw-arrows .falls { fill: var(--st-text-color); fill-opacity: .07; }
.seesaw-arrows .between { stroke: var(--st-text-color); stroke-opacity: .5; stroke-width: 1.5; stroke-dasharray: 2 5; }
.seesaw-arrows .handle { fill: var(--st-text-color); fill-opacity: .06; stroke: var(--st-text-color); stroke-opacity: .35; }
.seesaw-arrows .handle { cursor: grab; touch-action: none; }
.seesaw-arrows .handle:hover { fill-opacity: .14; }
.seesaw-arrows .handle:focus { outline: none; }
.seesaw-arrows .handle:focus-visible { stroke-opacity: 1; stroke-width: 3; }
.seesaw-arrows label { display: grid; grid-template-columns: 1fr auto; max-width: 27rem; margin: .35rem auto; }
.seesaw-arrows b { font-weight: 600; font-variant-numeric: tabular-nums; }
.seesaw-arrows input { grid-column: 1 / -1; width: 100%; accent-color: var(--st-primary-color); }
.seesaw-arrows p { margin: .5rem auto 0; max-width: 27rem; min-height: 3em; }
"""


@cache
def _control() -> Any:
    return st.components.v2.component("seesaw_arrows", html=_HTML, css=_STYLE, js=_JAVASCRIPT)


def arrows(method: str, table: dict[str, Any], key: str, at: At, on_move: Callable[[At], None]) -> None:
    """Draw the arrows; they follow hand and keys in the browser alone, and the page hears of it once they rest.

    Arrow keys move the tip in focus by one place, with Shift, or Page keys, by five.

    Args:
        method: its name.
        table: what it answers; see ``mtl_core.balancing.plane``.
        key: of the place, unique on the page.
        at: where the arrows are.
        on_move: called with where they were left, before the page runs.
    """
    made = np.nan_to_num(table["made"], nan=0.0)
    whole = np.clip(np.round(UNIT * made), -(2**15) + 1, 2**15 - 1).astype("<i2")

    def moved() -> None:
        found = checked(st.session_state[key].get("moved"), table)
        if found is not None:
            on_move(found)

    lengths, places, losses = (np.round(table[axis], 3).tolist() for axis in ("lengths", "places", "losses"))
    _control()(
        key=key,
        data={
            "method": method,
            "table": base64.b64encode(whole.tobytes()).decode(),
            "unit": UNIT,
            "draws": len(made),
            "lengths": lengths,
            "places": places,
            "losses": losses if looks_at_losses(table) else None,
            "along": table["along"].tolist(),
            "at": list(at),
            "tasks": [_("task 1"), _("task 2")],
            "colors": [task_style(task).color for task in (0, 1)],
            "color": METHOD,
            "words": _words(),
        },
        height="content",
        on_moved_change=moved,
    )


def _words() -> dict[str, Any]:
    """What the browser says of what is under the hand."""
    return {
        "alt": _("Two arrows, downhill for each task, and the step of the method. {said}"),
        "handles": [_("Length of the arrow of task 1"), _("Tip of the arrow of task 2: its angle to that of task 1")],
        "losses": [_("loss of task 1"), _("loss of task 2")],
        "place": _("{angle}°, across {x}, up {y}"),
        "conflict": _("{angle}° apart: the tasks conflict."),
        "square": _("At a right angle: neither task minds the other's step."),
        "agree": _("{angle}° apart: the tasks agree."),
        "changes": _("Of this step {first} and {second}, each times the learning rate."),
        "down": _("{task} gains {by}"),
        "up": _("{task} loses {by}"),
        "still": _("{task} stays"),
        "weights": _("Weights: {first} and {second}."),
        "lot": _("Each pale arrow is another draw."),
        "cut": _("The step is longer than is shown: {length}."),
    }


def looks_at_losses(table: dict[str, Any]) -> bool:
    """Whether the table has weights over losses, rather than steps over arrows."""
    return bool(table["made"].ndim == 4)


def checked(given: Any, table: dict[str, Any]) -> At | None:
    """What a browser sent, where it is a place of the table."""
    ends = [len(table[axis]) for axis in ("lengths", "places", "places", "losses", "losses")]
    if not isinstance(given, list) or len(given) != len(ends):
        return None
    if not all(type(part) is int and 0 <= part < end for part, end in zip(given, ends, strict=True)):
        return None
    first, across, up, one, two = given
    return first, across, up, one, two
