"""One update on the pages: looked at and taken on Play, replayed under every method on Conflict."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.figures.frame import alt
from dashboard.figures.palette import method_style
from dashboard.figures.update import Plane, gains, replayed, update
from mtl_core.spec import Study
from mtl_core.store import Store
from mtl_core.training.trainer import Trainer
from tests.dashboard.conftest import components

STUDY = Study(methods=["equal", "pcgrad"], weights=[[0.3, 0.7]], seeds=1, steps=30, evaluate_every=10)
OPPOSED = np.array([[4.0, -1.0, 0.5], [-1.0, 1.0, 0.0], [0.5, 0.0, 2.0]])


@pytest.fixture
def paused(shelf: Store) -> str:
    trainer = Trainer(STUDY)
    records = [record for _ in range(7) for record in trainer.advance()] + trainer.flush()
    study = shelf.add(STUDY)
    assert shelf.claim("tests", "cpu", study) is not None
    shelf.set_layout(study, trainer.layout)
    shelf.append(study, records, step=7, total=30)
    shelf.save_checkpoint(study, 7, trainer.checkpoint(), commands=0, paused=True, seconds=0.0, worker="tests")
    shelf.set_state(study, "paused")
    return study


def words(app: AppTest) -> str:
    return "\n".join(str(part.value) for kind in ("markdown", "caption", "info") for part in app.get(kind)).replace("\\", "")


@pytest.mark.usefixtures("answering")
def test_a_paused_study_is_looked_at_and_stepped_along_a_task(shelf: Store, visit: Callable[..., AppTest], paused: str) -> None:
    app = visit("play", paused)
    assert "take-update" not in [button.key for button in app.button], "what is closed asks for nothing"
    app.session_state["live-update"] = True
    app.run()
    assert not app.exception
    key = f"live.{paused}.update"
    assert app.get_by_key(f"{key}.label").options == ["equal", "pcgrad", "0.3 / 0.7"]
    assert "×1 along equal: " in words(app)
    app.session_state[f"{key}.label"] = "pcgrad"
    app.session_state[f"{key}.along"], app.session_state[f"{key}.times"] = "1", 10
    app.run()
    assert not app.exception
    assert "×10 along right: right −" in words(app)
    (drawn,) = [data for data in components(app) if data.get("key") == "plot-update"]
    assert "Downhill" in drawn["alt"]
    assert shelf.commands(paused) == [], "looking asks nothing of the study"
    assert not shelf.get(paused).altered
    app.button(key="take-update").click().run()
    (command,) = shelf.commands(paused)
    assert (command.name, command.arguments) == ("step", {"times": 10, "along": [0.0, 1.0], "label": "pcgrad"})


@pytest.mark.usefixtures("answering")
def test_a_recorded_step_is_seen_under_every_method(
    put: Callable[..., str], visit: Callable[..., AppTest], triple: Any
) -> None:
    app = visit("conflict", put(triple))
    app.session_state["live-replay"] = True
    app.run()
    assert not app.exception
    assert "Left out, for they also look at what was before or at the losses: gradnorm" in words(app)
    specs = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    (plane,) = [spec for spec in specs if "methods make of the gradients" in spec["layout"]["meta"]["alt"]]
    assert {"shape", "x", "mgda", "upgrad"} <= {trace["name"] for trace in plane["data"]}
    app.get_by_key(f"live.{triple.study.id}.replay.step").set_value(5).run()
    assert not app.exception


def test_the_plane_holds_every_direction_as_its_products_say() -> None:
    plane = Plane(OPPOSED, (0, 1))
    for place in (0, 1):
        np.testing.assert_allclose(plane.place(OPPOSED[place]), plane.arrows[place], atol=1e-12)
    np.testing.assert_allclose(plane.arrows @ plane.arrows.T, OPPOSED[:2, :2], atol=1e-12)
    assert (plane.arrows[:, 1] > 0).all(), "up lies between the two"
    common = plane.place(OPPOSED @ [0.3, 0.9, 0.0])
    np.testing.assert_allclose(plane.arrows @ common, (OPPOSED @ [0.3, 0.9, 0.0])[:2], atol=1e-12)


@pytest.mark.parametrize(
    "gramian",
    [OPPOSED, np.ones((3, 3)), np.zeros((3, 3)), np.diag([1.0, 0.0, 1.0]), 1e-20 * OPPOSED, -np.ones((3, 3)) + 2 * np.eye(3)],
)
def test_any_gramian_makes_a_picture(gramian: np.ndarray) -> None:
    tasks = ["a", "<b>", "c"]
    look = {"gramian": gramian.tolist(), "weights": [90.0, 0.0, 1.0], "along": [1.0, 0.0, 0.0], "moved": [-0.1, 0.2, 0.0]}
    weights = {"equal": np.full(3, 1 / 3), "mgda": np.array([0.2, 0.8, 0.0])}
    styles = {name: method_style(name) for name in weights}
    drawn = [update(look | {"length": length}, tasks, (0, 1), "nash_mtl", "the mean") for length in (0.0, 2.0)]
    for picture in (*drawn, replayed(gramian, weights, tasks, (1, 2), styles), gains(gramian, weights, tasks, styles)):
        assert alt(picture)
        picture.to_json()
        assert "<b>" not in str(picture.layout.annotations), "a task's name is never markup"


def test_what_raises_a_loss_is_told() -> None:
    weights = {"equal": np.full(3, 1 / 3), "first": np.array([1.0, 0.0, 0.0])}
    picture = gains(OPPOSED, weights, ["a", "b", "c"], {name: method_style(name) for name in weights})
    assert "1 methods raise a task's loss: first" in alt(picture)
    assert picture.data[1].x[1] == pytest.approx(-0.5)
