"""A visitor's own table: uploading it, having it looked at, and having it settled."""

import io
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import state
from dashboard.asking.forms import locked
from dashboard.asking.table_form import OPTIONS, table_form
from dashboard.fitting import Draft
from dashboard.reading import jobs, requests
from dashboard.reading.uploads import MEGABYTES, keep
from dashboard.words import _, escape_markdown
from mtl_core.errors import SeesawError
from mtl_core.suites import SPLITS
from mtl_core.suites.csv_file import Reading, TableFacts

ENDINGS = ("csv", "tsv", "txt", "data", "xlsx", "parquet")
"""What may be uploaded; what it is, is told by its content."""

_LISTED = 200_000
"""So many training rows are not listed on a page."""


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
    options = {name: option.default for name, option in OPTIONS.items()} | dict(current)
    common: dict[str, Any] = {"key": f"{state.FORM}.file", "disabled": locked()}
    given = st.file_uploader(_("Table"), type=ENDINGS, max_upload_size=MEGABYTES, **common)
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
            options = {name: option.default for name, option in OPTIONS.items()} | {"path": path, "file_name": given.name}
    if not options["path"]:
        st.caption(_("CSV, TSV, Parquet or Excel, an example in each row. Empty cells are missing labels."))
        return options
    # Another file brings other columns: its controls are others too.
    prefix = f"{state.FORM}.suite.csv.{Path(options['path']).stem[:12]}"
    chosen = table_form(options, prefix, looked_at)
    if any(OPTIONS[name].check(chosen[name]) != OPTIONS[name].check(options[name]) for name in chosen):
        # What was settled before was settled for another question.
        chosen |= {name: OPTIONS[name].default for name in ("sha256", "test_sha256", "reader", "train_rows")}
    elif options["sha256"] and (options["train_rows"] or _LISTED) < _LISTED:
        _splits(options, prefix)
    return options | chosen


def _splits(options: dict[str, Any], prefix: str) -> None:
    """Which row is in which split, once that is settled."""
    if not st.toggle(_("Show which row is in which split"), key=f"{prefix}.rows"):
        return
    suite = {"name": "csv"} | {name: OPTIONS[name].check(value) for name, value in options.items()}
    try:
        content = _waited_for("splits", {"suite": suite}, _("Reading the table…"))
    except SeesawError as problem:
        st.error(escape_markdown(problem), icon=":material/error:")
        return
    rows = pd.read_csv(io.BytesIO(content))
    st.caption(", ".join(f"{_(name)}: {(rows['split'] == name).sum():,}" for name in SPLITS))
    st.dataframe(rows, hide_index=True, height=200)
    st.download_button(_("Download"), content, "splits.csv", "text/csv", key=f"{prefix}.rows.download")


def looked_at(options: Mapping[str, Any]) -> TableFacts:
    """What is known of a table, looked at by a worker, with a bar where that takes time.

    Raises:
        SeesawError: it cannot be read as a table, or nobody is there to look.
    """
    reading = {field.name: options[field.name] for field in fields(Reading)}
    asked = {"path": options["path"]} | reading | {"missing": list(reading["missing"])}
    return TableFacts.from_dict(json.loads(_waited_for("table", asked, _("Looking at the table…"))))


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
