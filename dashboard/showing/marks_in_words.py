"""Methods named beside their marks, in a line that wraps: where pictures share one legend."""

from collections.abc import Collection

import streamlit as st

from dashboard.figures.ends import styles_of
from dashboard.figures.marks import mark
from dashboard.words import escape_markdown
from mtl_core.diagnostics import Result


def method_names(result: Result, labels: Collection[str] | None = None) -> None:
    """Name the methods of a study, or those of ``labels`` alone, each behind its mark."""
    styles = {label: style for label, style in styles_of(result.runs).items() if labels is None or label in labels}
    parts = [f"![]({mark(style)})\u00a0{escape_markdown(label)}" for label, style in styles.items()]
    if parts:
        st.markdown("\u2003 ".join(parts))
