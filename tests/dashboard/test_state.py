"""Drafts, their URLs, the shared selection, the words and the controls made from descriptions."""

import gettext
import json
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from hypothesis import given
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from dashboard import draft as drafts
from dashboard import words
from dashboard.asking.weightings import parted
from dashboard.components.simplex import PARTS, checked, parts_of
from dashboard.fitting import settle
from dashboard.locale.collect import catalogue
from mtl_core.spec import BACKBONES, METHODS, OPTIMIZERS, OPTIONS, SUITES, Study, grid
from mtl_core.spec.option import Option

UPLOADS = Path("/uploads")
BASE = drafts.of_study(Study())


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"suite": "subspace", "weights": 0, "methods": []},
        {"suite": {"name": "subspace", "shared_tasks": 4}, "weights": 0},
        {"backbone": {"name": "cnn", "width": 4}, "optimizer": "sgd", "clip": 1.5, "schedule": "cosine"},
        {"methods": ["equal", "pcgrad", {"name": "gradnorm", "alpha": 0.5}], "seeds": [3, 9]},
        {"weights": [[0.25, 0.75], [1, 0]], "device": "cpu", "evaluate_every": 7},
    ],
)
def test_a_draft_survives_its_url(settings: dict[str, Any]) -> None:
    study = Study(**settings)
    parameters = drafts.to_parameters(drafts.of_study(study), BASE, UPLOADS)
    assert all(isinstance(value, str) for value in parameters.values())
    opened, refused = drafts.from_parameters(parameters, BASE, UPLOADS)
    assert not refused
    assert drafts.to_study(opened) == study


def test_only_what_differs_is_in_the_url() -> None:
    assert drafts.to_parameters(BASE, BASE, UPLOADS) == {}
    study = Study(seeds=3, weights=0, methods=["equal", "uw"], suite="subspace", optimizer={"name": "sgd", "momentum": 0.5})
    assert drafts.to_parameters(drafts.of_study(study), BASE, UPLOADS) == {
        "seeds": "3",
        "methods": "equal,uw",
        "suite": "subspace",
        "tasks": ",".join(study.tasks),
        "optimizer": '{"name":"sgd","momentum":0.5}',
    }


