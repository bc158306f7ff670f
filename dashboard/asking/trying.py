"""What a person gives a trained network: a form by what the suite takes, and an example of the test split for every suite."""

import base64
from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.asking.links import choose
from dashboard.components.pad import pads
from dashboard.words import _

EXAMPLE = "example"
"""The way in that every suite has."""

Given = dict[str, Any] | None
"""What is given, as ``mtl_core.suites.intake`` has it; None where nothing is yet."""

Look = Callable[[int], dict[str, Any]]
"""From an example's number to what it is, as a person would give it."""


def give(told: dict[str, Any], study: str, look: Look) -> tuple[Given, str]:
    """Draw the form; what is given, and what to do where nothing is.

    Args:
        told: how the suite takes what a person gives.
        study: the study's id: another one's drawings and rows are others.
        look: asked for a row that is to be edited.
    """
    own = _own(told)
    ways = {own: _ways()[own], EXAMPLE: _("Pick an example")} if own else {EXAMPLE: _("Pick an example")}
    way = EXAMPLE
    if own:
        # A link with a sentence means it, and one with an example's number that.
        way = choose(
            st.segmented_control,
            _("Input"),
            list(ways),
            own,
            key=state.WAY,
            format_func=ways.__getitem__,
            required=True,
            label_visibility="collapsed",
        )
    if way == EXAMPLE:
        return {"example": _number(told["examples"])}, ""
    return _FORMS[way](told, study, look)


def _own(told: dict[str, Any]) -> str:
    """The way that a kind of intake has besides examples."""
    kind = str(told["kind"])
    if kind == "picture":
        return "draw" if told["pads"] else ""
    return {"text": "write", "molecule": "molecule", "row": "row", "sound": "record"}.get(kind, "")


def _ways() -> dict[str, str]:
    return {
        "write": _("Write a sentence"),
        "draw": _("Draw"),
        "row": _("Edit a row"),
        "record": _("Record"),
        "molecule": _("Write a molecule"),
    }


def _number(count: int) -> int:
    state.keep_within(state.EXAMPLE, 1, count)
    number = st.number_input(
        _("Example of the test split, 1 to {count:,}").format(count=count),
        min_value=1,
        max_value=count,
        step=1,
        key=state.EXAMPLE,
        bind="query-params",
    )
    return int(number or 1)


def _write(told: dict[str, Any], _study: str, _look: Look) -> tuple[Given, str]:
    text = st.text_input(
        _("Sentence"), key=state.TEXT, bind="query-params", max_chars=500, placeholder=_("Type a sentence, then press Enter")
    )
    question = ""
    if told["asks"]:
        question = st.text_input(
            _("Question about it"),
            key=state.QUESTION,
            bind="query-params",
            max_chars=200,
            placeholder=_("Optional, such as: which room"),
        )
    if told["suite"] in _SAYINGS:
        st.caption(_("For instance: {words}").format(words=_SAYINGS[told["suite"]]))
    if not (text or "").strip():
        return None, _("Type a sentence and press Enter, or pick an example: what the networks make of it is shown here.")
    return {"text": text, "question": question or ""}, ""


_SAYINGS = {
    "phrases": "could you set the lamp in the kitchen to red",
    "snips": "add this song by lindsey cardinale to my rock playlist",
    "nlupp": "how much did I spend on food last week",
    "wnut17": "watching stranger things on the way to oslo",
}
"""What a suite's people say: the language that its networks know."""


def _molecule(_told: dict[str, Any], _study: str, _look: Look) -> tuple[Given, str]:
    smiles = st.text_input(
        _("Molecule as SMILES"), key=state.TEXT, bind="query-params", max_chars=1000, placeholder="CC(=O)Oc1ccccc1C(=O)O"
    )
    if not (smiles or "").strip():
        return None, _("Write a molecule and press Enter, or pick an example.")
    return {"smiles": smiles}, ""


def _draw(told: dict[str, Any], study: str, _look: Look) -> tuple[Given, str]:
    names = [str(pad["name"]) for pad in told["pads"]]
    drawn = pads(names, f"pads-{study}")
    if not all(drawn):
        left = ", ".join(name for name, each in zip(names, drawn, strict=True) if not each)
        return None, _("Draw with a mouse or a finger ({names}), or pick an example.").format(names=left)
    return {"drawings": drawn}, ""


def _row(told: dict[str, Any], study: str, look: Look) -> tuple[Given, str]:
    number = _number(told["examples"])
    row: dict[str, str] = look(number)["row"]
    choices = {field["name"]: ", ".join(field["labels"][:8]) for field in told["fields"]}
    table = pd.DataFrame({"name": list(row), "value": list(row.values()), "choices": [choices[name] for name in row]})
    text = st.column_config.TextColumn
    edited = st.data_editor(
        table,
        hide_index=True,
        disabled=["name", "choices"],
        key=f"row-{study}-{number}",
        height=min(38 + 35 * len(table), 430),
        column_config={
            "name": text(_("name")),
            "value": text(_("value"), help=_("Change it: the answers follow.")),
            "choices": text(_("choices")) if any(choices.values()) else None,
        },
    )
    return {"row": {str(name): str(value or "") for name, value in zip(edited["name"], edited["value"], strict=True)}}, ""


def _record(_told: dict[str, Any], study: str, _look: Look) -> tuple[Given, str]:
    spoken = st.audio_input(_("Say it"), sample_rate=8000, key=f"audio-{study}")
    loaded = st.file_uploader(
        _("or a .wav file, mono with 16 bits at 8,000 Hz"), type="wav", key=f"wav-{study}", max_upload_size=1
    )
    file = loaded or spoken
    if file is None:
        return None, _("Record a word, give a file, or pick an example.")
    return {"sound": base64.b64encode(file.getvalue()).decode()}, ""


_FORMS: dict[str, Callable[[dict[str, Any], str, Look], tuple[Given, str]]] = {
    "write": _write,
    "molecule": _molecule,
    "draw": _draw,
    "row": _row,
    "record": _record,
}
