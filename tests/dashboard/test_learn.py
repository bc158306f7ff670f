"""The Learn page: its list, a lesson before and after what came out is uncovered, and what can be wrong with it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.lessons import LESSONS
from dashboard.reading import jobs
from mtl_core.spec import Study
from mtl_core.store import Store
from tests.dashboard.conftest import Trained, _train, components

PAIR, GROUPS = LESSONS["negative-transfer"], LESSONS["which-together"]


def words(app: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "caption", "warning", "error")
    return "\n".join(str(part.value) for kind in kinds for part in app.get(kind)).replace("\\", "")


def drawn(app: AppTest, key: str) -> dict[str, object]:
    (data,) = [each for each in components(app) if {"rows", "tasks"} & each.keys()]
    assert key in data
    return data


def shortly(study: Study, **changes: object) -> Trained:
    """The study as if it had been trained, from a few steps of it: nothing is clear in that."""
    return replace(_train(replace(study, steps=20, **changes)), study=study)


@pytest.fixture(scope="module")
def unclear() -> Trained:
    return shortly(PAIR.studies[0])


@pytest.mark.usefixtures("shelf")
def test_the_list_opens_a_lesson_and_the_address_has_it(visit: Callable[..., AppTest]) -> None:
    app = visit("learn")
    assert not app.exception
    assert all(lesson.title in words(app) for lesson in LESSONS.values())
    app.button(key=f"begin-{PAIR.name}").click().run()
    assert not app.exception
    assert app.query_params["lesson"] == PAIR.name
    assert PAIR.question in words(app)
    assert app.button(key=f"uncover-{PAIR.name}").disabled
    (left,) = [button for button in app.button if button.label == "All lessons"]
    left.click().run()
    assert "lesson" not in app.query_params
    assert LESSONS["sliding"].title in words(app)


@pytest.mark.usefixtures("shelf")
def test_a_lesson_that_is_none_is_said_above_the_list(visit: Callable[..., AppTest]) -> None:
    app = visit("learn", lesson="negative-transfr")
    assert not app.exception
    assert "Part of the link was not understood" in words(app)
    assert "negative-transfer" in words(app)
    assert f"begin-{PAIR.name}" in [button.key for button in app.button]


def test_without_a_store_a_lesson_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visit: Callable[..., AppTest]
) -> None:
    monkeypatch.setenv(jobs.STORE, f"sqlite:///{tmp_path}")
    app = visit("learn", lesson=PAIR.name)
    assert not app.exception
    assert "This lesson cannot be given here" in words(app)


def test_a_study_that_failed_is_said_with_its_reason(shelf: Store, visit: Callable[..., AppTest]) -> None:
    study = shelf.add(PAIR.studies[0])
    assert shelf.claim("tests", "cpu", study) is not None
    shelf.set_state(study, "failed", "the disk is full")
    app = visit("learn", lesson=PAIR.name, said="5,18", seen="1")
    assert not app.exception
    assert "came to no end: the disk is full" in words(app)
    assert f"uncover-{PAIR.name}" not in [button.key for button in app.button]


def test_what_somebody_changed_by_hand_is_no_answer_and_can_be_trained_again(
    shelf: Store, put: Callable[..., str], visit: Callable[..., AppTest], unclear: Trained
) -> None:
    study = put(unclear)
    shelf.mark_altered(study)
    app = visit("learn", lesson=PAIR.name, said="5,18", seen="1")
    assert not app.exception
    assert "changed by hand" in words(app)
    assert drawn(app, "truth")["truth"] is None
    next(button for button in app.button if button.label == "Try again").click().run()
    assert not app.exception
    assert (shelf.get(study).state, shelf.get(study).altered) == ("queued", False)


def test_a_claim_that_does_not_hold_is_called_so(
    put: Callable[..., str], visit: Callable[..., AppTest], unclear: Trained
) -> None:
    put(unclear)
    app = visit("learn", lesson=PAIR.name, said="5,18")
    assert not app.exception
    assert drawn(app, "truth")["truth"] is None, "what came out is covered until it is asked for"
    app.button(key=f"uncover-{PAIR.name}").click().run()
    assert not app.exception
    assert app.query_params["seen"] == "1"
    assert drawn(app, "truth")["value"] == [5, 18]
    assert drawn(app, "truth")["truth"] is not None
    assert "It does **not** come out so in the numbers here." in words(app)
    assert ":material/check:" not in words(app)


def test_a_prediction_that_is_none_covers_what_came_out_again(
    put: Callable[..., str], visit: Callable[..., AppTest], unclear: Trained
) -> None:
    put(unclear)
    for said in ("5", "5,", "5,999", "a,b"):
        app = visit("learn", lesson=PAIR.name, said=said, seen="1")
        assert not app.exception
        assert drawn(app, "truth")["truth"] is None
        assert app.button(key=f"uncover-{PAIR.name}").disabled


def test_groups_are_uncovered_beside_the_best_ones(put: Callable[..., str], visit: Callable[..., AppTest]) -> None:
    put(shortly(GROUPS.studies[0], seeds=1))
    app = visit("learn", lesson=GROUPS.name)
    assert not app.exception
    assert drawn(app, "tasks")["value"] == [0, 1, 2, 3, 4], "nothing is put together beforehand"
    assert app.button(key=f"uncover-{GROUPS.name}").disabled
    app = visit("learn", lesson=GROUPS.name, said="0,1,1,0,2", seen="1")
    assert not app.exception
    picture = drawn(app, "rows")
    assert picture["locked"]
    assert picture["rows"][0] == "yours: shape + size | x + y | angle"
    assert picture["rows"][1].startswith("the best three networks: ")
    assert all(value is not None for value in picture["truth"]["values"])
    assert "Your groups" in words(app)
