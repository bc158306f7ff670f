from collections.abc import Callable
from typing import Any

import numpy as np

from mtl_core.diagnostics import tables
from mtl_core.diagnostics.conflict import conflict_over_time, conflict_share
from mtl_core.diagnostics.intervals import interval


def test_share_is_the_mean_over_seeds_of_each_runs_share(invented: Callable[..., Any]) -> None:
    study = invented(seeds=4)
    record = study.conflict(range(0, 40, 5), np.random.default_rng(0))
    table = conflict_share(study.layout, tables.conflict(study.layout, [record]))
    assert list(table) == [
        *("label", "role", "layer", "task_a", "task_b", "n", "share", "low", "high", "cosine", "magnitude_similarity"),
        "strategy",
    ]
    cosine = record.arrays["cosine"][:, study.runs("pcgrad"), 1, 0]
    shares = (cosine < 0).mean(axis=0)
    row = table[(table["label"] == "pcgrad") & (table["layer"] == "layer1")].iloc[0]
    bounds = interval(shares)
    assert row["n"] == 4
    assert np.isclose(row["share"], shares.mean())
    assert np.isclose(row["cosine"], cosine.mean(axis=0).mean())
    assert np.allclose([row["low"], row["high"]], np.clip([bounds.low, bounds.high], 0, 1))
    assert len(table) == 2 * 2, "single tasks have nothing to conflict with"


def test_steps_without_a_cosine_do_not_count(invented: Callable[..., Any]) -> None:
    study = invented(seeds=1)
    record = study.conflict(range(4), np.random.default_rng(1))
    record.arrays["cosine"][:, :, 0, 0] = np.array([-0.5, 0.5, np.nan, np.nan])[:, None]
    table = conflict_share(study.layout, tables.conflict(study.layout, [record]))
    rows = table[table["layer"] == "all"]
    assert rows["share"].eq(0.5).all()
    assert rows[["low", "high"]].isna().all(axis=None)


def test_over_time_is_the_mean_over_seeds(invented: Callable[..., Any]) -> None:
    study = invented(seeds=3)
    records = [study.conflict([0, 5], np.random.default_rng(2)), study.conflict([10, 15], np.random.default_rng(3))]
    table = tables.conflict(study.layout, records)
    found = conflict_over_time(study.layout, table).set_index(["label", "layer", "step"])
    expected = records[1].arrays["cosine"][0, study.runs("0.5 / 0.5"), 0, 0].mean()
    assert np.isclose(found.loc[("0.5 / 0.5", "all", 10), "cosine"], expected)
    assert (found["n"] == 3).all()
    thin = conflict_over_time(study.layout, table, bins=2)
    assert sorted(set(thin["step"])) == [5, 15]


def test_no_records_give_empty_tables(invented: Callable[..., Any]) -> None:
    study = invented()
    nothing = tables.conflict(study.layout, [])
    something = tables.conflict(study.layout, [study.conflict([0], np.random.default_rng(0))])
    for make in (conflict_share, conflict_over_time):
        assert make(study.layout, nothing).empty
        assert list(make(study.layout, nothing)) == list(make(study.layout, something))
