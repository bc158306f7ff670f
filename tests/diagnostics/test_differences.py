"""Which settings tell studies apart, whatever version asked for them."""

import json
from typing import Any

import pytest

from mtl_core.diagnostics.differences import differences, settings
from mtl_core.errors import SpecError
from mtl_core.spec import SUITES, Study

SMALL = {"seeds": 2, "steps": 40}


def stored(**asked: Any) -> dict[str, Any]:
    """A study in canonical form, as it comes back from a store."""
    spec: dict[str, Any] = json.loads(json.dumps(Study(**SMALL | asked).to_dict()))
    return spec


def rows(**specs: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """What each row says of the studies, by its setting."""
    table = differences(specs)
    assert list(table.columns) == ["setting", *specs]
    return {row["setting"]: tuple(row[name] for name in specs) for row in table.to_dict("records")}


def test_studies_that_ask_the_same_have_no_row() -> None:
    assert rows(a=stored(), b=stored(), c=stored(backbone={"name": "mlp"})) == {}


def test_one_setting_that_differs_is_the_only_row() -> None:
    assert rows(a=stored(), b=stored(learning_rate=0.01)) == {"learning_rate": ("0.003", "0.01")}


def test_a_row_stands_where_one_of_many_differs() -> None:
    assert rows(a=stored(), b=stored(), c=stored(batch_size=32)) == {"batch_size": ("64", "64", "32")}


def test_an_option_is_a_row_of_its_own_and_stands_behind_its_choice() -> None:
    found = rows(a=stored(backbone={"name": "mlp", "width": 8}, steps=10), b=stored(backbone={"name": "mlp", "width": 16}))
    assert found == {"backbone.width": ("8", "16"), "steps": ("10", "40")}
    assert list(found) == ["backbone.width", "steps"]


def test_an_option_that_a_choice_does_not_have_is_missing() -> None:
    found = rows(a=stored(), b=stored(suite="subspace"))
    assert found["suite"] == ("digits_pair", "subspace")
    own = [option.name for option in SUITES["subspace"].options]
    assert own
    assert all(found[f"suite.{name}"][0] is None and found[f"suite.{name}"][1] is not None for name in own)


def test_methods_are_called_as_tables_call_them() -> None:
    found = rows(a=stored(), b=stored(methods=["equal", {"name": "cagrad", "c": 0.2}]))
    assert found == {"methods": ("equal", "equal, cagrad(c=0.2)")}


def test_a_strategy_without_options_and_one_with_its_defaults_are_one() -> None:
    assert rows(a=stored(strategies=["mmoe"]), b=stored(strategies=[{"name": "mmoe", "experts": 4}])) == {}
    assert rows(a=stored(), b=stored(strategies=["hard", {"name": "mmoe", "experts": 2}])) == {
        "strategies": ("hard", "hard, mmoe(experts=2)")
    }


def test_phases_are_told_in_words() -> None:
    found = rows(a=stored(), b=stored(phases=[{"steps": 10, "train": "trunk"}, {"steps": 30}]))
    assert found == {"phases": ("none", "tasks(steps=10, train=trunk), tasks(steps=30)")}


def test_lists_points_and_mappings_are_written_in_words() -> None:
    found = rows(a=stored(weights=0), b=stored(weights=[[0.3, 0.7]], learning_rates=[0.1], headline={"left": "macro_f1"}))
    assert found == {
        "weights": ("none", "0.3 / 0.7"),
        "learning_rates": ("none", "0.1"),
        "headline": ("none", "left: macro_f1"),
    }


def test_a_setting_that_an_older_version_did_not_have_is_its_default() -> None:
    old = stored()
    for name in ("looks", "equal_parameters", "class_weights", "strategies"):
        del old[name]
    del old["backbone"]["depth"]
    assert rows(a=old, b=stored()) == {}
    assert rows(a=old, b=stored(seeds=3, looks=[2])) == {"seeds": ("2", "3"), "looks": ("none", "2")}


def test_what_this_version_does_not_know_keeps_what_it_was_given() -> None:
    newer = stored() | {"rehearsals": [{"steps": 5, "hall": "all"}]}
    newer["methods"] = [{"name": "tomorrow", "c": 0.2}]
    newer["backbone"] = {"name": "graph", "hops": 3}
    with pytest.raises(SpecError):
        Study.from_dict(newer)
    found = rows(a=stored(), b=newer)
    assert found["methods"] == ("equal", "tomorrow(c=0.2)")
    assert found["backbone"] == ("mlp", "graph")
    assert found["backbone.hops"] == (None, "3")
    assert [*found][-1] == "rehearsals"
    assert found["rehearsals"] == (None, "steps: 5, hall: all")


def test_a_table_goes_by_its_own_name_and_what_follows_is_left_out() -> None:
    def table(path: str, own: str, rows: int) -> dict[str, Any]:
        return stored() | {"suite": {"name": "csv", "path": path, "file_name": own, "sha256": "1", "train_rows": rows}}

    assert rows(a=table("/srv/1.csv", "cars.csv", 70), b=table("/srv/2.csv", "cars.csv", 71)) == {}
    assert rows(a=table("/srv/1.csv", "cars.csv", 70), b=table("/srv/1.csv", "trees.csv", 70)) == {
        "suite.path": ("cars.csv", "trees.csv")
    }


def test_every_field_of_a_study_is_a_setting() -> None:
    assert set(stored()) <= set(settings({}))
