import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from mtl_core.diagnostics.intervals import VERDICTS, interval, verdict


@given(some.lists(some.floats(-1e3, 1e3), min_size=2, max_size=12))
def test_interval_is_students(values: list[float]) -> None:
    found = interval(np.array(values)[:, None])
    mean, error = np.mean(values), stats.sem(values)
    low, high = stats.t.interval(0.95, len(values) - 1, loc=mean, scale=error) if error > 0 else (mean, mean)
    assert found.n[0] == len(values)
    assert np.allclose([found.mean[0], found.low[0], found.high[0]], [mean, low, high], atol=1e-9)


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_observations_give_no_interval(n: int) -> None:
    found = interval(np.array([[3.0], [np.nan], [np.inf]])[1 - n :])
    assert found.n[0] == n
    assert np.isnan([found.low[0], found.high[0]]).all()
    assert VERDICTS[verdict(found.low, found.high)[0]] == "unclear"


def test_verdict_comes_from_the_interval_alone() -> None:
    words = [VERDICTS[code] for code in verdict(np.array([0.1, -2, -1, 0.0, np.nan]), np.array([1, -0.1, 1, 2, 5]))]
    assert words == ["positive", "negative", "unclear", "unclear", "unclear"]
