"""What the results pages take out of a result."""

from typing import Any

import pytest

from dashboard.reading.listing import SHEET, sheet, sheets
from dashboard.showing.comparison import compared, labels_by_role, mean_place, places, points_table, task_names
from dashboard.showing.meanings import meaning
from mtl_core.diagnostics.scores import headline_rows


def test_without_a_choice_methods_and_the_best_fixed_weights_are_compared(pair: Any) -> None:
    result = pair.result
    everything = [label for labels in labels_by_role(result).values() for label in labels]
    shown = compared(result, everything)
    assert shown[:2] == ["equal", "pcgrad"]
    assert set(shown) == {"equal", "pcgrad", result.best_fixed.label}


def test_a_choice_is_kept_in_the_order_of_the_study(pair: Any) -> None:
    assert compared(pair.result, ["0.25 / 0.75", "pcgrad"]) == ["pcgrad", "0.25 / 0.75"]


def test_choosing_baselines_alone_compares_the_usual(pair: Any) -> None:
    assert compared(pair.result, ["left alone"])[:2] == ["equal", "pcgrad"]


def test_headlines_are_one_row_a_label_and_task(pair: Any) -> None:
    rows = headline_rows(pair.result.layout, pair.result.transfer)
    assert set(rows["metric"].astype(str)) == {"accuracy"}
    assert not rows.duplicated(["label", "task"]).any()


def test_places_sum_to_one_and_fixed_weights_stand_at_themselves(triple: Any) -> None:
    table = places(triple.result)
    assert table[["0", "1", "2"]].sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-5)
    corner = table[table["label"] == "shape alone"].iloc[0]
    assert (corner["0"], corner["1"], corner["2"]) == (1, 0, 0)
    assert {"equal", "mgda"} <= set(table["label"])


def test_a_methods_place_is_the_mean_of_its_normalised_weights(triple: Any) -> None:
    result = triple.result
    own = result.runs[result.runs["label"] == "mgda"]["run"]
    table = result.weights[result.weights["run"].isin(own)]
    wide = table.pivot_table(index=["run", "step"], columns="task", values="weight", observed=True)[task_names(result)]
    share = wide.div(wide.sum(axis=1), axis=0).mean()
    assert mean_place(result, "mgda") == pytest.approx(share.to_numpy(), rel=1e-6)


def test_the_points_table_has_means_and_the_front(pair: Any) -> None:
    table = points_table(pair.result)
    means = pair.result.tradeoff.groupby("label", observed=True)["left"].mean()
    assert table.set_index("label")["left"].to_dict() == pytest.approx(means.to_dict(), nan_ok=True)
    assert table["on_front"].any()
    assert table[table["role"] == "baseline"]["delta_m"].isna().all()


def test_sheets_cover_the_list() -> None:
    everything = list(range(2 * SHEET + 1))
    cut = [item for number in range(1, sheets(len(everything)) + 1) for item in sheet(everything, number)]  # type: ignore[arg-type,misc]
    assert cut == everything
    assert sheet(everything, 99) == everything[2 * SHEET :]  # type: ignore[arg-type,comparison-overlap]
    assert sheets(0) == 1


def test_an_unknown_picture_has_no_meaning() -> None:
    with pytest.raises(KeyError):
        meaning("nothing")
