"""Where runs stand while they train: the same step for all, and axes that hold still."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mtl_core.diagnostics import Result
from mtl_core.diagnostics.latest import latest
from mtl_core.spec import Study

STEPS = 100


@pytest.fixture
def made(invented: Callable[..., Any]) -> Any:
    """Three seeds of two tasks, two methods and a weighting."""
    return invented(methods=("equal", "pcgrad"))


def _values(made: Any, level: float, spread: float = 0.02) -> Any:
    return level + spread * np.random.default_rng(0).random((made.count, 2, 1)).astype(np.float32)


def test_nothing_is_known_before_the_first_evaluation(made: Any) -> None:
    found = latest(made.layout, [], STEPS)
    assert found.step == -1
    assert found.means.empty
    assert found.range_of("left") is None


def test_all_stand_at_the_last_step_that_all_have(made: Any) -> None:
    ahead, behind = list(range(made.count // 2)), list(range(made.count // 2, made.count))
    records = [
        made.evaluation(0, validation=0.1),
        made.evaluation(10, validation=0.3),
        made.evaluation(20, ahead, validation=0.9),
    ]
    found = latest(made.layout, records, STEPS)
    assert found.step == 10
    assert np.allclose(found.means["mean"], 0.3), "who is ahead waits for the others"
    assert found.points["left"].notna().any()
    later = latest(made.layout, [*records, made.evaluation(20, behind, validation=0.5)], STEPS)
    assert later.step == 20
    assert (later.means["mean"].max(), later.means["mean"].min()) == pytest.approx((0.9, 0.5))


def test_who_is_at_the_end_stays_there_while_others_begin(made: Any) -> None:
    first, second = list(range(made.count // 2)), list(range(made.count // 2, made.count))
    records = [
        made.evaluation(0, first, validation=0.1),
        made.evaluation(STEPS, first, validation=0.8),
        made.evaluation(0, second, validation=0.1),
    ]
    found = latest(made.layout, records, STEPS)
    assert found.step == 0
    assert found.means["mean"].max() == pytest.approx(0.8)


def test_axes_grow_and_never_shrink(made: Any) -> None:
    levels = [0.1, 0.2, 0.5, 0.45, 0.3, 0.72, 0.7, 0.9]
    records, ranges = [], []
    for place, level in enumerate(levels):
        records.append(made.evaluation(10 * place, validation=_values(made, level)))
        ranges.append(latest(made.layout, records, STEPS).range_of("left"))
    lows, highs = zip(*ranges, strict=True)
    assert list(highs) == sorted(highs)
    assert list(lows) == sorted(lows, reverse=True)
    assert len(set(ranges)) < len(ranges), "not at every update"
    assert all(low <= 0.1 and high >= level for (low, high), level in zip(ranges, levels, strict=True))


def test_progress_begins_near_zero_and_rises(made: Any) -> None:
    records = [made.evaluation(0, validation=_values(made, 0.1))]
    before = latest(made.layout, records, STEPS).progress
    after = latest(made.layout, [*records, made.evaluation(50, validation=_values(made, 0.9))], STEPS).progress
    assert max(before.values()) < 0.3
    assert min(after.values()) > 0.7


def test_what_tells_nothing_new_of_it_leaves_it_as_it_is(made: Any) -> None:
    study, draw = Study(methods=["equal", "pcgrad"], seeds=3, steps=STEPS), np.random.default_rng(0)
    result = Result(study, made.layout, [made.evaluation(0, validation=0.1)])
    first = result.latest
    assert result.extended([made.steps([1, 2], draw), made.status(2, {})]).latest is first
    assert result.extended([made.status(2, {8: (2, 0)})]).latest is not first
    assert result.extended([made.evaluation(10, validation=0.3)]).latest.step == 10
