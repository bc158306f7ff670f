"""Families of verdicts, sizes of effects, and intervals against what is known of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from mtl_core.diagnostics.intervals import Interval, interval
from mtl_core.diagnostics.verdicts import effect, holm, seeds_needed


@given(some.lists(some.floats(0, 1), min_size=1, max_size=12))
def test_holm_rejects_what_its_steps_reject(p):
    """Against the procedure itself: smallest first, each against 5 % over those that are left, until one is not below."""
    values = np.array(p)
    rejected, left = set(), len(p)
    for place in np.argsort(values, kind="stable"):
        if values[place] * left >= 0.05:
            break
        rejected.add(int(place))
        left -= 1
    assert set(np.flatnonzero(holm(values) < 0.05).tolist()) == rejected
    assert (holm(values) >= values).all()


def test_seeds_needed_find_an_effect_in_four_of_five_studies():
    generator = np.random.default_rng(0)
    for size in (0.8, 1.5, 2.0):
        count = int(seeds_needed(np.array([size]))[0])
        for seeds, enough in ((count, True), (count - 1, False)):
            drawn = generator.normal(size, 1, (40_000, seeds))
            power = (stats.ttest_1samp(drawn, 0, axis=1).pvalue < 0.05).mean()
            assert (power >= 0.8 - 0.005) == enough, (size, seeds, power)


def test_effect_is_unbiased():
    drawn = np.random.default_rng(1).normal(0.7, 1, (6, 60_000))
    assert effect(interval(drawn)).mean() == pytest.approx(0.7, abs=0.01)
    assert np.isnan(effect(interval(drawn[:2]))).all(), "two seeds say nothing of a spread"
    assert np.isnan(effect(interval(np.ones((5, 1))))).all()


def test_p_is_students_where_seeds_are_all_that_is_random():
    drawn = np.random.default_rng(2).normal(0.5, 1, (7, 200))
    assert interval(drawn).p == pytest.approx(stats.ttest_1samp(drawn, 0).pvalue, abs=1e-7)


@given(some.integers(2, 12), some.integers(2, 20), some.integers(0, 1000))
def test_p_and_interval_say_the_same(seeds, parts, seed):
    generator = np.random.default_rng(seed)
    values = generator.normal(0.4, 1, (seeds, 9))
    left_out = values[..., None] + generator.normal(0, 0.1, (1, 9, parts))
    for confidence in (0.95, 0.98):
        found = interval(values, left_out, confidence)
        outside = (found.low > 0) | (found.high < 0)
        assert (outside == (found.p < 1 - confidence)).all()
    alone = interval(values)
    assert (found.half(0.95) >= alone.half(0.95)).all(), "test examples never make an interval narrower"


@pytest.mark.parametrize("seeds", [3, 5, 10, 20])
def test_intervals_hold_the_truth_as_often_as_they_say(seeds):
    drawn = np.random.default_rng(seeds).normal(0.3, 1, (seeds, 40_000))
    found = interval(drawn)
    assert ((found.low <= 0.3) & (found.high >= 0.3)).mean() == pytest.approx(0.95, abs=0.004)


def _trained(generator, studies, seeds, examples, spread, parts=20):
    """Accuracy of two kinds of run on one test split a study: each example has a difficulty, each seed a skill of its own."""
    hard = generator.normal(0, 1, (studies, 1, examples))
    one, other = (generator.normal(0, spread, (studies, seeds, 1)) for _ in range(2))
    right = [(skill + hard + generator.normal(0, 1, (studies, seeds, examples)) > 0).astype(float) for skill in (one, other)]
    difference = right[0] - right[1]  # (studies, seeds, examples)
    part = np.arange(examples) % parts
    values = difference.mean(axis=2)
    left_out = np.stack([difference[..., part != k].mean(axis=2) for k in range(parts)], axis=-1)
    return values.T, left_out.transpose(1, 0, 2)


@pytest.mark.parametrize(("seeds", "examples", "spread"), [(5, 60, 0.0), (5, 60, 0.3), (10, 200, 0.1), (20, 40, 0.05)])
def test_nothing_is_called_clear_more_often_than_promised(seeds, examples, spread):
    """Equal kinds of run, whose difference is noise of seeds and of test examples."""
    generator = np.random.default_rng(examples)
    found = interval(*_trained(generator, 3000, seeds, examples, spread))
    wrong = ((found.low > 0) | (found.high < 0)).mean()
    assert wrong <= 0.05 + 0.01


def test_seeds_that_agree_on_a_few_examples_prove_nothing():
    """Three equal differences of 2/15: seeds alone give an interval without width."""
    right = np.zeros((3, 15))
    right[:, :2] = 1
    part = np.arange(15)
    left_out = np.stack([right[:, part != k].mean(axis=1) for k in range(15)], axis=-1)
    values = right.mean(axis=1)
    alone, both = interval(values[:, None]), interval(values[:, None], left_out[:, None])
    assert alone.low == alone.high
    assert both.low < 0 < both.high
    # The jackknife of a mean is its textbook standard error.
    assert both.sampling == pytest.approx(right[0].std(ddof=1) / np.sqrt(15))


def test_what_hangs_on_examples_that_cannot_be_left_out_is_unclear():
    """All examples of a class in one part: without it there is no area under the curve."""
    values = np.array([0.5, 0.5, 0.5, 0.5, 0.51])[:, None]
    left_out = np.repeat(values[..., None], 4, axis=-1)
    left_out[..., 2] = np.nan
    found = interval(values, left_out)
    assert np.isnan(found.low)
    assert np.isnan(found.p)
    assert np.isfinite(interval(values, np.full_like(left_out, np.nan)).low), "not known at all: seeds alone"


def test_looking_on_until_it_is_clear_is_kept_in_bounds():
    """Looks after 5, 10 and 20 seeds: 98 % intervals err in about 5 % of nothings, 95 % intervals in about 12 %."""
    drawn = np.random.default_rng(3).normal(0, 1, (20, 60_000))
    clear = dict.fromkeys((0.95, 0.98), np.zeros(60_000, dtype=bool))
    for confidence in clear:
        for seeds in (5, 10, 20):
            found = interval(drawn[:seeds], confidence=confidence)
            clear[confidence] = clear[confidence] | (found.low > 0) | (found.high < 0)
    assert clear[0.98].mean() == pytest.approx(0.051, abs=0.004)
    assert clear[0.95].mean() == pytest.approx(0.12, abs=0.006)
    first = interval(drawn[:5])
    ours = clear[0.98] | (first.low > 0) | (first.high < 0)  # nobody knows at the first look that there will be others
    assert ours.mean() == pytest.approx(0.076, abs=0.004)


def test_an_interval_says_what_it_rests_on():
    found = interval(np.array([[1.0, np.nan], [3.0, 2.0]]))
    assert isinstance(found, Interval)
    assert found.n.tolist() == [2, 1]
    assert found.spread[0] == pytest.approx(np.sqrt(2))
    assert np.isnan(found.low[1])
