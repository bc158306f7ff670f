"""The control for a path on the simplex: one by name, or rows of one's own in a table of phases and tasks."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.words import _
from mtl_core.spec.option import MOST_ROWS, Option
from mtl_core.spec.paths import ALTERNATING, JOINING, SEQUENTIAL, path_rows

OWN = "own"


def path_input(option: Option, key: str, value: Any, tasks: Sequence[str], *, label: str, **common: Any) -> Any:
    """Draw the control and return the path's name or its rows; what is wrong with a row is for the study to say.

    Args:
        option: what is set.
        key: the control's session key.
        value: what it shows when it is new on the page.
        tasks: a column each; without any there is nothing to give weights to.
        label: what stands over it.
        common: as for other controls: its help, and whether it can be changed.
    """
    own = not isinstance(value, str)
    words = {
        JOINING: _("tasks join one after another"),
        SEQUENTIAL: _("one after another, each alone"),
        ALTERNATING: _("they take turns, a step each"),
        OWN: _("rows of my own"),
    }
    names = [*option.choices, *([OWN] if tasks or own else [])]
    if key not in st.session_state:
        st.session_state[key] = OWN if own else value
    place = names.index(st.session_state[key]) if st.session_state[key] in names else 0
    chosen = st.selectbox(label, names, place, key=key, format_func=lambda name: words.get(name, name), **common)
    if chosen != OWN:
        return chosen
    # The table remembers what was changed in it, so what it began with must stay as it is.
    count = len(tasks) or len(value[0])
    begun = f"{key}.begun.{count}"
    if begun not in st.session_state:
        fits = own and all(len(row) == count for row in value)
        st.session_state[begun] = [list(row) for row in (value if fits else path_rows(JOINING, count))]
    columns = [str(place) for place in range(count)]
    titles = tasks or columns
    table = st.data_editor(
        pd.DataFrame(st.session_state[begun], columns=columns, dtype=float),
        key=f"{key}.rows.{count}",
        hide_index=True,
        num_rows="dynamic",
        width="stretch",
        disabled=common.get("disabled", False),
        column_config={
            column: st.column_config.NumberColumn(title, width="small", min_value=0.0, max_value=1.0, step=0.0001, format="%g")
            for column, title in zip(columns, titles, strict=True)
        },
    )
    st.caption(
        _(
            "A row a phase, each for an equal share of the steps; a weight for each task, each row with sum 1. Rows: {count}."
        ).format(count=len(table))
    )
    rows = table.head(MOST_ROWS + 1).astype(object).where(table.notna(), None)
    return [list(row) for row in rows.itertuples(index=False, name=None)]
