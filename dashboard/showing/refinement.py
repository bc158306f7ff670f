"""Where on the map to train next: what a front can still win, and one press that trains there."""

from math import isfinite
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.reading import jobs
from dashboard.reading.studies import Reading
from dashboard.showing import results_page
from dashboard.words import _, escape_markdown
from mtl_core.diagnostics import Result
from mtl_core.errors import SeesawError
from mtl_core.spec.extension import with_points
from mtl_core.spec.plan import point_label

MOST = 6
"""How many weightings are offered at once at most: what they teach is seen before more are chosen."""


def draw_next(reading: Reading, result: Result) -> None:
    """Propose the next weightings of a finished study's map and offer to train them; nothing where there is no map."""
    if result.state != "finished" or reading.info.altered:
        return
    proposed = result.next_points(MOST).to_dict("records")
    if not proposed:
        return
    row: dict[Any, Any] = proposed[0]
    results_page.heading(_("Where to train next"), "next-point")
    count = 1
    if len(proposed) > 1:
        label = _("Weightings at once")
        count = int(st.number_input(label, 1, len(proposed), 1, key=f"train-next-count.{len(proposed)}", width=160))
    chosen = [each["weights"] for each in proposed[:count]]
    point = ", ".join(point_label(weights) for weights in chosen)
    words = _("Next: {point}")
    st.markdown(f"**{words.format(point=point)}**")
    if len(result.layout.tasks) == 2:
        words = _("Between {between} the front can still win at most {bound:.1f} % of the plane.")
    else:
        words = _(
            "Of the triangles between trained weightings that of {between} has the largest image; there at most {bound:.1f} % "
            "of the cube can still be won."
        )
    told = [words.format(between=escape_markdown(row["between"]), bound=100 * row["bound"])]
    if isfinite(row["error"]):
        small = row["left"] < row["error"]
        told.append(
            (
                _(
                    "Nowhere is more to be won than {left:.1f} %, less than the {error:.1f} % by which seeds differ: "
                    "one may stop here."
                )
                if small
                else _("Seeds differ by {error:.1f} % (standard error of what it covers).")
            ).format(left=100 * row["left"], error=100 * row["error"])
        )
    st.caption(" ".join(told))
    aid = _("Trains these weightings alone, with the study's seeds and batches; everything that was trained is taken over.")
    if st.button(_("Train into this study"), key="train-next", icon=":material/add_location_alt:", help=aid):
        try:
            later = with_points(result.study, chosen)
            state.select_study(jobs.submit(later, state.visitor()))
        except SeesawError as refusal:
            st.error(escape_markdown(refusal), icon=":material/error:")
            return
        st.rerun()
