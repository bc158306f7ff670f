"""Share, what a teacher's link hides, locks and presents, its QR code, and notes pinned to curves."""

import json
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import words
from dashboard.figures.frame import alt, figure
from dashboard.figures.notes import pinned
from dashboard.showing.share import qr_code
from dashboard.teaching import LONGEST_NOTE, MOST_NOTES, Note, link, read_note
from tests.dashboard.conftest import Trained, components

Visit = Callable[..., AppTest]
Put = Callable[..., str]

PAGES = ("transfer", "methods")


def shared(app: AppTest) -> AppTest:
    """The page with what is under Share."""
    app.session_state["share-open"] = True
    return app.run()


def given(app: AppTest) -> dict[str, str]:
    """What the link under Share says."""
    address = next(code.value for code in app.code if "study=" in code.value)
    return dict(parse_qsl(urlsplit(address).query))


def test_a_link_has_all_that_the_address_has_and_what_was_changed_in_it() -> None:
    now = {"study": ["abc"], "pin": ["3:a b", "9:<i>&"], "hide": ["nav"], "methods": ['[{"name":"uw"}]']}
    made = link("http://host:1/transfer", now, {"hide": ["panel,nav"], "view": ["present"], "lock": []})
    assert made.startswith("http://host:1/transfer?study=abc&pin=3:a+b")
    assert parse_qsl(urlsplit(made).query) == [
        *(("study", "abc"), ("pin", "3:a b"), ("pin", "9:<i>&"), ("hide", "panel,nav")),
        *(("methods", '[{"name":"uw"}]'), ("view", "present")),
    ]
    assert link("http://host:1", {}, {"hide": ["nav"]}) == "http://host:1/?hide=nav"


def test_a_qr_code_is_a_picture_that_scales_or_is_refused_for_a_link_that_is_too_long() -> None:
    drawn = qr_code("http://host/transfer?study=abc")
    assert drawn is not None
    root = ElementTree.fromstring(drawn)
    ground, marks = root
    side = int(root.attrib["viewBox"].split()[-1])
    assert "width" not in root.attrib
    assert (ground.attrib["fill"], marks.attrib["stroke"]) == ("#fff", "#000")  # on either theme
    # The first row of a finder, after a quiet zone of four.
    assert marks.attrib["d"].startswith("M4 4.5h7")
    assert side == 25 + 2 * 4
    assert qr_code("x" * 3000) is None


@pytest.mark.parametrize("page", PAGES)
def test_every_page_can_be_shared(page: str, pair: Trained, put: Put, visit: Visit, answering: None) -> None:
    study = put(pair)
    app = shared(visit(page, study, hide="tables", lang="en"))
    assert not app.exception
    assert given(app).items() >= {"study": study, "hide": "tables", "lang": "en"}.items()
    (picture,) = app.get("image")[0].proto.imgs
    assert picture.url.startswith("data:image/svg+xml")
    assert picture.alt == next(code.value for code in app.code if "study=" in code.value)


def test_ticking_changes_the_link_and_not_the_page(
    pair: Trained, put: Put, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "languages", lambda: ["en", "de"])
    app = shared(visit("play", put(pair)))
    app.pills(key="share-hide").select("answers").select("nav")
    app.toggle(key="share-lock").set_value(True)
    app.toggle(key="share-present").set_value(True)
    app.selectbox(key="share-language").select("de")
    app.run()
    asked = given(app)
    made = {"hide": "nav,answers", "lock": "panel", "view": "present", "lang": "de"}
    assert asked.items() >= made.items()
    assert not made.keys() & set(app.query_params)
    assert not app.selectbox(key="play.suite").disabled


def test_a_locked_form_is_seen_and_not_changed(pair: Trained, put: Put, visit: Visit) -> None:
    study = put(pair)
    kinds = ("selectbox", "multiselect", "pills", "number_input", "toggle", "segmented_control", "text_input", "button_group")

    def controls(app: AppTest) -> dict[str, bool]:
        found = [part for kind in kinds for part in app.get(kind) if str(part.key).startswith("play.")]
        return {part.key: part.proto.disabled for part in found}

    free, locked = controls(visit("play", study)), controls(visit("play", study, lock="panel"))
    assert free
    assert free.keys() == locked.keys()
    assert not any(free.values())
    assert all(locked.values())


def test_what_there_is_not_is_said(pair: Trained, put: Put, visit: Visit) -> None:
    app = visit("transfer", put(pair), hide="tabels,nav", view="presnt", lock="nav", pin="soon")
    said = " ".join(warning.value for warning in app.warning)
    for word in ("tabels", "tables", "presnt", "present", "unknown lock", "soon"):
        assert word in said
    assert not app.exception


