"""What a visitor says of a table: which columns are predicted from which, how it is read, and how its rows are divided."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.asking.forms import begin_with, locked, option_input, place_of
from dashboard.words import _, escape_markdown, first_of
from mtl_core.errors import SeesawError
from mtl_core.spec import KINDS, SUITES
from mtl_core.suites.csv_file import INPUT_KINDS, Asked, ColumnPreview, TableFacts, TablePreview, asked_of, preview

OPTIONS = {option.name: option for option in SUITES["csv"].options}

_NAMED = 8
"""More names than this are not listed."""

_READING = ("delimiter", "encoding", "decimal", "heading")


def table_form(options: dict[str, Any], prefix: str, look: Callable[[Mapping[str, Any]], TableFacts]) -> dict[str, Any]:
    """Draw the controls of a table and what was found in it; returns the options that they say.

    Args:
        options: of the ``csv`` suite, that the controls show when they are new on the page.
        prefix: of the controls' keys, another one for each file.
        look: what is known of the table when it is read as options say.
    """
    place = st.container()
    with st.expander(_("How the table is read")):
        reading = {name: option_input(OPTIONS[name], f"{prefix}.{name}", options[name]) for name in _READING}
        reading["missing"] = option_input(OPTIONS["missing"], f"{prefix}.missing", options["missing"])
    try:
        facts = look(options | reading)
    except SeesawError as problem:
        place.error(escape_markdown(problem), icon=":material/error:")
        return reading
    with place:
        chosen = reading | _columns(options | reading, facts, prefix)
        _show(preview(facts, asked_of(options | chosen)))
    return chosen


def _show(found: TablePreview) -> None:
    for finding in found.findings:
        st.caption(escape_markdown(finding))
    treated: dict[str, list[str]] = {}
    for column in found.columns:
        if column.role == "target":
            treated.setdefault(column.treatment, []).append(column.name)
    for treatment, names in treated.items():
        st.caption(f"{escape_markdown(first_of(names, _NAMED))}: {escape_markdown(treatment)}")
    rows = [
        [each.name, _(each.role), _(each.read_as), each.missing, "; ".join(each.examples[:3]), each.treatment]
        for each in found.columns
    ]
    titles = [_("column"), _("role"), _("kind"), _("missing"), _("examples"), _("what is done, and why")]
    st.dataframe(pd.DataFrame(rows, columns=titles), hide_index=True, height=min(38 * len(rows) + 40, 260))


def _columns(options: dict[str, Any], facts: TableFacts, prefix: str) -> dict[str, Any]:
    found = preview(facts, Asked())
    known = {column.name: column for column in found.columns}
    st.caption(_("{rows:,} rows, {count} columns.").format(rows=found.rows, count=len(known)))
    words = {name: _(entry.column) for name, entry in KINDS.items() if entry.column}
    possible = [column.name for column in found.columns if column.kind is not None]
    targets = _names(
        prefix,
        "targets",
        _("Columns to predict"),
        possible,
        options["targets"],
        lambda name: f"{name} ({words[known[name].kind or 'regression']})",
    )
    with st.expander(_("Kinds, inputs and splits")):
        kinds = _kinds(options, known, targets, prefix, words)
        others = [column.name for column in found.columns if column.name not in targets]
        inputs = _names(prefix, "inputs", _("Columns to predict from"), others, options["inputs"], str, empty=_("All others"))
        rest = [name for name in others if name not in inputs]
        exclude = _names(prefix, "exclude", _("Columns to leave out"), rest, options["exclude"], str, empty=_("None"))
        kinds |= _input_kinds(options, known, [name for name in rest if name not in exclude] + inputs, prefix)
        split = option_input(OPTIONS["split"], f"{prefix}.split", options["split"])
        free = [name for name in rest if name not in exclude]
        group = _one(prefix, "group", _("Rows that stay together have the same"), free, options) if split == "grouped" else None
        told = _one(prefix, "split_column", _("The column that says the split"), free, options) if split == "column" else None
        seed = option_input(OPTIONS["split_seed"], f"{prefix}.split_seed", options["split_seed"])
    chosen = {"targets": targets, "kinds": kinds, "inputs": inputs, "exclude": exclude, "split": split}
    return chosen | {"group": group, "split_column": told, "split_seed": seed}


def _kinds(
    options: dict[str, Any], known: Mapping[str, ColumnPreview], targets: Sequence[str], prefix: str, words: dict[str, str]
) -> dict[str, str]:
    given: dict[str, str] = dict(options["kinds"])
    kinds: dict[str, str] = {}
    for name in targets:
        key = f"{prefix}.kind.{name}"
        now = begin_with(key, given.get(name) if given.get(name) in words else known[name].kind)
        help_text = _("Examples: {values}").format(values=escape_markdown(", ".join(known[name].examples)))
        kinds[name] = st.segmented_control(
            escape_markdown(name),
            list(words),
            default=now,
            key=key,
            required=True,
            format_func=words.__getitem__,
            help=help_text,
            disabled=locked(),
        )
    return kinds


def _input_kinds(options: dict[str, Any], known: Mapping[str, ColumnPreview], names: list[str], prefix: str) -> dict[str, str]:
    """The kinds of inputs that are read otherwise than was guessed, or at all where they would be left out."""
    given = {name: kind for name, kind in dict(options["kinds"]).items() if name in names and kind in INPUT_KINDS}
    chosen = _names(prefix, "read", _("Read as another kind"), names, list(given), str, empty=_("None"))
    kinds: dict[str, str] = {}
    for name in chosen:
        key = f"{prefix}.input_kind.{name}"
        now = begin_with(key, given.get(name) or known[name].read_as or "category")
        kinds[name] = st.segmented_control(
            escape_markdown(name), INPUT_KINDS, default=now, key=key, required=True, format_func=_, disabled=locked()
        )
    return kinds


def _one(prefix: str, name: str, title: str, known: list[str], options: Mapping[str, Any]) -> Any:
    begin_with(f"{prefix}.{name}", options[name])
    state.keep_valid(f"{prefix}.{name}", known)
    now = place_of(known, st.session_state[f"{prefix}.{name}"])
    return st.selectbox(title, known, now, key=f"{prefix}.{name}", disabled=locked())


def _names(prefix: str, name: str, title: str, known: list[str], given: Any, words: Any, empty: str | None = None) -> list[str]:
    key = f"{prefix}.{name}"
    begin_with(key, [each for each in given or () if each in known])
    state.keep_valid(key, known)
    placeholder = empty or _("Choose two or more")
    chosen = st.multiselect(
        title, known, st.session_state[key], key=key, format_func=words, placeholder=placeholder, disabled=locked()
    )
    return [each for each in known if each in chosen]
