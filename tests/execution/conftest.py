"""Small real studies, their numbers in a comparable form, and an execution in a thread of the test."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

from mtl_core.execution.execute import execute
from mtl_core.records import Record, steps_of
from mtl_core.spec import Study
from mtl_core.store import Store
from mtl_core.training.trainer import train

PATIENCE = 90.0


class Bench:
    """What the tests of this folder do again and again."""

    def study(self, steps: int = 20, **given: Any) -> Study:
        return Study(**({"steps": steps, "weights": [], "seeds": 1, "device": "cpu"} | given))

    def wait(self, happened: Callable[[], Any], what: str = "") -> Any:
        deadline = time.monotonic() + PATIENCE
        while not (found := happened()):
            assert time.monotonic() < deadline, f"waited in vain: {what or happened}"
            time.sleep(0.02)
        return found

    def numbers(self, records: Iterable[Record]) -> dict[tuple[Any, ...], bytes]:
        """Every number by kind, name, step and run; how records were cut into blocks does not matter."""
        table: dict[tuple[Any, ...], bytes] = {}
        for record in records:
            if record.kind == "timing":
                continue  # how long something took is never the same twice
            for name, array in record.arrays.items():
                if record.kind == "status" or name in ("run", "steps"):
                    continue
                dated = array if "steps" in record.arrays else array[None]
                for step, row in zip(steps_of(record), dated, strict=True):
                    for run, values in zip(record.arrays["run"], row, strict=True):
                        key = (record.kind, name, int(step), int(run))
                        assert key not in table, f"recorded twice: {key}"
                        table[key] = np.ascontiguousarray(values).tobytes()
        return table

    @cache  # noqa: B019 - one bench lives as long as the session
    def uninterrupted(self, study: Study) -> dict[tuple[Any, ...], bytes]:
        return self.numbers(train(study))

    def stored(self, store: Store, study: Study) -> dict[tuple[Any, ...], bytes]:
        return self.numbers(store.read(study.id)[0])


class Hand:
    """A worker in a thread: trains one study and remembers how it ended."""

    def __init__(self, store: Store, study_id: str, name: str = "hand") -> None:
        assert store.claim(name, "cpu", study_id=study_id) is not None
        self.leave = threading.Event()
        self.result: Any = "nothing"
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, args=(store, study_id, name), daemon=True)
        self._thread.start()

    def _work(self, store: Store, study_id: str, name: str) -> None:
        try:
            self.result = execute(store, study_id, name, leave=self.leave)
        except BaseException as error:
            self.error = error

    def join(self) -> Any:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        if self.error:
            raise self.error
        return self.result


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench()


@pytest.fixture
def hand() -> Iterator[Callable[..., Hand]]:
    hands: list[Hand] = []

    def begin(store: Store, study_id: str, name: str = "hand") -> Hand:
        hands.append(Hand(store, study_id, name))
        return hands[-1]

    yield begin
    for each in hands:
        each.leave.set()
        each._thread.join(PATIENCE)