def test_what_a_link_sets_stays_from_page_to_page(pair: Trained, put: Put, visit: Visit) -> None:
    app = visit("play", put(pair), hide="tables", view="present", lang="en", pin="3:look")
    for name in ("hide", "view", "lang", "pin"):
        del app.query_params[name]  # as a change of page does
    app.switch_page("views/transfer.py").run()
    asked = {"hide": "tables", "view": "present", "lang": "en", "pin": "3:look"}
    assert {name: app.query_params[name] for name in asked} == asked


def test_a_presentation_shows_still_charts_as_those_that_fill_the_screen(pair: Trained, put: Put, visit: Visit) -> None:
    study = put(pair)
    still, shown = visit("tradeoff", study), visit("tradeoff", study, view="present")
    assert still.get("plotly_chart")
    assert not shown.get("plotly_chart")
    assert sum("figure" in data for data in components(shown)) == len(still.get("plotly_chart"))
    stage = next(data for data in components(shown) if "page" in data)
    assert (stage["page"], stage["before"], stage["after"]) == ("tradeoff", True, True)
    alone = visit("tradeoff", study, view="present", hide="nav,tables")
    stage = next(data for data in components(alone) if "page" in data)
    assert (stage["before"], stage["after"]) == (False, False)
    assert "stDataFrame" in stage["hidden"]


@pytest.mark.parametrize("text", ["", "soon", "3", "3:", "3:  ", "-3:a", "3.5:a", ":a", "9999999999:a", "٣:a"])
def test_what_is_no_note_is_none(text: str) -> None:
    assert read_note(text) is None


def test_a_note_is_one_short_line() -> None:
    assert read_note("12: two\n words : here ") == Note(12, "two words : here")
    long = read_note("1:" + "x" * 500)
    assert long is not None
    assert len(long.text) == LONGEST_NOTE
    assert read_note(long.written) == long


def test_a_note_is_never_markup() -> None:
    mean = '<a href="https://x.y">no</a> <br>&lt;b&gt; %{x} <img src=x onerror=alert(1)>'
    notes = [Note(10, mean[:LONGEST_NOTE]), Note(99, "unseen")]
    picture = pinned(figure([{"y": [1, 2]}], "Curves."), notes, 40)
    (drawn,) = picture.layout.annotations
    said = drawn.text.replace("<br>", " ")  # ours, between lines
    assert "<" not in said
    assert ">" not in said
    assert "&amp;lt;b&amp;gt;" in said
    assert "%{" not in said
    assert len(picture.layout.shapes) == 1
    assert alt(picture).startswith("Curves. Notes: ")
    assert "unseen" not in json.dumps(picture.to_plotly_json())


def test_notes_are_pinned_and_taken_away_and_belong_to_their_study(
    pair: Trained, later: Trained, put: Put, visit: Visit
) -> None:
    def marks(app: AppTest) -> list[str]:
        figures = [json.loads(data["figure"]) for data in components(app) if data.get("key") == "plot-curves"]
        return [note["text"] for note in figures[0]["layout"].get("annotations", []) if note.get("bgcolor")]

    study, other = put(pair), put(later)
    app = visit("play", study, pin="5:first")
    assert marks(app) == ["first"]
    app.session_state["notes"] = True
    app.run()
    app.number_input(key="note-step").set_value(30)
    app.text_input(key="note-text").input("<b>then</b>")
    app.button(key="note-pin").click().run()
    assert app.query_params["pin"] == ["5:first", "30:<b>then</b>"]
    assert marks(app) == ["first", "&lt;b&gt;then&lt;/b&gt;"]
    app.button(key="note-away-0").click().run()
    assert app.query_params["pin"] == "30:<b>then</b>"
    app.query_params["study"] = other
    app.run()
    assert marks(app) == []
    assert "pin" not in app.query_params


def test_there_are_a_few_notes(pair: Trained, put: Put) -> None:
    app = AppTest.from_function(_notes, default_timeout=60)
    app.query_params["pin"] = [f"{step}:note" for step in range(20, 0, -1)]
    app.run()
    assert app.text[0].value == ",".join(str(step) for step in range(1, MOST_NOTES + 1))
    assert str(MOST_NOTES) in app.warning[0].value


def _notes() -> None:
    import streamlit as st

    from dashboard import teaching

    st.text(",".join(str(note.step) for note in teaching.notes("abc")))
    for problem in teaching.unknown():
        st.warning(problem)
