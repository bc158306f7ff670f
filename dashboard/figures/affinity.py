"""The directed affinity of tasks: how much the row's task helps the column's, in the order in which they cluster."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures.frame import Floats, empty, escape_plotly, figure, shortened, signed
from dashboard.figures.palette import NEUTRAL, ON_PALE, PALE_DIVERGING, VERDICT_MARKS
from dashboard.words import _

LOW, HIGH = 26, 64
"""The least and the most pixels of a row."""

ALL = 340
"""So many pixels all rows have together between these."""

FADED = 0.3
"""How much is left of the colour of a cell whose interval leaves the sign open."""

NUMBERED = 9
"""The most tasks of a matrix with numbers in it."""


def affinity(
    value: Floats, low: Floats, high: Floats, tasks: Sequence[str], alt: str, *, unit: str, digits: int = 1
) -> go.Figure:
    """The matrix, with the tree of tasks at its right.

    Args:
        value, low, high: ``(T, T)``, rows help columns; NaN where nothing is known.
        tasks: the names.
        alt: one sentence for people who cannot see it.
        unit: of the values, in words.
        digits: behind the point.
    """
    if not np.isfinite(value).any():
        return empty(_("Nothing of it is known of this study."))
    order, tree = ordered(value)
    value, low, high = (table[np.ix_(order, order)] for table in (value, low, high))
    names = [shortened(tasks[place], 14) for place in order]
    unclear = ~((low > 0) | (high < 0))
    most = float(np.nanmax(np.abs(value))) or 1.0
    count = len(names)
    heat = go.Heatmap(
        z=np.where(unclear, FADED * value, value),
        x=list(range(count)),
        y=list(range(count)),
        zmin=-most,
        zmax=most,
        colorscale=[list(stop) for stop in PALE_DIVERGING],
        xgap=2,
        ygap=2,
        text=[
            [_cell(number, digits, open_=bool(open_)) for number, open_ in zip(*row, strict=True)]
            for row in zip(value, unclear, strict=True)
        ],
        texttemplate="%{text}" if count <= NUMBERED else None,
        textfont={"color": ON_PALE, "size": 12 if count <= 6 else 10},
        customdata=_hovers(value, low, high, [escape_plotly(tasks[place], 28) for place in order], unit, digits),
        hovertemplate="%{customdata}<extra></extra>",
        hoverongaps=False,
        showscale=False,
    )
    ticks = {"tickmode": "array", "tickvals": list(range(count)), "ticktext": names, "showgrid": False}
    line = {"color": NEUTRAL, "width": 1.5}
    branches = go.Scatter(x=tree[:, 0], y=tree[:, 1], mode="lines", line=line, xaxis="x2", hoverinfo="skip", showlegend=False)
    return figure(
        [heat, branches],
        alt,
        round(min(HIGH, max(LOW, ALL / count)) * count) + 90,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis=ticks | {"side": "top", "domain": [0, 0.84], "title": {"text": _("is helped →")}},
        yaxis=ticks | {"autorange": "reversed", "title": {"text": _("helps ↓")}},
        xaxis2={"domain": [0.86, 1], "visible": False, "anchor": "y"},
    )


def ordered(value: Floats) -> tuple[list[int], Floats]:
    """The tasks in the order of their tree, neighbours as alike as the tree allows, and the tree's lines ``(points, 2)``.

    Tasks are near that help each other: their distance is the largest mean of both directions less their own, and clusters are
    joined by the mean distance (average linkage). What is not known counts as the farthest.

    Source: Bar-Joseph, Gifford and Jaakkola 2001 (Bioinformatics) for the order.
    """
    from scipy.cluster.hierarchy import dendrogram, linkage, optimal_leaf_ordering  # takes a while, and few pages need it
    from scipy.spatial.distance import squareform

    count = len(value)
    both = np.stack([value, value.T])
    known = np.isfinite(both)
    mean = np.where(known, both, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    apart = ~np.eye(count, dtype=bool)
    seen = known.any(axis=0) & apart
    if count < 2 or not seen.any():
        return list(range(count)), np.zeros((0, 2))
    spread = float(np.ptp(mean[seen])) or 1.0
    # The nearest have a distance too, so that their branch is seen.
    distance = np.where(seen, mean[seen].max() - mean, spread) + 0.15 * spread
    flat = squareform(np.where(apart, distance, 0.0), checks=False)
    joined = optimal_leaf_ordering(linkage(flat, "average"), flat)
    drawn = dendrogram(joined, no_plot=True)
    gap = [np.nan, np.nan]
    lines: list[Any] = []
    for across, up in zip(drawn["dcoord"], drawn["icoord"], strict=True):
        lines += [[x, (y - 5) / 10] for x, y in zip(across, up, strict=True)] + [gap]
    return list(drawn["leaves"]), np.array(lines)


def _cell(value: float, digits: int, *, open_: bool) -> str:
    return (
        ""
        if not np.isfinite(value)
        else signed(round(value, digits) + 0.0, digits) + (f" {VERDICT_MARKS['unclear']}" if open_ else "")
    )


def _hovers(value: Floats, low: Floats, high: Floats, names: Sequence[str], unit: str, digits: int) -> list[list[str]]:
    words = _("{source} helps {target}: {value} {unit}")
    found = []
    for row, source in enumerate(names):
        told = []
        for column, target in enumerate(names):
            text = words.format(source=source, target=target, value=signed(value[row, column], digits), unit=unit)
            ends = signed(low[row, column], digits), signed(high[row, column], digits)
            told.append(text + (f" [{ends[0]} … {ends[1]}]" if np.isfinite(low[row, column]) else ""))
        found.append(told)
    return found
