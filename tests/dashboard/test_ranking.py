"""Transfer's labels in one number each: the best first, all of them, and what is as good as the first."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.figures.marks import SHAPES, mark
from dashboard.figures.palette import METHOD_MARKERS, method_style
from dashboard.showing.ranking import CARDS, ranked
from mtl_core.spec import Study
from tests.dashboard.conftest import Trained, _train

METHODS = ["equal", "uw", "dwa", "rlw", "pcgrad", "cagrad", "mgda", "graddrop"]


@pytest.fixture(scope="module")
def crowd() -> Trained:
    """More methods than there are cards for."""
    return _train(Study(methods=METHODS, weights=0, seeds=2, steps=10))


def test_the_best_is_first_and_what_has_no_mean_is_last() -> None:
    names = ["a", "b", "c", "d"]
    table = pd.DataFrame({"label": names, "delta_m": [1.0, np.nan, 3.0, np.nan], "index": [1.0, 5.0, 2.0, np.nan]})
    assert [row["label"] for row in ranked(table, names)] == ["c", "a", "b", "d"]
    assert [row["label"] for row in ranked(table, ["a", "b"])] == ["a", "b"]


def test_none_of_many_methods_is_dropped(visit: Callable[..., AppTest], put: Any, crowd: Trained) -> None:
    assert len(METHODS) > CARDS
    app = visit("transfer", put(crowd))
    assert not app.exception
    assert not app.metric
    listed = app.dataframe[0].value
    assert set(METHODS) <= set(listed["label"])
    marked = dict(zip(listed["label"], listed["mark"], strict=True))
    assert {name: marked[name] for name in METHODS} == {name: mark(method_style(name)) for name in METHODS}
    assert len({marked[name] for name in METHODS}) == len(METHODS)
    for name in {"delta_m", "index"} & set(listed):
        values = list(listed[name].dropna())
        assert name == "index" or values == sorted(values, reverse=True)


def test_every_marker_of_a_method_has_a_picture() -> None:
    assert set(SHAPES) == set(METHOD_MARKERS)
    assert all(np.abs(shape).max() <= 1.01 for shape in SHAPES.values())
    assert len({mark(method_style("equal", variant)) for variant in range(4)}) == 4


def test_a_few_are_cards_in_order(visit: Callable[..., AppTest], put: Any, pair: Any) -> None:
    app = visit("transfer", put(pair))
    titles = [card.label.replace("\\", "") for card in app.metric]
    assert all(f"![]({mark(method_style(name))}) {name}" in titles for name in ("equal", "pcgrad"))
    summary = pair.result.summary
    expected = [str(row["label"]) for row in ranked(summary, list(map(str, summary["label"])))]
    shown = [label for label in expected if any(title.endswith(label) for title in titles)]
    assert len(shown) == len(titles)
    assert all(title.endswith(label) for title, label in zip(titles, shown, strict=True))
