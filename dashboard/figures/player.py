"""Playing and scrubbing in the browser: what a figure with frames needs below it."""

from collections.abc import Sequence
from typing import Any

from dashboard.figures.palette import NEUTRAL, QUIET
from dashboard.words import _

PLAYER = 130
"""Pixels of height that all of it takes: on a telephone the buttons have no room beside the slider, so they stand below."""


def player(
    names: Sequence[str],
    labels: Sequence[str] | None = None,
    *,
    duration: int = 50,
    redraw: bool = False,
    below: float = 0.1,
    beside: float = 0.0,
) -> dict[str, Any]:
    """Play, pause and a slider over the frames, as parts of a layout.

    Args:
        names: of the frames, in order.
        labels: what the slider says of each after the word step; its name where none are given.
        duration: milliseconds that a frame stays.
        redraw: whether more than the places of lines and marks changes, such as filled shapes and words.
        below: how far under the plane, as a share of its height.
        beside: the share of the width that the buttons take before the slider; 0 where they stand below it.
    """
    at_once = {"mode": "immediate", "frame": {"duration": 0, "redraw": redraw}, "transition": {"duration": 0}}
    running = {
        "mode": "immediate",
        "fromcurrent": True,
        "frame": {"duration": duration, "redraw": redraw},
        "transition": {"duration": 0},
    }
    buttons = [
        {"label": "▶ " + _("Play it"), "method": "animate", "args": [None, running]},
        {"label": "❚❚ " + _("Pause"), "method": "animate", "args": [[None], at_once]},
    ]
    return {
        "updatemenus": [
            {
                "type": "buttons",
                "direction": "left",
                "buttons": buttons,
                "showactive": False,
                "bordercolor": NEUTRAL,
                "x": 0,
                "xanchor": "left",
                "y": -below,
                "yanchor": "top",
                "pad": {"t": 24 if beside else 88},
            }
        ],
        "sliders": [
            {
                "active": len(names) - 1,
                "steps": [
                    {"label": label, "method": "animate", "args": [[name], at_once]}
                    for name, label in zip(names, labels or names, strict=True)
                ],
                "currentvalue": {"prefix": _("step") + " ", "xanchor": "right", "font": {"color": NEUTRAL, "size": 13}},
                "x": beside,
                "len": 1 - beside,
                "y": -below,
                "yanchor": "top",
                # The library's own are light ones, also on a dark page.
                "bgcolor": QUIET,
                "activebgcolor": NEUTRAL,
                "bordercolor": NEUTRAL,
                "ticklen": 0,
                "minorticklen": 0,
                "font": {"color": "rgba(0, 0, 0, 0)", "size": 12},
            }
        ],
    }
