"""The tables of what is inside a network."""

from typing import Any

import numpy as np
import pytest

from mtl_core.diagnostics.inside import Inside, leaning, shares


def told(change: list[list[float]], tasks: list[str], chance: list[float]) -> dict[str, Any]:
    count = len(change)
    return {
        "stage": ["layer 1"] * count,
        "module": ["shared"] * count,
        "unit": list(range(1, count + 1)),
        "tasks": tasks,
        "loss": [0.1] * len(tasks),
        "chance": chance,
        "change": change,
        "first_order": change,
        "rows": 9,
    }


FOUND = Inside(
    {
        "tasks": ["a", "b"],
        "units": told([[0.4, 0.2], [0.0, 0.3], [-0.1, 0.0]], ["a", "b"], [2.0, 1.0]),
        "no_units": "",
        "alone": [told([[0.5], [0.5], [0.0]], ["a"], [2.0])],
        "probes": [{"network": "", "stage": "layer 1", "task": "a", "metric": "accuracy", "score": 0.8, "chance": 0.5}],
        "similar": [{"stage": "layer 1", "task": "a", "similarity": 0.5, "again": None}],
        "not_probed": ["b"],
        "rows": 9,
        "train_rows": 20,
    }
)


def test_a_units_share_counts_losses_as_parts_of_chance() -> None:
    units = FOUND.units
    assert list(units) == ["stage", "module", "unit", "task", "change", "first_order", "part", "share", "specialist"]
    assert units["share"].tolist() == pytest.approx([0.5, 0.5, 0, 1, np.nan, np.nan], nan_ok=True)
    assert units["specialist"].tolist() == pytest.approx([0, 0, 1, 1, np.nan, np.nan], nan_ok=True)
    assert units["change"].tolist() == [0.4, 0.2, 0.0, 0.3, -0.1, 0.0]


def test_a_task_leans_on_as_many_units_as_would_be_as_spread_out() -> None:
    table = FOUND.leaning.set_index("task")
    assert table.loc["a", ["shared", "alone"]].tolist() == pytest.approx([1, 2])
    assert table.loc["b", "shared"] == pytest.approx(np.exp(-0.4 * np.log(0.4) - 0.6 * np.log(0.6)))
    assert np.isnan(table.loc["b", "alone"])
    assert table["units"].tolist() == [3, 3]
    assert np.isnan(leaning(np.array([0.0, -1.0])))


def test_probes_are_told_from_chance_on_and_nothing_known_is_an_empty_table() -> None:
    assert FOUND.probes["readable"].tolist() == pytest.approx([0.6])
    assert FOUND.similar["again"].isna().all()
    none = Inside(FOUND.found | {"units": None, "alone": [], "probes": [], "similar": [], "no_units": "why"})
    assert [len(table) for table in (none.units, none.leaning, none.probes, none.similar)] == [0, 0, 0, 0]
    assert none.no_units == "why"


def test_one_task_has_no_specialists() -> None:
    share, specialist = shares(np.array([[0.2], [0.0]]))
    assert share.ravel().tolist() == pytest.approx([1.0, np.nan], nan_ok=True)
    assert np.isnan(specialist).all()
