"""The Landscape page, as visitors find it."""

import base64
import json
import struct
import threading
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.asking import landscape_form
from mtl_core.errors import SpecError, WorkerError
from mtl_core.execution.answers import ANSWERERS
from mtl_core.landscapes.picture import picture
from mtl_core.spec.landscapes import PROBLEMS, Walk
from mtl_core.store import Store
from tests.dashboard.conftest import components

Visit = Callable[..., AppTest]
SMALL = {"length": "500", "by": ["equal", "mgda"]}


@pytest.fixture(autouse=True)
def _answered(answering: None) -> None:
    """Walks are answered."""


def drawn(app: AppTest) -> dict[str, Any]:
    assert not app.exception
    chart = next(each for each in components(app) if "figure" in each)
    assert chart["alt"]
    assert chart["clicks"]
    figure: dict[str, Any] = json.loads(chart["figure"])
    return figure


def named(figure: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [trace for trace in figure["data"] if trace.get("name") == name]


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_landscape_opens_on_a_finished_picture(shelf: Store, visit: Visit, problem: str) -> None:
    app = visit("landscape", land=problem, **SMALL)
    figure = drawn(app)
    assert len(named(figure, "mgda")) == 2, "one line in each plane"
    assert named(figure, "Pareto set")
    assert len(figure["frames"]) == 81
    assert figure["frames"][0]["name"] == "0"
    assert figure["frames"][-1]["name"] == figure["layout"]["sliders"][0]["steps"][-1]["label"] == "500"
    assert figure["layout"]["sliders"][0]["active"] == 80, "it opens at the end"
    arrows = named(figure, "downhill for task 1") + named(figure, "downhill for task 2") + named(figure, "the method's update")
    moving = figure["frames"][5]["traces"]
    assert len(moving) == len(figure["frames"][5]["data"]) == 5
    assert [figure["data"][place] for place in moving[2:]] == arrows
    assert figure["frames"][-1]["data"][0]["x"] == figure["data"][moving[0]]["x"], "and what is drawn is the last frame"
    assert not app.error


def test_the_table_says_where_they_end(shelf: Store, visit: Visit) -> None:
    app = visit("landscape", land="quadratics", **SMALL)
    table = app.dataframe[0].value
    assert list(table["method"]) == ["equal"] * 3 + ["mgda"] * 3
    walk = Walk("quadratics", ["equal", "mgda"], scale=1, steps=500, learning_rate=1e-2)
    expected = picture(walk)["distance"][:, -1]
    assert table["distance_to_front"].tolist() == pytest.approx(expected.tolist())
    assert "steps=500" in app.code[0].value
    namespace: dict[str, Any] = {}
    exec(app.code[0].value, namespace)  # the printed lines make the same numbers
    last = namespace["table"].groupby(["method", "start"], observed=True, sort=False).last()
    assert last["distance_to_front"].tolist() == pytest.approx(expected.tolist(), abs=1e-6)


def test_starts_can_be_typed_cleared_and_taken_from_the_paper(shelf: Store, visit: Visit) -> None:
    app = visit("landscape", land="valley", **SMALL)
    starts = app.text_input(key="from")
    assert starts.value == "-8.5, 7.5; 0, 0; 9, 9; -7.5, -0.5; 9, -1"
    starts.set_value("1, 2; -3, 4").run()
    assert len(app.dataframe[0].value) == 4
    _button(app, "Clear").click().run()
    figure = drawn(app)
    assert not named(figure, "mgda")
    assert not figure.get("frames")
    assert named(figure, "Pareto set")
    assert not app.dataframe
    _button(app, "The paper's starts").click().run()
    assert app.text_input(key="from").value.startswith("-8.5, 7.5; 0, 0")
    assert len(app.dataframe[0].value) == 10


def test_another_landscape_brings_its_own_starts_and_settings(shelf: Store, visit: Visit) -> None:
    app = visit("landscape", **SMALL)
    app.text_input(key="from").set_value("1, 2").run()
    app.selectbox(key="land").set_value("concave").run()
    assert app.text_input(key="from").value == "paper"
    assert app.selectbox(key="rule").value == "sgd"
    assert app.selectbox(key="scale").value == "1"
    assert not app.exception


@pytest.mark.parametrize(("text", "words"), [("1, 2, 3", "two numbers"), ("here", "two numbers"), ("1e9, 0", "within 1000")])
def test_starts_that_are_none_are_said(shelf: Store, visit: Visit, text: str, words: str) -> None:
    app = visit("landscape", **{**SMALL, "from": text})
    assert not app.exception
    assert words in app.info[0].value.replace("\\", "")
    assert not components(app)


def test_without_a_method_there_is_a_word_of_help(shelf: Store, visit: Visit) -> None:
    app = visit("landscape", **SMALL)
    app.multiselect(key="by").set_value([]).run()
    assert "Choose a method" in app.info[0].value


def test_contours_and_arrows_are_a_choice_of_view(shelf: Store, visit: Visit) -> None:
    app = visit("landscape", land="quadratics", ground=["L1", "L2"], arrows="nobody", **SMALL)
    figure = drawn(app)
    assert named(figure, "loss of task 1")
    assert named(figure, "loss of task 2")
    assert figure["layout"]["images"]
    assert not named(figure, "the method's update")


def test_on_a_phone_the_planes_stand_under_each_other(shelf: Store, visit: Visit) -> None:
    layout = drawn(visit("landscape", **SMALL))["layout"]
    assert layout["xaxis"]["domain"][1] < layout["xaxis2"]["domain"][0], "beside each other where there is room"
    narrow = layout["meta"]["narrow"]
    assert narrow["xaxis"]["domain"] == narrow["xaxis2"]["domain"] == [0, 1]
    assert narrow["yaxis2"]["domain"][1] < narrow["yaxis"]["domain"][0]
    assert narrow["height"] > layout["height"]


def test_the_ground_is_a_picture_of_the_losses() -> None:
    from dashboard.figures.landscape_ground import FIRST, SECOND, SUM, ground_image

    made = picture(Walk("quadratics", steps=1))
    image = ground_image(made, [SUM])
    assert (image["x"], image["y"], image["sizex"], image["sizey"]) == (-4, 3, 8, 6)
    pixels = decoded(image["source"])
    assert pixels.shape[0] == pixels.shape[1] == 701
    highest = np.unravel_index(np.argmax(pixels[..., 3]), pixels.shape[:2])
    total = made["ground"].sum(-1)[::-1]
    corner = np.unravel_index(np.argmax(total), total.shape)
    assert np.abs(np.array(highest) / 5 - corner).max() < 8, "the highest ground has the deepest shade"
    lines = decoded(ground_image(made, [FIRST, SECOND])["source"])
    colours = {tuple(colour) for colour in lines[lines[..., 3] > 0][:, :3]}
    assert {(0, 114, 178), (219, 123, 0)} <= colours, "each task has its colour"
    # A bowl's contours are closed lines around its optimum, where there is none.
    row, column = round((3 - 1) / 6 * 700), round((2 + 4) / 8 * 700)
    assert decoded(ground_image(made, [FIRST])["source"])[row - 5 : row + 5, column - 5 : column + 5, 3].max() == 0


def decoded(source: str) -> np.ndarray:
    content = base64.b64decode(source.partition(",")[2])
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", content[16:24])
    start = content.index(b"IDAT")
    size = struct.unpack(">I", content[start - 4 : start])[0]
    rows = np.frombuffer(zlib.decompress(content[start + 4 : start + 4 + size]), np.uint8).reshape(height, 1 + 4 * width)
    return rows[:, 1:].reshape(height, width, 4)


def test_a_walk_that_fails_is_said_in_words(shelf: Store, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> bytes:
        raise WorkerError("no answer within 120 s")

    monkeypatch.setitem(ANSWERERS, "walk", fail)
    app = visit("landscape", **SMALL)
    assert not app.exception
    assert "no answer within 120 s" in app.error[0].value.replace("\\", "")


def test_the_first_picture_is_prepared(shelf: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landscape_form, "DRAWING", 0.0)
    assert not landscape_form.is_known(landscape_form.first_walk())
    landscape_form.prepare()
    for thread in threading.enumerate():
        if thread.name == "landscape":
            thread.join(120)
    assert landscape_form.is_known(landscape_form.first_walk())


def test_starts_are_written_and_read_back() -> None:
    valley, concave = PROBLEMS["valley"], PROBLEMS["concave"]
    starts = valley.settings[0].starts
    assert landscape_form.read_starts(landscape_form.write_starts(starts), valley) == starts
    assert landscape_form.read_starts("paper", concave) == concave.settings[0].starts
    assert landscape_form.read_starts("(1, 2) ; 1 2;; 0.5,-0.5;", valley) == ((1, 2), (0.5, -0.5))
    assert landscape_form.read_starts(" ", valley) == ()
    with pytest.raises(SpecError, match="at most 12"):
        landscape_form.read_starts("; ".join(f"{number}, 0" for number in range(13)), valley)


def _button(app: AppTest, label: str) -> Any:
    return next(button for button in app.button if button.label == label)


def test_links_take_names_and_what_there_is_not_is_said(visit: Visit) -> None:
    app = visit("landscape", land="quadratics", by="equal,mgda", length="500")
    assert not app.exception
    assert app.selectbox(key="land").value == "quadratics"
    assert app.multiselect(key="by").value == ["equal", "mgda"]
    assert app.query_params["land"] == "quadratics"
    assert not app.warning
    app = visit("landscape", land="quadratic", by="equal,nobody", rule="sgd", arrows="someone", length="500")
    said = [each.value.replace("\\", "") for each in app.warning]
    assert any("unknown land 'quadratic'; did you mean 'quadratics'" in words for words in said)
    assert any("unknown by 'nobody'" in words for words in said)
    assert any("unknown arrows 'someone'" in words for words in said)
    assert app.multiselect(key="by").value == ["equal"]
    app.run()
    assert len(app.warning) == len(said), "it stays until the visitor goes on"
