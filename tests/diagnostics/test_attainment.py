"""What so many of the seeds attain, beside counting."""

from itertools import product
from math import ceil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from mtl_core.diagnostics.attainment import SHARES, attainment

_runs = some.lists(some.tuples(some.integers(0, 4), some.integers(0, 3), some.integers(0, 3)), min_size=2, max_size=12)


@settings(max_examples=25)
@given(_runs)
def test_a_place_is_under_the_staircase_if_so_many_seeds_have_a_better_point(runs: list[tuple[int, int, int]]) -> None:
    points = pd.DataFrame(runs, columns=["seed", "x", "y"]).assign(strategy="hard")
    points = points.assign(y=-points["y"])  # less is better there
    found = attainment(points, (1.0, -1.0))
    count = points["seed"].nunique()
    if count < 2:
        assert found.empty
        return
    assert found["seeds"].eq(count).all()
    seed, x, y = (points[name].to_numpy() for name in ("seed", "x", "y"))
    for share in SHARES:
        corners = found.loc[found["share"] == share, ["x", "y"]].to_numpy()
        assert (np.diff(corners[:, 0]) > 0).all(), "from the best in y to the best in x"
        for at, up in product((0, 0.5, 1, 2, 3), (0, -0.5, -1, -2, -3)):
            attained = len(set(seed[(x >= at) & (y <= up)])) >= ceil(share * count)
            assert bool(((corners[:, 0] >= at) & (corners[:, 1] <= up)).any()) == attained


def test_strategies_have_bands_of_their_own_and_values_that_are_missing_none() -> None:
    rows = [("hard", seed, 0.1 * seed, 0.2) for seed in range(4)] + [("mmoe", 0, 0.5, 0.5), ("mmoe", 1, np.nan, 0.5)]
    found = attainment(pd.DataFrame(rows, columns=["strategy", "seed", "x", "y"]))
    assert found["strategy"].unique().tolist() == ["hard"]
    assert found["x"].tolist() == pytest.approx([0.3, 0.2, 0.1])
    assert list(attainment(pd.DataFrame([], columns=["strategy", "seed", "x", "y"]))) == list(found)
