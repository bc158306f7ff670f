"""A visitor's own table: uploading it, and choosing what is predicted from what."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import state
from dashboard.asking.forms import begin_with, option_input
from dashboard.draft import Draft
from dashboard.reading import jobs, requests
from dashboard.reading.uploads import MEGABYTES, keep
from dashboard.words import _, escape_markdown
from mtl_core.errors import SeesawError
from mtl_core.spec import KINDS, SUITES
from mtl_core.suites.csv_file import ColumnPreview

_OPTIONS = {option.name: option for option in SUITES["csv"].options}


def unfinished(suite: Mapping[str, Any]) -> str:
    """What is still to be done before a table can be learned from, in words; empty when nothing is."""
    if suite["name"] != "csv":
        return ""
    if not suite.get("path"):
        return _("Upload a table to learn from.")
    return "" if len(suite.get("targets") or ()) >= 2 else _("Choose two or more columns to predict.")


def table_controls(current: Mapping[str, Any]) -> dict[str, Any]:
    """Draw the controls of the ``csv`` suite and return its options.

    Args:
        current: the options that the controls show when they are new on the page.
    """
    options = {name: option.default for name, option in _OPTIONS.items()} | dict(current)
    given = st.file_uploader(_("CSV file"), type="csv", key=f"{state.FORM}.file", max_upload_size=MEGABYTES)
    # A run that was held up may see a file again that was kept and let go of before.
    if given is not None and not given.closed:
        try:
            path = str(keep(given, jobs.get_store(), state.visitor()))
        except SeesawError as problem:
            st.error(escape_markdown(problem), icon=":material/error:")
            return options
        finally:
            _let_go(given)
        if path != options["path"]:
            options |= {"path": path, "sha256": None, "targets": [], "kinds": {}, "inputs": [], "group": None}
    if not options["path"]:
        st.caption(_("Text with column names in the first row. Empty cells are missing labels."))
        return options
    try:
        columns = inspected(options["path"], options["delimiter"])
    except SeesawError as problem:
        st.error(escape_markdown(problem), icon=":material/error:")
        return options
    return _columns(options, columns)


def inspected(path: str, delimiter: str) -> tuple[ColumnPreview, ...]:
    """What a table has in it, looked at by a worker, with a bar where that takes time.

    Raises:
        SeesawError: it cannot be read as a table, or nobody is there to look.
    """
    asked = {"path": path, "delimiter": delimiter}
    found = json.loads(_waited_for("table", asked, _("Looking at the table…")))
    return tuple(ColumnPreview(**column | {"examples": tuple(column["examples"])}) for column in found)


def settled(draft: Draft) -> Draft:
    """The draft with its table settled by a worker: its content's hash and what its columns are. Others are as they were.

    Raises:
        SeesawError: it cannot be learned from, or nobody is there to look.
    """
    suite = draft["suite"]
    if not isinstance(suite, Mapping) or suite["name"] != "csv" or suite.get("sha256"):
        return draft
    return draft | {"suite": json.loads(_waited_for("settle", {"suite": dict(suite)}, _("Reading the table…")))}


def _waited_for(kind: str, asked: Mapping[str, Any], words: str) -> bytes:
    if requests.known(kind, asked):
        return requests.answer(kind, asked)
    place = st.empty()

    def tell(share: float) -> None:
        place.progress(min(share, 1.0), text=words)

    try:
        return requests.answer(kind, asked, tell)
    finally:
        place.empty()


def _let_go(given: Any) -> None:
    """Free the copies in memory that Streamlit would hold while the visitor stays: the file's own, and the session's."""
    context = get_script_run_ctx()
    manager: Any = context and context.uploaded_file_mgr  # the interface promises no single removal, its implementation has it
    if context is not None and hasattr(manager, "remove_file"):
        manager.remove_file(context.session_id, given.file_id)
    given.close()


def _columns(options: dict[str, Any], columns: tuple[ColumnPreview, ...]) -> dict[str, Any]:
    # Another file brings other columns: its controls are others too.
    prefix = f"{state.FORM}.suite.csv.{Path(options['path']).stem[:12]}"
    known = {column.name: column for column in columns}
    possible = [column.name for column in columns if column.kind is not None]
    st.caption(_("{rows:,} rows, {count} columns.").format(rows=columns[0].rows if columns else 0, count=len(columns)))
    words = {name: _(entry.column) for name, entry in KINDS.items() if entry.column}
    targets = _names(
        prefix,
        "targets",
        _("Columns to predict"),
        possible,
        options["targets"],
        lambda name: f"{name} ({words[known[name].kind or 'regression']})",
    )
    with st.expander(_("Kinds, inputs and splits")):
        kinds = {}
        for name in targets:
            key = f"{prefix}.kind.{name}"
            begin_with(key, dict(options["kinds"]).get(name) or known[name].kind)
            help_text = _("Examples: {values}").format(values=escape_markdown(", ".join(known[name].examples)))
            kinds[name] = st.segmented_control(
                escape_markdown(name), list(words), key=key, required=True, format_func=words.__getitem__, help=help_text
            )
        others = [column.name for column in columns if column.name not in targets]
        inputs = _names(prefix, "inputs", _("Columns to predict from"), others, options["inputs"], str, empty=_("All others"))
        split = option_input(_OPTIONS["split"], f"{prefix}.split", options["split"])
        group = None
        if split == "grouped":
            begin_with(f"{prefix}.group", options["group"])
            state.keep_valid(f"{prefix}.group", others)
            group = st.selectbox(_("Rows that stay together have the same"), others, key=f"{prefix}.group")
        delimiter = option_input(_OPTIONS["delimiter"], f"{prefix}.delimiter", options["delimiter"])
    chosen = {"targets": targets, "kinds": kinds, "inputs": inputs, "split": split, "group": group, "delimiter": delimiter}
    for note in (column for column in columns if column.note and column.name in targets):
        st.caption(f"{escape_markdown(note.name)}: {escape_markdown(note.note)}")
    return options | chosen


def _names(prefix: str, name: str, title: str, known: list[str], given: Any, words: Any, empty: str | None = None) -> list[str]:
    key = f"{prefix}.{name}"
    begin_with(key, [each for each in given or () if each in known])
    state.keep_valid(key, known)
    chosen = st.multiselect(title, known, key=key, format_func=words, placeholder=empty or _("Choose two or more"))
    return [each for each in known if each in chosen]
