"""Reading a study piece by piece: nothing twice, nothing lost, nothing kept beyond the bound."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.reading import studies
from mtl_core.diagnostics import Result
from mtl_core.errors import UnknownStudyError
from mtl_core.records import steps_of, thinning
from mtl_core.spec import Study
from mtl_core.store import Store

Put = Callable[..., str]


def same(first: Result, second: Result) -> None:
    """All tables agree."""
    for name, table in first.to_tables().items():
        pd.testing.assert_frame_equal(table, second.to_tables()[name])


def test_a_study_that_has_not_begun_has_no_result(shelf: Store) -> None:
    reading = studies.read(shelf, shelf.add(Study(seeds=1, steps=10)))
    assert reading.result is None
    assert reading.active


def test_reading_in_pieces_gives_what_training_gave(shelf: Store, put: Put, pair: Any) -> None:
    study_id = put(pair, part=0.4, state="running")
    half = studies.read(shelf, study_id)
    assert half.active
    assert half.result is not None
    count = len(half.result.records)
    assert count == round(0.4 * len(pair.records))
    shelf.append(study_id, pair.records[count:], step=pair.total, total=pair.total)
    shelf.set_state(study_id, "finished")
    whole = studies.read(shelf, study_id)
    assert not whole.active
    assert whole.result is not None
    assert whole.result.records[:count] == half.result.records, "what was read before is not read again"
    same(whole.result, pair.result)


def test_nothing_new_gives_the_same_result_with_its_tables(shelf: Store, put: Put, pair: Any) -> None:
    study_id = put(pair)
    first = studies.read(shelf, study_id).result
    assert first is not None
    assert studies.read(shelf, study_id).result is first
    assert studies.read(shelf, study_id).result.curves is first.curves  # type: ignore[union-attr]


def test_dropped_records_are_forgotten(shelf: Store, put: Put, pair: Any) -> None:
    study_id = put(pair, part=0.6, state="running")
    before = studies.read(shelf, study_id).result
    _, cursor = shelf.read(study_id)
    assert before is not None
    shelf.rewind(study_id, 0)
    after = studies.read(shelf, study_id).result
    assert cursor > 0
    assert after is not None
    assert len(after.records) == 0


def test_a_deleted_study_is_unknown_and_forgotten(shelf: Store, put: Put, pair: Any) -> None:
    study_id = put(pair)
    studies.read(shelf, study_id)
    shelf.delete(study_id)
    with pytest.raises(UnknownStudyError):
        studies.read(shelf, study_id)
    assert not any(key[1] == study_id for key in studies._kept)


def test_only_so_many_studies_are_kept(shelf: Store, put: Put, pair: Any, triple: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies, "MAXIMUM_STUDIES", 1)
    first, second = put(pair), put(triple)
    studies.read(shelf, first)
    studies.read(shelf, second)
    assert [key[1] for key in studies._kept] == [second]


def test_only_so_many_bytes_are_kept(shelf: Store, put: Put, pair: Any, triple: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies, "MAXIMUM_BYTES", 1)
    first, second = put(pair), put(triple)
    studies.read(shelf, first)
    reading = studies.read(shelf, second)
    assert reading.result is not None
    assert [key[1] for key in studies._kept] == [second]


def test_long_runs_are_thinned_by_picking(shelf: Store, put: Put, pair: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thinning, "STEPS_KEPT", 10)
    reading = studies.read(shelf, put(pair))
    assert reading.result is not None
    stride = thinning.strides(pair.study, pair.layout)["steps"]
    assert stride == 4
    kept = np.concatenate([steps_of(record) for record in reading.result.records if record.kind == "steps"])
    assert (kept % stride == 0).all()
    thinned, whole = reading.result.weights, pair.result.weights
    joined = thinned.merge(whole, on=["run", "step", "task"], suffixes=("", "_whole"))
    assert len(joined) == len(thinned) > 0
    assert (joined["weight"] == joined["weight_whole"]).all(), "picked, not averaged"


def test_a_slow_read_of_one_study_holds_up_no_other(
    shelf: Store, put: Put, pair: Any, triple: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, other = put(pair), put(triple)
    begun, release = threading.Event(), threading.Event()
    reads: list[str] = []
    read_records = Store.read

    def held_up(self: Store, study_id: str, *rest: Any, **more: Any) -> Any:
        reads.append(study_id)
        if study_id == slow:
            begun.set()
            assert release.wait(60)
        return read_records(self, study_id, *rest, **more)

    monkeypatch.setattr(Store, "read", held_up)
    results: list[Any] = []
    visitors = [threading.Thread(target=lambda: results.append(studies.read(shelf, slow).result)) for _ in range(2)]
    for visitor in visitors:
        visitor.start()
    assert begun.wait(60)
    assert studies.read(shelf, other).result is not None, "nobody waits for the slow one"
    release.set()
    for visitor in visitors:
        visitor.join(60)
    assert results[0] is results[1], "those who look at one study share what was read"
