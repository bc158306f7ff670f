"""Value against budget: what groups gain that are chosen exactly, by something cheaper, or by lot; the gap is the regret."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.figures.frame import empty, escape_plotly, figure, from_to, shortened, signed
from dashboard.figures.palette import BAD, CHOSEN, METHOD_COLORS, NEUTRAL, faded
from dashboard.words import _
from mtl_core.diagnostics.together import ALONE, EXACT, ONE, RANDOM, WORST

LOOKS = {
    EXACT: (CHOSEN, "solid", "circle"),
    ONE: (NEUTRAL, "solid", "square"),
    ALONE: (NEUTRAL, "dot", "diamond"),
    RANDOM: (NEUTRAL, "dash", "circle-open"),
    WORST: (BAD, "dot", "x"),
}
"""How ways to choose are drawn that rest on no affinity: colour, dash and marker."""

DASHES, MARKERS = ("dash", "longdash", "dashdot", "longdashdot"), ("triangle-up", "star", "hourglass", "pentagon", "bowtie")


def budget_curve(
    table: pd.DataFrame, titles: Mapping[str, str], on: str, at: float, axis: str, alt: str, confidence: float
) -> go.Figure:
    """The mean gain over tasks that each way to choose reaches within each budget.

    Args:
        table: ``Together.groupings``: rule, budget, groups, value, low, high, regret.
        titles: each rule in words, in the order of the legend.
        on: the affinity whose gap to the exact choice is shaded.
        at: the budget that is chosen.
        axis: what the budget counts, in words.
        alt: one sentence for people who cannot see it.
        confidence: of the intervals.
    """
    if table.empty:
        return empty(_("No networks that were trained answer all tasks within any of these budgets."))
    parts = {rule: rows.sort_values("budget") for rule, rows in table.groupby("rule", sort=False)}
    rules = [rule for rule in titles if rule in parts]
    reach = float(np.ptp(table["budget"])) or 1.0
    looks = looks_of(rules)
    traces: list[Any] = _gap(parts[EXACT], parts[on]) if on in parts else []
    for place, rule in enumerate(rules):
        color, dash, marker = looks[rule]
        rows = parts[rule]
        aside = 0.011 * reach * (place - (len(rules) - 1) / 2)  # so that intervals stand beside each other
        traces.append(
            go.Scatter(
                x=rows["budget"] + aside,
                y=rows["value"],
                name=shortened(titles[rule], 26),
                mode="lines+markers",
                line={"color": color, "dash": dash, "width": 2.6 if rule in (EXACT, on) else 1.5},
                marker={"color": color, "symbol": marker, "size": 9 if rule in (EXACT, on) else 7},
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": (rows["high"] - rows["value"]).fillna(0),
                    "arrayminus": (rows["value"] - rows["low"]).fillna(0),
                    "color": faded(color, 0.45),
                    "thickness": 1.4,
                    "width": 0,
                },
                customdata=[_hover(row, titles[rule], confidence) for row in rows.to_dict("records")],
                hovertemplate="%{customdata}<extra></extra>",
            )
        )
    line = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": 0, "y1": 0, "layer": "below"}
    upright = {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper", "layer": "below"}
    thin = {"line": {"color": NEUTRAL, "width": 1}}
    picture = figure(
        traces,
        alt,
        430,
        margin={"l": 8, "r": 12, "t": 64, "b": 8},
        xaxis={"title": {"text": axis}, "dtick": 1},
        yaxis={"title": {"text": _("mean gain in points →")}},
        shapes=[line | thin, upright | {"line": {"color": NEUTRAL, "width": 1, "dash": "dot"}}],
    )
    # Where areas are filled Plotly turns the order round.
    return picture.update_layout(legend={"traceorder": "normal"})


def looks_of(rules: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    """Colour, dash and marker of each rule."""
    own = [rule for rule in rules if rule not in LOOKS]
    return LOOKS | {
        rule: (METHOD_COLORS[place % len(METHOD_COLORS)], DASHES[place % len(DASHES)], MARKERS[place % len(MARKERS)])
        for place, rule in enumerate(own)
    }


def _gap(exact: pd.DataFrame, chosen: pd.DataFrame) -> list[go.Scatter]:
    both = exact.merge(chosen, on="budget", suffixes=("", "_other")).sort_values("budget")
    shade = faded(CHOSEN, 0.14)
    common = {"x": both["budget"], "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    return [
        go.Scatter(y=both["value"], showlegend=False, **common),
        go.Scatter(y=both["value_other"], fill="tonexty", fillcolor=shade, name=_("regret"), **common),
    ]


def _hover(row: Mapping[Any, Any], title: str, confidence: float) -> str:
    parts = [f"<b>{escape_plotly(title)}</b>"]
    if row["groups"]:
        parts.append(escape_plotly(row["groups"], 120))
    ends = f" [{from_to(row['low'], row['high'])}]" if np.isfinite(row["low"]) else ""
    parts.append(_("mean gain {value} points").format(value=signed(row["value"], 1) + ends))
    if np.isfinite(row["regret_low"]) and row["rule"] != EXACT:
        words = _("regret {value} [{ends}], {level:.0f} % interval")
        ends = from_to(row["regret_low"], row["regret_high"])
        parts.append(words.format(value=signed(row["regret"], 1), ends=ends, level=100 * confidence))
    return "<br>".join(parts)
