"""The Try page: what is asked of whom, what is given, and answers that are text and nothing else."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import mtl_core as mtl
from dashboard.components.pad import SIDE, checked
from dashboard.components.replies import replies  # noqa: F401 - its scripts and styles must be found
from dashboard.reading import jobs, trying
from dashboard.showing.told import right, told
from mtl_core.store import Store, open_store
from tests.dashboard.conftest import components

Visit = Callable[..., AppTest]

ROWS = mtl.Study(suite="vitals", methods=["equal"], weights=3, seeds=2, steps=3)
DIGITS = mtl.Study(suite="digits_rotated", methods=["equal"], weights=[], seeds=1, steps=2)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a store with two finished studies and one that waits."""
    path = str(tmp_path_factory.mktemp("library") / "store.db")
    for study in (ROWS, DIGITS):
        mtl.run(study, path)
    with open_store(path) as store:
        store.add(mtl.Study(suite="vitals", steps=9))
    return path


@pytest.fixture
def shelf(library: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The library as the server's store; see ``conftest.answering``."""
    monkeypatch.setenv(jobs.STORE, f"sqlite:///{library}")
    with open_store(library) as store:
        yield store


def cards(app: AppTest) -> dict[str, Any]:
    """What the answers' component was given."""
    assert not app.exception
    (found,) = [part for part in components(app) if "networks" in part]
    return found


def test_an_example_is_answered_side_by_side_with_what_is_true(answering: None, visit: Visit) -> None:
    found = cards(visit("try", ROWS.id, way="example", example="3"))
    assert [network["name"] for network in found["networks"]] == ["alone: a network a task", "equal"]
    suite = mtl.load_suite("vitals")
    for network in found["networks"]:
        assert [task["name"] for task in network["tasks"]] == ["progression", "bmi", "bp"]
        assert network["took"].endswith(" ms")
        for place, task in enumerate(network["tasks"]):
            centre, scale = suite.units[place]
            true = centre + scale * float(suite.test.targets[place][2])
            assert float(task["truth"].partition("true: ")[2].replace("−", "-")) == pytest.approx(true, abs=scale / 50)
            assert task["right"] is (abs(float(task["answer"].replace("−", "-")) - true) <= scale / 2)
    picture = cards(visit("try", DIGITS.id, way="example"))
    assert [len(picture["picture"]), len(picture["picture"][0])] == [1, 8]
    shares = [choice["share"] for choice in picture["networks"][1]["tasks"][0]["choices"]]
    assert shares == sorted(shares, reverse=True)


def test_a_link_says_whom_and_what(answering: None, visit: Visit) -> None:
    app = visit("try", ROWS.id, networks="equal", show="bmi", seed="1", way="example", example="2")
    (network,) = cards(app)["networks"]
    assert (network["name"], [task["name"] for task in network["tasks"]]) == ("equal", ["bmi"])
    weights = visit("try", ROWS.id, networks="equal,nobody", way="example")
    assert any("not understood" in each.value for each in weights.warning)


def test_two_weightings_can_be_compared(answering: None, visit: Visit, shelf: Store) -> None:
    layout = shelf.layout(ROWS.id)
    assert layout is not None
    known = trying.networks(layout)
    fixed = next(name for name, runs in known.items() if layout.runs[runs[0][0]].role == "fixed")
    assert [layout.runs[run].label for run in known[trying.ALONE][1]] == ["progression alone", "bmi alone", "bp alone"]
    found = cards(visit("try", ROWS.id, networks=f"{fixed},equal" if "," not in fixed else "equal", way="example"))
    assert found["networks"][-1]["name"] == "equal"


def test_a_row_is_edited_and_what_does_not_fit_is_said_as_text(
    answering: None, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cards(visit("try", ROWS.id))
    assert before["networks"][0]["tasks"][0]["truth"] == "", "what is edited has no truth"

    def typed(value: str) -> None:
        monkeypatch.setattr("streamlit.data_editor", lambda table, **_more: table.assign(value=[value, *table["value"][1:]]))

    typed("99")
    assert cards(visit("try", ROWS.id))["networks"] != before["networks"]
    typed("<b>old</b>")
    assert any("must be a number" in each.value and "\\<b\\>old" in each.value for each in visit("try", ROWS.id).warning)


def test_a_number_beyond_the_examples_and_a_strange_way_are_not_followed(answering: None, visit: Visit) -> None:
    app = visit("try", DIGITS.id, way="example", example="99999")
    assert not app.exception
    assert [network["name"] for network in cards(app)["networks"]]
    assert any("not understood" in each.value for each in visit("try", DIGITS.id, way="fly").warning)


def test_before_anything_is_drawn_it_says_what_to_do(answering: None, visit: Visit) -> None:
    app = visit("try", DIGITS.id)
    assert any("Draw with a mouse or a finger (digit)" in each.value for each in app.info)
    assert not [part for part in components(app) if "networks" in part]


def test_a_study_that_is_not_finished_cannot_be_tried_yet(answering: None, visit: Visit) -> None:
    app = visit("try", mtl.Study(suite="vitals", steps=9).id)
    assert not app.exception
    assert not [part for part in components(app) if "networks" in part]


def test_without_its_parameters_a_study_says_what_to_do(answering: None, visit: Visit, shelf: Store) -> None:
    study = mtl.Study(suite="digits_rotated", methods=["equal"], weights=[], seeds=1, steps=1)
    mtl.run(study, shelf)
    shelf.delete_models(study.id)
    app = visit("try", study.id, way="example")
    assert any("train it again" in each.value for each in app.warning)


TASKS = [
    {"name": "slots", "kind": "tagging", "question": "", "labels": ["O", "B-room", "I-room", "B-device"], "scale": 1.0},
    {"name": "question", "kind": "span", "question": "Which?", "labels": [], "scale": 1.0},
    {"name": "wants", "kind": "multilabel", "question": "", "labels": ["a", "b"], "scale": 1.0},
]


def reply(task: str, kind: str, words: str = "", marks: Any = (), **more: Any) -> dict[str, Any]:
    found = [{"first": first, "last": last, "label": label, "probability": 0.5} for first, last, label in marks]
    return {
        "task": task,
        "kind": kind,
        "words": words,
        "probability": None,
        "choices": [],
        "marks": found,
        "values": [],
        "picture": [],
        "grid": [],
    } | more


def answer(*given: dict[str, Any], truths: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "given": {"text": "Lamp in <b>the</b> hall", "question": "which room"},
        "text": "Lamp in <b>the</b> hall",
        "words": [[0, 4], [5, 7], [8, 18], [19, 23]],
        "unknown": [2],
        "example": 0,
        "view": {"picture": [], "row": []},
        "sound": "",
        "silent": "",
        "truths": truths or {},
        "answers": [{"replies": {each["task"]: each for each in given}, "seconds": 0.00123}],
    }


def test_words_are_marked_where_they_stand_and_markup_stays_text() -> None:
    tags = reply("slots", "tagging", "x", [(0, 0, "device"), (2, 3, "room")])
    found = told(answer(tags, reply("question", "span")), [("equal", [0])], TASKS)
    slots, question = found["networks"][0]["tasks"]
    assert [(each["words"], each.get("label", "")) for each in slots["pieces"] if each["words"]] == [
        ("Lamp", "device"),
        (" in ", ""),
        ("<b>the</b> hall", "room"),
    ]
    assert slots["pieces"][1]["color"] != slots["pieces"][3]["color"]
    assert (question["pieces"], question["answer"], question["question"]) == ([], "no answer in the text", "which room")
    assert found["given"] == "Words that training never saw: <b>the</b>."
    assert found["networks"][0]["took"] == "1.2 ms"
    again = told(answer(reply("slots", "tagging", "x", [(3, 3, "room")])), [("equal", [0])], TASKS)
    assert again["networks"][0]["tasks"][0]["pieces"][1]["color"] == slots["pieces"][3]["color"], "a tag keeps its colour"


def test_a_recording_is_played_or_it_is_said_why_not() -> None:
    found = told(answer() | {"sound": "UklGRg=="}, [("equal", [0])], TASKS)
    assert (found["sound"], found["silent"]) == ("data:audio/wav;base64,UklGRg==", "")
    gone = told(answer() | {"silent": "the file is gone"}, [("equal", [0])], TASKS)
    assert gone["sound"] == ""
    assert "the file is gone" in gone["silent"]


def test_a_network_that_has_not_learned_what_is_asked_says_so() -> None:
    found = told(answer() | {"answers": [{"reason": "no"}]}, [("alone", [0])], TASKS)
    assert found["networks"][0]["reason"]
    assert found["networks"][0]["tasks"] == []


def test_right_is_what_counts_as_right_of_each_kind() -> None:
    number = reply("n", "regression", values=[1.0, 2.0])
    assert right(number, reply("n", "regression", values=[1.4, 2.0]), 1.0)
    assert not right(number, reply("n", "regression", values=[1.0, 2.6]), 1.0)
    assert right(reply("w", "multilabel", "a, b"), reply("w", "multilabel", "b, a"), 1.0)
    assert not right(reply("w", "multilabel", "a"), reply("w", "multilabel", "none"), 1.0)
    spans = [reply("q", "span", "same words", [(place, place, "")]) for place in (1, 2)]
    assert right(spans[0], spans[0], 1.0)
    assert not right(spans[0], spans[1], 1.0), "the same words elsewhere"


def test_what_a_browser_sends_as_a_drawing_is_checked() -> None:
    flat = [0.0] * (SIDE * SIDE)
    flat[5], flat[6], flat[7] = 300, -4, math.nan
    (drawn,) = checked([flat], 1)
    assert drawn is not None
    assert (len(drawn), drawn[0][5:8]) == (SIDE, [255, 0, 0])
    for wrong in (None, "x", [flat, flat], [flat[1:]], [["a"] * len(flat)], [[0] * len(flat)], [None]):
        assert checked(wrong, 1) == [None]
    assert json.dumps(checked([], 2)) == "[null, null]"
