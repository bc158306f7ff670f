"""The list of studies: what came of each, and what tells studies of one suite apart."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard.reading import gists
from dashboard.reading.listing import short, study_title, table
from mtl_core.spec import Study
from mtl_core.store import Store
from tests.dashboard.conftest import _train

Put = Callable[..., str]


def test_studies_of_one_suite_can_be_told_apart(shelf: Store) -> None:
    asked = [
        Study(),
        Study(steps=100),
        Study(seeds=2, methods=["equal", "pcgrad"]),
        Study(backbone={"name": "mlp", "width": 64}),
        Study(learning_rate=0.01),
        Study(weights=0),
        Study(weights=[[0.3, 0.7]]),
        Study(optimizer="sgd"),
    ]
    for study in asked:
        shelf.add(study)
    rows = table(shelf.list(), {})
    seen = rows.drop(columns=["id", "created", "state", "progress"])
    assert len(seen.drop_duplicates()) == len(asked)
    assert set(rows["other"]) == {
        *("", "mlp(width=64)", "learning rate 0.01", "no map", "1 weighting", "sgd"),
    }


def test_a_table_goes_by_its_own_name_and_long_names_are_cut_after_a_word(shelf: Store, put: Put, pair: Any) -> None:
    info = shelf.get(put(pair))
    csv = replace(info, spec=info.spec | {"suite": {"name": "csv", "file_name": "patients of 2024.csv"}})
    assert study_title(csv) == "patients of 2024.csv"
    assert study_title(replace(csv, name="mine")) == "mine"
    assert short("patients of 2024.csv", 14) == "patients of…"
    assert short("x" * 30, 10) == "x" * 9 + "…"


def test_what_came_of_a_study_is_read_once_and_a_little_at_a_time(shelf: Store, put: Put, pair: Any, monkeypatch: Any) -> None:
    longer = _train(Study(seeds=3, weights=0, steps=150))
    first, second = put(pair), put(longer)
    short_of = pair.result.summary.set_index("label").loc["equal", "without"]
    summary = longer.result.summary.set_index("label").loc["equal"]
    nothing, more = gists.gists(shelf, shelf.list(), budget=-1)
    assert (nothing, more) == ({}, True)
    found, more = gists.gists(shelf, shelf.list(), budget=60)
    assert not more
    assert set(found) == {first, second}
    assert found[first] == f"no Δm: too little learned alone ({short_of})"
    assert found[second] == f"equal: Δm {summary['delta_m']:+.1f} %, {summary['verdict']}"
    monkeypatch.setattr(gists, "_read", None)
    assert gists.gists(shelf, shelf.list(), budget=-1) == (found, False)


def test_the_page_lists_them(put: Put, visit: Callable[..., AppTest], pair: Any) -> None:
    app = visit("studies", put(pair))
    assert not app.exception
    (row,) = app.dataframe[0].value.to_dict("records")
    assert (row["steps"], row["seeds"], row["methods"]) == (40, 2, "equal, pcgrad")
    assert "Δm" in row["result"]
    assert row["other"] == "map of 5 a side, evaluate every 10"
