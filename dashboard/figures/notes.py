"""Notes that a person pinned to steps of a figure's curves."""

import textwrap
from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.figures.frame import alt, escape_plotly
from dashboard.figures.palette import NEUTRAL
from dashboard.words import _

LINE = 26
"""Characters in a line of a note."""

ROW = 22
"""Pixels by which a note stands lower than the one before it for each of that one's lines."""


def pinned(picture: go.Figure, notes: Sequence[tuple[int, str]], last: int) -> go.Figure:
    """A figure over steps with a line at each note's step and its text beside it, which is never markup.

    Args:
        picture: the figure; changed.
        notes: steps in order, and what is pinned there.
        last: the last step; what is pinned after it is not seen.
    """
    seen = [(step, text) for step, text in notes if step <= last]
    if not seen or not picture.data:
        return picture
    low = 0
    for step, text in seen:
        # Cut into lines first: what is escaped is longer, and its signs belong together.
        lines = [escape_plotly(line) for line in textwrap.wrap(text, LINE)]
        # Through all panels, where there are several.
        picture.add_shape(type="line", x0=step, x1=step, y0=0, y1=1, yref="paper", line={"color": NEUTRAL, "width": 1.5})
        picture.add_annotation(
            x=step,
            y=1,
            yref="paper",
            yshift=-low,
            yanchor="top",
            xanchor="left" if step <= last / 2 else "right",
            text="<br>".join(lines),
            align="left",
            showarrow=False,
            font={"size": 12},
            bgcolor="rgba(134, 142, 150, .22)",
            bordercolor=NEUTRAL,
            borderpad=3,
        )
        low += ROW * len(lines)
    said = _("Notes: {notes}.").format(
        notes="; ".join(_("{words} at step {step}").format(words=text, step=step) for step, text in seen)
    )
    picture.layout.meta |= {"alt": f"{alt(picture)} {said}"}
    return picture