def test_urls_that_people_write_are_understood() -> None:
    opened, refused = drafts.from_parameters({"suite": "vitals", "methods": "equal,pcgrad", "seeds": "3"}, BASE, UPLOADS)
    assert not refused
    study = drafts.to_study(settle(opened))
    assert (study.suite.name, [method.name for method in study.methods], study.seeds) == ("vitals", ["equal", "pcgrad"], 3)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("steps", "many"),
        ("steps", "0"),
        ("seeds", "1e9"),
        ("suite", "digits"),
        ("suite", '{"name": "subspace", "shared_tasks": 99}'),
        ("backbone", "[1, 2]"),
        ("methods", '{"name": "equal"}x'),
        ("weights", '[["a", 1]]'),
        ("weights", "-3"),
        ("clip", '"short"'),
        ("tasks", "[1, 2]"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_left_alone(name: str, text: str) -> None:
    opened, refused = drafts.from_parameters({name: text, "learning_rate": "0.01"}, BASE, UPLOADS)
    assert len(refused) == 1
    assert refused[0].startswith(name)
    assert opened[name] == BASE[name]
    assert opened["learning_rate"] == 0.01


@given(some.dictionaries(some.sampled_from(drafts.SETTINGS), some.text(max_size=30), max_size=4))
def test_no_url_breaks_the_page(parameters: dict[str, str]) -> None:
    opened, refused = drafts.from_parameters(parameters, BASE, UPLOADS)
    settle(opened)
    assert len(refused) <= len(parameters)


def test_a_url_names_uploaded_files_and_no_others(tmp_path: Path) -> None:
    inside = tmp_path / ("a" * 64 + ".csv")
    inside.write_text("x,y\n1,2\n")
    (tmp_path.parent / ("b" * 64 + ".csv")).write_text("x,y\n1,2\n")
    suite = {"name": "csv", "path": str(inside), "targets": ["x", "y"]}
    written = drafts.to_parameters(BASE | {"suite": suite}, BASE, tmp_path)["suite"]
    assert str(tmp_path) not in written
    opened, refused = drafts.from_parameters({"suite": written}, BASE, tmp_path)
    assert not refused
    assert opened["suite"]["path"] == str(inside)
    for path in ("/etc/passwd", "../" + "b" * 64 + ".csv", "b" * 64 + ".csv", str(inside), "a" * 64 + ".csv\n", ".."):
        text = json.dumps({"name": "csv", "path": path, "targets": ["x", "y"]})
        opened, refused = drafts.from_parameters({"suite": text}, BASE, tmp_path)
        assert refused, path
        assert opened["suite"] == BASE["suite"]
        text = json.dumps({"name": "csv", "path": inside.name, "targets": ["x", "y"], "test_path": path})
        opened, refused = drafts.from_parameters({"suite": text}, BASE, tmp_path)
        assert refused, path


def test_a_url_keeps_what_the_visitor_calls_the_file(tmp_path: Path) -> None:
    inside = tmp_path / ("a" * 64 + ".csv")
    inside.write_text("x,y\n1,2\n")
    suite = {"name": "csv", "path": str(inside), "targets": ["x", "y"], "file_name": "my table.csv"}
    written = drafts.to_parameters(BASE | {"suite": suite}, BASE, tmp_path)
    opened, refused = drafts.from_parameters(written, BASE, tmp_path)
    assert not refused
    assert opened["suite"]["file_name"] == "my table.csv"


def test_a_draft_is_settled_when_its_suite_changes() -> None:
    draft = BASE | {"backbone": {"name": "cnn"}, "weights": [[0.5, 0.5]], "suite": {"name": "vitals"}}
    settled = settle(draft)
    assert settled["backbone"]["name"] == "mlp"
    assert len(settled["tasks"]) == len(SUITES["vitals"].load().names())
    assert settled["weights"] == []
    drafts.to_study(settled)


@pytest.mark.parametrize("told", [None, "50,50", [50, 51], [150, -50], [100], [50, None], [50.0, float("nan")], {"0": 100}])
def test_weights_that_are_none_are_not_taken_from_a_browser(told: object) -> None:
    assert checked(told, 2) is None
    assert checked([30, 70], 2) == [30, 70]


@given(some.lists(some.floats(0, 1), min_size=1, max_size=6))
def test_any_weights_have_nearest_parts(weights: list[float]) -> None:
    assert sum(parts_of(weights)) == PARTS


@pytest.mark.parametrize("side", [2, 3, 11])
@pytest.mark.parametrize("tasks", [2, 3])
def test_a_map_is_found_among_points(side: int, tasks: int) -> None:
    own = (0.123, *[0.877 / (tasks - 1)] * (tasks - 1))
    assert parted([*grid(side, tasks), own], tasks) == (side, [own])


def test_every_option_there_is_has_a_control_that_returns_what_it_was_given() -> None:
    tables = (SUITES, BACKBONES, METHODS, OPTIMIZERS)
    options = [option for table in tables for entry in table.values() for option in entry.options] + list(OPTIONS)
    extra = [
        Option("unheard_of", "integer", 7, "an option of tomorrow", 1, 9),
        Option("many", "choice", "a", "", choices=tuple("abcdefg")),
    ]

    def script(options):  # type: ignore[no-untyped-def]  # its source is run without this module's names
        import streamlit as st

        from dashboard.asking.forms import option_input

        st.session_state["chosen"] = {
            f"{place}": option_input(option, f"key{place}", option.default) for place, option in enumerate(options)
        }

    app = AppTest.from_function(script, args=([*options, *extra],), default_timeout=120).run()
    assert not app.exception
    for place, option in enumerate([*options, *extra]):
        got = app.session_state["chosen"][str(place)]
        empty = option.kind == "text" and option.default is None
        assert option.check(None if empty and not got else got) == option.check(option.default), option


def test_words_come_from_the_catalogue_of_the_readers_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    translated = Catalog(locale="de")
    translated.add("Train", "Los")
    with open(folder / "seesaw.mo", "wb") as file:
        write_mo(file, translated)
    monkeypatch.setattr(words, "LOCALE", tmp_path)
    monkeypatch.setattr(words, "_ask", lambda: "xx-YY")
    words._catalogue.cache_clear()
    try:
        assert words.languages() == ["en", "xx"]
        assert words._("Train") == "Los"
        assert words._("not translated") == "not translated"
        assert words.ngettext("{count} run", "{count} runs", 2) == "{count} runs"
        monkeypatch.setattr(words, "_ask", lambda: "../../etc")
        assert words._("Train") == "Train"
    finally:
        words._catalogue.cache_clear()


def test_the_words_of_pages_and_tables_are_collected_for_translators() -> None:
    found = {message.id for message in catalogue()}
    assert {"Train", "Two overlaid digits", "Learning rate", "constant"} <= found
    assert ("{count:,} run", "{count:,} runs") in found


@given(some.text(max_size=40))
def test_peoples_text_is_never_markup(text: str) -> None:
    shown = words.escape_markdown(text)
    assert "\n" not in shown
    for place, sign in enumerate(shown):
        if sign in "*_[]<>$:`#|~":
            assert shown[place - 1] == "\\"


def test_a_missing_catalogue_means_english() -> None:
    assert isinstance(words._catalogue("tlh"), gettext.NullTranslations)
