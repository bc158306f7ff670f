"""Whom which label serves best: labels whose worth is known."""

import numpy as np
import pytest

from mtl_core.diagnostics.preferences import Contenders, by_way, regrets, spread, winners


def _contenders(values: np.ndarray, ways: tuple[str, ...] = ("a", "b", "c")) -> Contenders:
    """Of ``(S, L, U)`` values."""
    labels = tuple("abcdef"[: values.shape[1]])
    preferences = spread(values.shape[2])
    return Contenders(labels, ways, ("hard",) * len(labels), preferences, values @ preferences.T)


@pytest.mark.parametrize("tasks", [2, 3, 4, 9])
def test_preferences_are_spread_evenly(tasks: int) -> None:
    found = spread(tasks)
    assert found.shape[1] == tasks
    assert (found >= 0).all()
    assert found.sum(axis=1) == pytest.approx(1)
    assert found.mean(axis=0) == pytest.approx(1 / tasks, abs=1e-9 if tasks < 4 else 0.03)
    # Of a uniform preference w1 exceeds 1/2 with probability (1/2)^(T-1).
    assert (found[:, 0] > 0.5).mean() == pytest.approx(0.5 ** (tasks - 1), abs=0.03)
    assert len(np.unique(found.round(9), axis=0)) == len(found)


def test_the_winner_is_who_serves_a_preference_best() -> None:
    """Two that serve one task alone and one that serves both with 0.6: it is best between 0.4 and 0.6, and loses 0.16 on
    average (twice the integral of w - 0.6 from 0.6 to 1), 0.4 at worst."""
    values = np.repeat(np.array([[[1.0, 0.0], [0.0, 1.0], [0.6, 0.6]]]), 3, axis=0)
    found = _contenders(values)
    table = winners(found, ["left", "right"], 0.95)
    assert table.groupby("label", observed=True)["prefers_left"].agg(["min", "max"]).to_numpy() == pytest.approx(
        np.array([[0.605, 0.995], [0.005, 0.395], [0.405, 0.595]])
    )
    assert table["worth"].max() == pytest.approx(0.995)
    assert table["agree"].eq(1).all()
    middle = table[(table["prefers_left"] - 0.505).abs() < 1e-9].iloc[0]
    assert (middle["rival"], middle["margin"]) == ("a", pytest.approx(0.6 - 0.505))
    lost = regrets(found, 0.95).set_index("label")
    assert lost.index[0] == "c", "the smallest regret comes first"
    assert lost.loc["c", "mean"] == pytest.approx(0.16, abs=1e-3)
    assert lost.loc["c", "worst"] == pytest.approx(0.395)
    assert lost.loc["c", "best_for"] == pytest.approx(0.2)
    assert lost.loc["a", "mean"] == pytest.approx(lost.loc["b", "mean"])
    # The winner's mean is (2 * (1 - .36) / 2 + .6 * .2) = .76, a's is a half.
    assert lost.loc["a", "mean"] == pytest.approx(0.26, abs=1e-3)


def test_regret_is_never_negative_and_zero_where_one_wins() -> None:
    values = np.random.default_rng(1).random((4, 5, 3))
    found = _contenders(values, ("one", "one", "two", "three", "three"))
    mean = values.mean(axis=0) @ found.preferences.T
    lost = regrets(found, 0.95).set_index("label")
    for place, label in enumerate("abcde"):
        assert lost.loc[label, "mean"] == pytest.approx((mean.max(axis=0) - mean[place]).mean())
    table = by_way(found, ["x", "y", "z"])
    least = table.groupby(["prefers_x", "prefers_y"])["regret"].min()
    assert least.to_numpy() == pytest.approx(0)
    two = table[table["way"] == "one"]
    assert two["regret"].to_numpy() == pytest.approx(mean.max(axis=0) - mean[:2].max(axis=0))


def test_a_rival_is_of_another_way_and_an_interval_is_over_seeds() -> None:
    values = np.array([[[1.0, 1.0], [0.9, 0.9], [0.8, 0.8]], [[1.0, 1.0], [1.1, 1.1], [0.6, 0.6]]])
    found = _contenders(values, ("fixed", "fixed", "c"))
    table = winners(found, ["left", "right"], 0.95)
    assert table["rival"].eq("c").all()
    assert table["margin"].to_numpy() == pytest.approx(0.3)
    assert table["low"].to_numpy() == pytest.approx(0.3 - 12.7062 * 0.1, abs=1e-4), "0.2 and 0.4, two seeds"
    assert table["agree"].eq(1).all(), "in the second seed another weighting wins, of the same way"


def test_one_label_has_no_rival_and_none_no_rows() -> None:
    alone = _contenders(np.ones((1, 1, 2)), ("a",))
    table = winners(alone, ["left", "right"], 0.95)
    assert table[["rival", "margin", "low", "high"]].isna().all(axis=None)
    assert regrets(alone, 0.95)["mean"].tolist() == [0]
    nobody = Contenders((), (), (), spread(2), np.zeros((2, 0, 100)))
    for full, empty in (
        (table, winners(nobody, ["left", "right"], 0.95)),
        (regrets(alone, 0.95), regrets(nobody, 0.95)),
        (by_way(alone, ["left", "right"]), by_way(nobody, ["left", "right"])),
    ):
        assert empty.empty
        assert list(empty) == list(full)
