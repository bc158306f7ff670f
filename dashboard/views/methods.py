"""Methods: what each balancing method does, what it costs, and how it was checked."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.asking.links import to_walk
from dashboard.showing import method_plane, results_page
from dashboard.words import _
from mtl_core.spec import METHODS
from mtl_core.spec.option import Option, written_short
from mtl_core.spec.table import MethodEntry
from mtl_core.spec.verification import Verified, verification

HEIGHT = 460


def draw() -> None:
    """Draw the page."""
    state.turn_to("methods")
    st.title(_("Methods"), anchor=False)
    st.caption(_("Every way of balancing tasks that there is here: what it makes of two gradients, and how it was checked."))
    checks = {line.method: line for line in verification()}
    names = list(METHODS)
    state.keep_valid(state.METHOD, names, names[0])
    # Names, not titles: the URL holds what is shown, and a link must mean the same in every language.
    name = st.selectbox(_("Method"), names, key=state.METHOD, bind="query-params", width=360)
    place = _one(METHODS[name], checks.get(name))
    st.subheader(_("All methods"), anchor=False)
    words = st.text_input(
        _("Find"),
        key=state.METHOD_WORDS,
        bind="query-params",
        placeholder=_("name, what it looks at, cost, authors"),
        icon=":material/search:",
        label_visibility="collapsed",
    )
    _overview(checks, words or "")
    # Last, because it may take a moment: all else can be read meanwhile.
    with place:
        method_plane.draw_plane(METHODS[name])


def _overview(checks: dict[str, Verified], words: str) -> None:
    rows = [_row(entry, checks.get(name)) for name, entry in METHODS.items() if _has(entry, words)]
    if not rows:
        st.info(_("No method has these words."), icon=":material/search_off:")
        return
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=min(38 + 35 * len(rows), HEIGHT),
        key="methods-table",
        alt=_("The methods, one a line"),
        column_config={
            "name": st.column_config.TextColumn(_("name"), pinned=True),
            "title": _("title"),
            "looks_at": _("looks at"),
            "scope": _("scales"),
            "cost": _("a step costs"),
            "checked_against": _("checked against"),
            "deviation": st.column_config.NumberColumn(_("largest deviation"), format="%.1e"),
        },
    )


def _row(entry: MethodEntry, check: Verified | None) -> dict[str, object]:
    return {
        "name": entry.name,
        "title": _(entry.title),
        "looks_at": _signals(entry),
        "scope": _scope(entry),
        "cost": _(entry.cost),
        "checked_against": _(check.oracle) if check else "",
        "deviation": check.deviation if check else None,
    }


def _has(entry: MethodEntry, words: str) -> bool:
    parts = (entry.name, _(entry.title), _(entry.summary), entry.source, _signals(entry), _scope(entry), _(entry.cost))
    text = " ".join(parts).lower()
    return all(word in text for word in words.lower().split())


def _signals(entry: MethodEntry) -> str:
    return {
        "losses": _("the task losses"),
        "gramian": _("lengths and angles of the task gradients"),
        "jacobian": _("the task gradients themselves"),
    }[entry.signals]


def _scope(entry: MethodEntry) -> str:
    return {"all": _("all parameters"), "trunk": _("the shared trunk alone")}[entry.scope]


def _one(entry: MethodEntry, check: Verified | None) -> Any:
    """Everything about one method; gives the place of its picture."""
    with st.container(border=True, key="method-card"):
        place, right = st.columns([1, 1.25], gap="large")
        with right:
            _about(entry)
        _options(entry)
        if check:
            words = _(
                "Checked against {oracle} ({quantity}) on {cases:,} random problems: off by {deviation:.1e} at most; "
                "{tolerance:.0e} is allowed."
            )
            facts_of = {"cases": check.cases, "deviation": check.deviation, "tolerance": check.tolerance}
            text = words.format(oracle=_(check.oracle), quantity=_(check.quantity), **facts_of)
            st.markdown(":material/verified: " + text)
        st.code(_command(entry), language="bash")
    return place


def _about(entry: MethodEntry) -> None:
    st.markdown(f"**{_(entry.title)}**  ·  {_(entry.summary)}")
    _offers(entry)
    st.latex(entry.formula)
    if entry.source:
        st.caption(_("From {source}.").format(source=entry.source))
    facts = [
        (_("looks at"), _signals(entry)),
        (_("scales"), _scope(entry)),
        (_("weights"), _(entry.scale)),
        (_("a step costs"), _(entry.cost)),
    ]
    if entry.keeps_gradients:
        facts.append((_("remembers"), _("a gradient of every task, from step to step")))
    st.markdown("\n".join(f"- **{label}**: {text}" for label, text in facts))


def _offers(entry: MethodEntry) -> None:
    """The ways from here to where the method is at work."""
    # Fixed weights are no method to a study: they are points of its map of weightings, and have no walk of their own.
    chosen = {"methods": list(dict.fromkeys(["equal", entry.name]))} if entry.selectable else {"weights": [[0.3, 0.7]]}
    play, walk = (results_page.VIEWS / name for name in ("play.py", "landscape.py"))
    with st.container(horizontal=True):
        asked = state.offer_draft(**chosen)
        st.page_link(play, label=_("Try it in Play"), icon=":material/play_circle:", query_params=asked)
        if entry.selectable:
            st.page_link(walk, label=_("See it walk"), icon=":material/landscape:", query_params=to_walk(entry.name))


def _options(entry: MethodEntry) -> None:
    if not entry.options:
        st.caption(_("It has no options."))
        return
    st.dataframe(
        pd.DataFrame([_option(option) for option in entry.options]),
        hide_index=True,
        key=f"options-{entry.name}",
        alt=_("Options of {method}").format(method=_(entry.title)),
        column_config={
            "option": st.column_config.TextColumn(_("option"), pinned=True),
            "symbol": st.column_config.TextColumn(_("symbol"), width="small"),
            "default": st.column_config.TextColumn(_("default"), width="small"),
            "bounds": _("bounds"),
            "help": st.column_config.TextColumn(_("what it is"), width="large"),
        },
    )


def _option(option: Option) -> dict[str, str]:
    return {
        "option": option.name,
        "symbol": option.symbol,
        "default": _value(option.default),
        "bounds": _bounds(option),
        "help": _(option.help),
    }


def _value(value: object) -> str:
    if value is None:
        return _("none")
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return written_short(value)


def _bounds(option: Option) -> str:
    if option.choices:
        # What is typed, so it stays as it is in every language.
        return ", ".join(option.choices)
    if option.kind == "flag":
        return _("on or off")
    match (option.low, option.high):
        case (None, None):
            return ""
        case (low, None):
            return _("at least {low}").format(low=written_short(low))
        case (None, high):
            return _("at most {high}").format(high=written_short(high))
        case (low, high):
            return _("{low} to {high}").format(low=written_short(low), high=written_short(high))


def _command(entry: MethodEntry) -> str:
    # Fixed weights are no method to a study: they are points of its map of weightings.
    return f"seesaw run --method {entry.name}" if entry.selectable else "seesaw run --method none --weights 0.3,0.7"


draw()
