"""The controls for fixed weightings: a regular map of them and points of the visitor's own, or sets of tasks."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.asking.forms import begin_with, locked
from dashboard.components import simplex
from dashboard.words import _, ngettext
from mtl_core.spec import grid
from mtl_core.spec.plan import point_label
from mtl_core.spec.weightings import MAP_POINTS, MOST_SCATTERED, PAIRS, SCATTERED, SUBSETS, is_scattered, set_count

MAXIMUM_SIDE = 101
"""The most points a side that a map can have."""

MAP, USUALLY_SCATTERED = "map", 32

Point = tuple[float, ...]


def weightings(given: Any, tasks: Sequence[str]) -> Any:
    """Draw the controls and return what they say, as a study's ``weights``: a number of points a side, sets of tasks, or a list
    of points.

    Args:
        given: what they show when they are new on the page: a number, the name of sets, a list of points, or None for the
            default map.
        tasks: the tasks, in order.
    """
    prefix = f"{state.FORM}.weights.{len(tasks)}"
    kind = _kind(prefix, given) if len(tasks) > 2 else MAP
    if kind == SUBSETS:
        return _sets(prefix, given, len(tasks))
    if kind == SCATTERED:
        return _scattered(prefix, given)
    side, own = parted(given, len(tasks))
    map_column, own_column = st.columns(2, vertical_alignment="bottom")
    with map_column:
        now = begin_with(f"{prefix}.map", side)
        help_text = _(
            "A regular grid of fixed weightings with so many points a side; 0 for none. Its corners are one task alone."
        )
        side = int(
            st.number_input(
                _("Map of weightings"), 0, MAXIMUM_SIDE, now, 1, key=f"{prefix}.map", help=help_text, disabled=locked()
            )
        )
    known, shown = f"{prefix}.known", f"{prefix}.own"
    begin_with(known, {point_label(point): point for point in own})
    begin_with(shown, list(st.session_state[known]))
    with own_column:
        maker = st.popover(
            _("Own weights"),
            icon=":material/tune:",
            width="stretch",
            key=f"{state.FORM}-own",
            on_change="rerun",
            disabled=not tasks or locked(),
        )
    # Controls that are drawn while nobody sees them would come up later with other values than they were given.
    if maker.open and tasks:
        with maker:
            point = simplex(tasks, f"{prefix}.point", [1 / len(tasks)] * len(tasks))
            label = _("Add {point}").format(point=point_label(point))
            st.button(label, key=f"{prefix}.add", icon=":material/add:", on_click=_add, args=(known, shown, point))
    if st.session_state[known]:
        labels = list(st.session_state[known])
        st.multiselect(_("Own weightings"), labels, st.session_state[shown], key=shown, disabled=locked())
    own = [st.session_state[known][label] for label in st.session_state[shown]]
    if not own:
        return side
    return [list(point) for point in dict.fromkeys([*(grid(side, len(tasks)) if side > 1 else []), *own])]


def _kind(prefix: str, given: Any) -> str:
    """Whether a map, scattered points or sets of tasks are asked for; with two tasks a map is all there is."""
    words = {MAP: _("map"), SCATTERED: _("scattered"), SUBSETS: _("sets of tasks")}
    named = SCATTERED if is_scattered(given) else SUBSETS
    now = begin_with(f"{prefix}.kind", named if isinstance(given, str) else MAP)
    help_text = _(
        "A regular map; points scattered evenly, where a map of many tasks would be too large; or sets of tasks: a network for "
        "every set, so that the page Together can say which tasks should share one."
    )
    chosen = st.segmented_control(
        _("Fixed weightings"),
        list(words),
        default=now,
        required=True,
        format_func=words.__getitem__,
        key=f"{prefix}.kind",
        help=help_text,
        disabled=locked(),
    )
    return str(chosen)


def _scattered(prefix: str, given: Any) -> str:
    count = int(str(given).partition(":")[2] or USUALLY_SCATTERED) if is_scattered(given) else USUALLY_SCATTERED
    now = begin_with(f"{prefix}.scattered", count)
    help_text = _("So many weightings that fill all shares of weight evenly (a Sobol sequence).")
    count = st.number_input(
        _("Scattered weightings"), 1, MOST_SCATTERED, now, 1, key=f"{prefix}.scattered", help=help_text, disabled=locked()
    )
    return f"{SCATTERED}:{int(count)}"


def _sets(prefix: str, given: Any, tasks: int) -> str:
    known = [PAIRS, *(f"{SUBSETS}:{size}" for size in range(3, tasks)), SUBSETS]
    sizes = dict(zip(known, range(2, tasks + 1), strict=True))
    key = f"{prefix}.sets"
    now = begin_with(key, given if given in known else SUBSETS)
    words = _("pairs"), _("sets of up to {size} tasks"), _("all sets of two and more tasks")

    def called(name: str) -> str:
        return words[0] if name == PAIRS else words[2] if name == SUBSETS else words[1].format(size=sizes[name])

    chosen = str(
        st.selectbox(_("Sets of tasks"), known, known.index(now), format_func=called, key=key, disabled=locked()) or SUBSETS
    )
    count = set_count(chosen, tasks)
    told = ngettext(
        "{count} network beside those of the tasks alone, each with equal weights on its tasks.",
        "{count} networks beside those of the tasks alone, each with equal weights on its tasks.",
        count,
    )
    st.caption(told.format(count=count))
    return chosen


def _add(known: str, shown: str, point: Point) -> None:
    label = point_label(point)
    st.session_state[known] = st.session_state[known] | {label: point}
    st.session_state[shown] = list(dict.fromkeys([*st.session_state[shown], label]))


def parted(given: Any, tasks: int) -> tuple[int, list[Point]]:
    """A study's ``weights`` as points a side of the largest regular map in it, and the other points.

    >>> parted([[1, 0], [0.5, 0.5], [0, 1], [0.3, 0.7]], 2)
    (3, [(0.3, 0.7)])
    """
    if given is None or isinstance(given, str):
        return (MAP_POINTS if tasks <= 3 else 0), []
    if isinstance(given, int):
        return given, []
    points = [tuple(float(weight) for weight in point) for point in given]
    # A map has at least as many points as a side, so longer sides need no look.
    sides = range(min(len(points), MAXIMUM_SIDE), 1, -1)
    side = next((side for side in sides if set(grid(side, tasks)) <= set(points)), 0)
    covered = set(grid(side, tasks)) if side else set()
    return side, [point for point in points if point not in covered]
