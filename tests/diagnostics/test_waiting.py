from dataclasses import dataclass

import pytest

from mtl_core.diagnostics.waiting import Wait, waits
from mtl_core.errors import DataError
from mtl_core.spec import Study

DEFAULT = Study()


@dataclass
class Kept:
    id: str
    state: str = "queued"
    position: int | None = None
    step: int = 0
    total: int = 0
    seconds: float | None = 0.0
    owner: str = ""
    device: str = "cpu"
    study: Study = DEFAULT


DONE = Kept("done", "finished", step=300, total=300, seconds=10.0)
HALF = Kept("half", "running", step=100, total=300, seconds=4.0)  # eight seconds to go


def test_each_waits_for_what_is_before_it() -> None:
    queue = [Kept("b", position=2), Kept("a", position=1), Kept("c", position=3)]
    found = waits([*queue, HALF, DONE], workers=1)
    assert {name: (wait.before, wait.seconds) for name, wait in found.items()} == {
        "a": (1, pytest.approx(8.0)),
        "b": (2, pytest.approx(18.0)),
        "c": (3, pytest.approx(28.0)),
    }
    found = waits([*queue, HALF, DONE], workers=2)
    assert found["a"] == Wait(0, 0.0, again=False), "a worker is free"
    assert (found["b"].before, found["b"].seconds) == (2, pytest.approx(8.0)), "behind the half, for the other takes ten"
    assert (found["c"].before, found["c"].seconds) == (3, pytest.approx(10.0))


def test_what_was_begun_needs_the_rest_alone() -> None:
    again = Kept("again", position=1, step=150, total=300, seconds=6.0)
    just = Kept("just", "running", step=1, total=300, seconds=0.5)  # too early to tell from its own steps
    found = waits([Kept("last", position=2), again, just, DONE], workers=1)
    assert (found["again"].seconds, found["last"].seconds) == (pytest.approx(9.5), pytest.approx(15.5))


def test_what_nobody_can_tell_is_not_told() -> None:
    assert waits([Kept("a", position=1)], workers=0)["a"] == Wait(0, None, again=False), "no worker reports"
    nothing = waits([Kept("a", position=1), Kept("b", position=2)], workers=1)
    assert (nothing["a"].seconds, nothing["b"]) == (0.0, Wait(1, None, again=False)), "nothing was ever measured"
    assert waits([DONE, HALF], workers=1) == {}


def test_a_second_question_is_known_as_one() -> None:
    studies = [Kept("a", position=1, owner="ann"), Kept("b", position=2, owner="ben"), Kept("c", position=3, owner="ann")]
    found = waits([*studies, Kept("d", position=4), Kept("e", position=5), DONE], workers=1)
    assert {name for name, wait in found.items() if wait.again} == {"c"}


def test_a_study_that_cannot_be_read_any_more_takes_no_time() -> None:
    class Gone(Kept):
        @property
        def study(self) -> Study:
            raise DataError("its table is gone.")

        @study.setter
        def study(self, value: Study) -> None: ...

    found = waits([Kept("b", position=2), Gone("a", position=1), HALF, DONE], workers=1)
    assert found["b"].seconds == found["a"].seconds == pytest.approx(8.0)
