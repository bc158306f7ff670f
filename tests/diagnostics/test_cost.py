from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mtl_core.diagnostics.cost import Estimate, estimate, work
from mtl_core.errors import DataError
from mtl_core.spec import Study


@dataclass
class Finished:
    study: Study
    seconds: float | None = 4.0
    state: str = "finished"
    device: str = "cpu"


DEFAULT = Study()


def test_nothing_measured_gives_the_runs_alone() -> None:
    assert estimate(DEFAULT, []) == Estimate(55, None)
    assert estimate(DEFAULT, [Finished(DEFAULT, state="running"), Finished(DEFAULT, seconds=0)]).seconds is None


def test_the_same_study_again_takes_as_long() -> None:
    found = estimate(Study(device="cpu"), [Finished(DEFAULT, 7.0)])
    assert found.seconds == pytest.approx(7.0)
    assert found.alike


def test_likeness_goes_before_age() -> None:
    history = [Finished(Study(suite="digits_rotated"), 100.0), Finished(DEFAULT, 7.0), Finished(DEFAULT, 9.0)]
    assert estimate(DEFAULT, history).seconds == pytest.approx(8.0)
    other = estimate(Study(suite="digits_rotated", backbone="cnn"), history[1:])
    assert other.seconds is not None
    assert not other.alike


def test_one_that_was_held_up_does_not_spoil_the_others() -> None:
    history = [Finished(DEFAULT, 7.0), Finished(DEFAULT, 900.0), Finished(DEFAULT, 8.0), Finished(DEFAULT, 1.0)]
    assert estimate(DEFAULT, history).seconds == pytest.approx(8.0)
    suites = [Finished(Study(suite=name, seeds=1), 2.0) for name in ("chain", "relatedness", "vitals", "hint", "regions")]
    held_up = [Finished(Study(suite=name, seeds=2), 900.0) for name in ("chain", "relatedness")]
    seconds = estimate(DEFAULT, [*held_up, *suites]).seconds
    assert seconds is not None
    assert seconds < 30, "of other suites more are asked, for their rates differ more"


# Processor seconds of one thread on a quiet machine, which no formula is tuned to hit exactly.
MEASURED = [
    (Study(), 4.0),
    (Study(steps=1000), 11.4),
    (Study(evaluate_every=5), 5.3),
    (Study(suite="subspace"), 4.4),
    (Study(suite="sprites"), 3.3),
    (Study(suite="domains", seeds=2), 6.3),
    (Study(methods=["equal", "pcgrad", "cagrad", "uw"]), 6.5),
    (Study(backbone={"name": "mlp", "width": 128}), 11.75),
    (Study(backbone="cnn", seeds=1), 10.05),
]


@pytest.mark.parametrize("place", range(len(MEASURED)))
def test_a_study_of_another_suite_or_size_is_foreseen_within_half_as_much_again(place: int) -> None:
    study, took = MEASURED[place]
    others = [Finished(other, seconds) for other, seconds in MEASURED[:place] + MEASURED[place + 1 :]]
    seconds = estimate(study, others).seconds
    assert seconds is not None
    assert 1 / 1.5 < seconds / took < 1.5


def test_a_study_that_can_no_longer_be_read_says_nothing() -> None:
    class Gone(Finished):
        @property
        def study(self) -> Study:  # type: ignore[override]
            raise DataError("the table is gone")

        @study.setter
        def study(self, value: Study) -> None:
            pass

    assert estimate(DEFAULT, [Gone(DEFAULT), Finished(DEFAULT, 7.0)]).seconds == pytest.approx(7.0)


@given(steps=some.integers(1, 5000), seeds=some.integers(1, 20), points=some.integers(2, 11), batch=some.integers(1, 1024))
def test_more_of_anything_costs_more(steps: int, seeds: int, points: int, batch: int) -> None:
    small = Study(steps=steps, seeds=seeds, weights=points, batch_size=batch)
    assert work(small) > 0
    for larger in (
        Study(steps=steps + 1, seeds=seeds, weights=points, batch_size=batch),
        Study(steps=steps, seeds=seeds + 1, weights=points, batch_size=batch),
        Study(steps=steps, seeds=seeds, weights=points + 10, batch_size=batch),
        Study(steps=steps, seeds=seeds, weights=points, batch_size=batch + 1),
        Study(steps=steps, seeds=seeds, weights=points, batch_size=batch, backbone={"name": "mlp", "width": 64}),
    ):
        assert work(larger) > work(small)


@pytest.mark.parametrize("weights", [[], "subsets"])
def test_affinities_cost_something_and_less_than_a_third(weights: object) -> None:
    plain, looked_at = (work(Study(suite="sprites", weights=weights, affinity_every=every)) for every in (0, 10))
    assert 1 < looked_at / plain < 4 / 3


def test_runs_trained_together_cost_less_than_one_by_one() -> None:
    one, many = Study(seeds=1, weights=[]), Study(seeds=20, weights=[])
    assert work(many) < 20 * work(one)
