"""What serves whom, on the Sharing page."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.figures.frame import alt
from dashboard.figures.units import MOST, strip
from dashboard.showing.inside import answer
from mtl_core.api import run
from mtl_core.spec import Study
from mtl_core.store import Store
from tests.dashboard.test_update import words

Visit = Callable[..., AppTest]


def units(parts: Any, module: Any = "shared") -> pd.DataFrame:
    """``(U, T)`` parts as a table of units of one stage."""
    kept = np.maximum(parts, 0)
    share = kept / np.maximum(kept.sum(1, keepdims=True), 1e-30)
    share[kept.sum(1) == 0] = np.nan
    count, tasks = parts.shape
    spread = 1 + np.nan_to_num(share * np.log(np.maximum(share, 1e-30))).sum(1) / np.log(tasks)
    return pd.DataFrame(
        {
            "stage": "layer 1",
            "module": np.repeat(np.broadcast_to(module, count), tasks),
            "unit": np.repeat(np.arange(1, count + 1), tasks),
            "task": np.tile([f"t{task}" for task in range(tasks)], count),
            "part": parts.ravel(),
            "share": share.ravel(),
            "specialist": np.repeat(np.where(kept.sum(1) > 0, spread, np.nan), tasks),
        }
    )


PARTS = np.array([[0.0, 0.4], [0.2, 0.2], [0.0, 0.0], [0.5, -0.1], [0.001, 0.0]])


def test_a_strip_has_the_units_of_each_task_side_by_side_and_the_idle_last() -> None:
    picture = strip(units(PARTS), "layer 1", ["t0", "t1"])
    first, second, idle, above = picture.data
    assert [row[0] for row in first.customdata] == ["unit 4", "unit 2", "unit 1", "unit 5", "unit 3"]
    assert list(first.y) == pytest.approx([1, 0.5, 0, 0, 0])
    assert list(second.y) == pytest.approx([0, 0.5, 1, 0, 0])
    assert list(idle.y) == [0, 0, 0, 1, 1]
    assert np.argmax(above.y) == 0
    assert first.marker.color != second.marker.color
    assert first.marker.pattern.shape != second.marker.pattern.shape, "not told by colour alone"
    assert "2 of 5 hardly matter; 2 serve t0 most, 1 serve t1 most" in alt(picture)


def test_a_sentence_counts_what_the_strip_shows() -> None:
    assert answer(units(PARTS)).startswith(
        "Of 5 units 2 serve one task almost alone, 1 serve all tasks, 0 are in between, and 2"
    )


def test_many_units_are_those_that_matter_and_names_that_people_type_stay_text() -> None:
    draw = np.random.default_rng(0)
    parts = draw.uniform(0, 1, (MOST + 20, 3))
    picture = strip(units(parts, np.where(np.arange(len(parts)) % 2, "<b>a</b>", "b")), "layer 1", ["t0", "t1", "t2"])
    assert len(picture.data[0].x) == MOST
    assert len(picture.layout.xaxis.tickvals) == 2
    assert "<b>a" not in picture.to_json().replace("\\u003c", "<")
    assert "nothing" in alt(strip(units(parts), "layer 2", ["t0"])).lower()


@pytest.mark.usefixtures("answering")
def test_the_page_looks_into_a_finished_network_when_it_is_opened(shelf: Store, visit: Visit) -> None:
    study = Study(methods=["equal"], weights=0, seeds=2, steps=8, backbone={"name": "mlp", "width": 6})
    run(study, shelf)
    app = visit("sharing", study.id)
    assert "Which unit serves" not in "".join(part.value for part in app.subheader), "what is closed asks for nothing"
    app.session_state["inside"] = True
    app.run()
    assert not app.exception
    assert "Of 12 units" in words(app)
    assert {"Which unit serves which task", "Where each task becomes readable"} <= {part.value for part in app.subheader}
    alts = [str(chart.proto.alt) for chart in app.get("plotly_chart")]
    assert sum("hardly matter" in each for each in alts) == 2
    assert sum("linear probe" in each for each in alts) == 3
    assert sum("two networks" in each for each in alts) == 2
    shelf.delete_models(study.id)
    app.run()
    assert "Of 12 units" in words(app), "what was found out stays"


@pytest.mark.usefixtures("answering")
def test_what_cannot_be_looked_into_is_said(put: Callable[..., str], visit: Visit, pair: Any) -> None:
    study = put(pair)
    app = visit("sharing", study)
    app.session_state["inside"] = True
    app.run()
    assert not app.exception
    assert "train it again" in words(app), "its models are gone"
