"""The Methods page, as visitors find it."""

import base64
import shlex
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from dashboard.asking import links
from dashboard.showing import method_plane
from mtl_core.balancing import direction, weights
from mtl_core.balancing.plane import plane
from mtl_core.cli import parser, running
from mtl_core.errors import WorkerError
from mtl_core.execution import answers
from mtl_core.spec import METHODS
from mtl_core.spec.verification import verification
from mtl_core.store import Store
from tests.dashboard.conftest import components

Visit = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def _answered(answering: None, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Methods are asked, but for tests of what is said of them: those get one answer for all."""
    if "picture" not in request.node.name:
        monkeypatch.setitem(answers.ANSWERERS, "plane", lambda *_: of_equal())


@cache
def of_equal() -> bytes:
    """What is answered of equal weights, which look at nothing in the store."""
    return answers.plane({"method": "equal", "steps": 1}, lambda _part: None, None)


def given(app: AppTest) -> dict[str, Any]:
    """What the arrows on the page were given."""
    assert not app.exception
    return next(each for each in components(app) if "along" in each)


def step(data: dict[str, Any], at: list[int]) -> np.ndarray:
    """What the browser looks up there."""
    table = np.frombuffer(base64.b64decode(data["table"]), "<i2") / data["unit"]
    if data["losses"]:
        return table.reshape(data["draws"], len(data["losses"]), len(data["losses"]), 2)[0, at[3], at[4]]
    size = len(data["places"])
    return table.reshape(data["draws"], len(data["lengths"]), size, size, 2)[0, at[0], at[2], at[1]]


def test_every_method_is_listed_with_its_check(visit: Visit, shelf: Store) -> None:
    app = visit("methods")
    assert not app.exception
    table = app.dataframe[-1].value
    assert list(table["name"]) == list(METHODS)
    assert list(table["deviation"]) == [line.deviation for line in verification()]
    assert (table.drop(columns="deviation") != "").all(axis=None)


def test_the_list_is_searched_from_the_url(visit: Visit, shelf: Store) -> None:
    table = visit("methods", words="bargained").dataframe[-1].value
    assert list(table["name"]) == ["nash_mtl"]
    assert "No method has these words." in [info.value for info in visit("methods", words="zzz").info]


@pytest.mark.parametrize("name", list(METHODS))
def test_all_of_a_method_is_shown(visit: Visit, shelf: Store, name: str) -> None:
    entry, app = METHODS[name], visit("methods")
    app.selectbox(key="method").set_value(name).run()
    assert not app.exception
    assert entry.formula in app.latex[0].value
    words = " ".join(markdown.value for markdown in app.markdown)
    assert entry.summary in words
    assert entry.cost in words
    assert entry.scale in words
    assert "Checked against" in words
    shown = list(app.dataframe[0].value["option"]) if entry.options else []
    assert shown == [option.name for option in entry.options]
    command = shlex.split(app.code[0].value)
    assert command[0] == "seesaw"
    study = running.study_of(parser.build(command[1:]))
    assert [method.name for method in study.methods] == ([name] if entry.selectable else [])


def test_a_stale_link_shows_the_first_method(visit: Visit, shelf: Store) -> None:
    app = visit("methods", method="gone")
    assert not app.exception
    assert app.selectbox(key="method").value == next(iter(METHODS))


@pytest.mark.parametrize("name", ["cagrad", "nash_mtl", "pcgrad"])
def test_the_picture_is_what_the_method_makes_of_the_arrows(visit: Visit, shelf: Store, name: str) -> None:
    data = given(visit("methods", method=name, pull="1,-1.2,-0.5"))
    first, across, up = data["at"][:3]
    arrows = [[data["lengths"][first] * part for part in data["along"]], [data["places"][across], data["places"][up]]]
    assert arrows == [pytest.approx([0.8, 0.6]), [-1.2, -0.5]]
    asked = -direction(name, -torch.tensor(arrows, dtype=torch.float64))
    assert step(data, data["at"]) == pytest.approx(asked.numpy(), abs=6e-4)
    assert data["method"] == name


def test_the_picture_of_a_method_that_looks_at_losses_has_losses_to_drag(visit: Visit, shelf: Store) -> None:
    app = visit("methods", method="gls", pull="1,-1.2,-0.5,0.4,1.6")
    data = given(app)
    assert [data["losses"][place] for place in data["at"][3:]] == [0.4, 1.6]
    asked = weights("gls", torch.eye(2, dtype=torch.float64), [0.4, 1.6])
    assert step(data, data["at"]) == pytest.approx(asked.numpy(), abs=6e-4)
    assert any("losses alone" in caption.value for caption in app.caption)


def test_the_picture_of_a_method_that_remembers_can_be_had_later(visit: Visit, shelf: Store) -> None:
    assert not visit("methods", method="mgda").get("button_group")
    app = visit("methods", method="uw", pull="1,1,1,0.2,2")
    assert step(given(app), given(app)["at"]) == pytest.approx([0.5, 0.5])
    app = visit("methods", method="uw", pull="1,1,1,0.2,2", after="100")
    low, high = step(given(app), given(app)["at"])
    assert low > 0.6 > 0.4 > high, "the task with the larger loss is held to be the noisy one"
    assert "after" in app.query_params


def test_the_picture_that_cannot_be_had_is_said(visit: Visit, shelf: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> bytes:
        raise WorkerError("no answer within 120 s")

    monkeypatch.setitem(answers.ANSWERERS, "plane", fail)
    app = visit("methods", method="mgda")
    assert not app.exception
    assert "no answer within 120 s" in app.error[0].value.replace("\\", "")
    assert app.latex, "the rest is there all the same"


@pytest.mark.parametrize("text", ["", "x,y", "nan,1,1", "9,9,9,9,9,9", "1,0,0"])
def test_a_link_puts_the_arrows_somewhere_with_a_direction(text: str) -> None:
    table = plane("equal")
    at = method_plane.read(text, table)
    assert table["places"][at[1]] != 0 or table["places"][at[2]] != 0
    assert method_plane.read(method_plane.write(at, table), table) == at


def test_from_a_method_it_goes_to_where_it_works(visit: Visit, shelf: Store) -> None:
    app = visit("methods", method="cagrad")
    play, walk = (link.proto for link in app.get("page_link"))
    assert play.page.endswith("play") or not play.page
    assert "methods=" in play.query_string
    assert "cagrad" in play.query_string
    assert "by=equal%2Ccagrad" in walk.query_string
    assert links.to_walk("equal") == {"by": "equal", "arrows": "equal"}
    assert len(visit("methods", method="fixed").get("page_link")) == 1
