"""Methods beside their marks: on cards, in lists, and in a line that wraps where pictures share one legend."""

from collections.abc import Collection
from dataclasses import replace

import streamlit as st

from dashboard.figures.ends import styles_of
from dashboard.figures.marks import mark
from dashboard.figures.palette import task_styles
from dashboard.words import escape_markdown
from mtl_core.diagnostics import Result


def marks_of(result: Result) -> dict[str, str]:
    """The mark of every method's label, the address of a picture: of several sharing strategies in the strategy's colour, as
    on the plane."""
    strategy = {run.label: run.strategy for run in result.layout.runs if run.role != "baseline"}
    shared = list(dict.fromkeys(strategy.values()))
    styles, colors = styles_of(result.runs), task_styles(shared)
    if len(shared) > 1:
        styles = {label: replace(style, color=colors[strategy[label]].color) for label, style in styles.items()}
    return {label: mark(style) for label, style in styles.items()}


def method_names(result: Result, labels: Collection[str] | None = None) -> None:
    """Name the methods of a study, or those of ``labels`` alone, each behind its mark."""
    marks = marks_of(result).items()
    parts = [f"![]({mark})\u00a0{escape_markdown(label)}" for label, mark in marks if labels is None or label in labels]
    if parts:
        st.markdown("\u2003 ".join(parts))
