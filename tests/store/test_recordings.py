import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sqlalchemy import update

from mtl_core.errors import StoreError, UnknownStudyError
from mtl_core.records import Record
from mtl_core.store.payload import decode, encode
from mtl_core.store.tables import records


def same(left: Record, right: Record) -> bool:
    assert (left.kind, left.step, set(left.arrays)) == (right.kind, right.step, set(right.arrays))
    return all(np.array_equal(left.arrays[name], right.arrays[name], equal_nan=True) for name in left.arrays)


_DTYPES = st.sampled_from([np.float32, np.float64, np.int32, np.int64, np.bool_])
_ARRAYS = _DTYPES.flatmap(lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, min_side=0)))


@given(st.dictionaries(st.text(min_size=1, max_size=8).filter(lambda name: name != "__metadata__"), _ARRAYS))
def test_any_arrays_come_back_exactly(given):
    back = decode("steps", 5, encode(Record("steps", 5, given)))
    for name, array in given.items():
        assert back.arrays[name].dtype == array.dtype
        assert back.arrays[name].tobytes() == array.tobytes()


def test_a_strided_array_comes_back_exactly():
    array = np.arange(24).reshape(4, 6)[::2, ::-3].T
    assert np.array_equal(decode("steps", 0, encode(Record("steps", 0, {"a": array}))).arrays["a"], array)


def test_records_are_read_once_each_and_in_order(store, example):
    identity, other = store.add(example.study(0)), store.add(example.study(1))
    assert store.read(identity) == ([], 0)
    written = [example.record(step) for step in range(5)]
    store.append(identity, written[:2], step=1, total=20)
    store.append(other, [example.record(99)], step=1, total=21)
    first, cursor = store.read(identity)
    store.append(identity, written[2:], step=4, total=20)
    second, last = store.read(identity, after=cursor)
    assert [record.step for record in first + second] == [0, 1, 2, 3, 4]
    assert all(same(*pair) for pair in zip(first + second, written, strict=True))
    assert store.read(identity, after=last) == ([], last)
    info = store.get(identity)
    assert (info.step, info.total) == (4, 20)


def test_reading_some_kinds_passes_the_others(store, example):
    identity = store.add(example.study())
    store.append(identity, [example.record(0), example.record(1, "steps"), example.record(2, "conflict")], step=2, total=20)
    found, cursor = store.read(identity, kinds=["steps"])
    assert [record.kind for record in found] == ["steps"]
    assert store.read(identity, after=cursor) == ([], cursor)
    assert store.read(identity, kinds=[])[0] == []


@given(st.lists(st.integers(0, 3), max_size=12), st.lists(st.booleans(), max_size=12))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_batches_a_reader_sees_each_record_once(file_store, example, sizes, looks):
    identity = file_store.add(example.study())
    step, seen, cursor = 0, [], 0
    for place, size in enumerate(sizes):
        file_store.append(identity, [example.record(step + k) for k in range(size)], step=step + size, total=99)
        step += size
        if place < len(looks) and looks[place]:
            batch, cursor = file_store.read(identity, after=cursor)
            seen += [record.step for record in batch]
    seen += [record.step for record in file_store.read(identity, after=cursor)[0]]
    file_store.delete(identity)
    assert seen == list(range(step))


def test_progress_without_records_and_seconds(store, example):
    identity = store.add(example.study())
    store.append(identity, [], step=3, total=20, seconds=1.25)
    store.append(identity, [], step=4, total=20)
    info = store.get(identity)
    assert (info.step, info.seconds) == (4, 1.25)


def test_a_batch_is_kept_whole_or_not_at_all(store, example):
    identity = store.add(example.study())
    with pytest.raises((StoreError, TypeError)):
        store.append(identity, [example.record(0), Record(None, 1, {})], step=2, total=20)  # a kind may not be missing
    assert store.read(identity) == ([], 0)
    assert store.get(identity).step == 0


def test_a_worker_that_lost_its_study_cannot_write(store, example):
    identity = store.add(example.study())
    store.claim("first")
    store.append(identity, [example.record(0)], step=1, total=20, worker="first")
    store.worker_died("first", "it was killed")
    store.claim("second")
    for write in (
        lambda: store.append(identity, [example.record(1)], step=2, total=20, worker="first"),
        lambda: store.save_checkpoint(identity, 2, b"x", worker="first"),
        lambda: store.rewind(identity, worker="first"),
        lambda: store.set_state(identity, "failed", worker="first"),
        lambda: store.give_back(identity, "first"),
        lambda: store.commands(identity, worker="first"),
    ):
        with pytest.raises(UnknownStudyError, match="no longer first's"):
            write()
    assert len(store.read(identity)[0]) == 1
    assert store.checkpoint(identity) is None
    assert store.get(identity).worker == "second"
    with pytest.raises(UnknownStudyError):
        store.append("nothing", [], step=0, total=0)


def test_rewind_drops_what_came_after_the_checkpoint(store, example):
    identity = store.add(example.study())
    store.append(identity, [example.record(0), example.record(1)], step=1, total=20, seconds=1.0)
    store.save_checkpoint(identity, 1, b"one", commands=4, paused=True, seconds=1.0)
    generation = store.get(identity).generation
    point = store.checkpoint(identity)
    assert (point.step, point.payload, point.commands, point.paused, point.seconds) == (1, b"one", 4, True, 1.0)
    assert store.rewind(identity, point.cursor, step=1, seconds=1.0) == 0
    assert store.get(identity).generation == generation, "nothing was dropped, so readers go on"
    store.append(identity, [example.record(2), example.record(3)], step=3, total=20, seconds=2.0)
    _, cursor = store.read(identity)
    assert store.rewind(identity, point.cursor, step=1, seconds=1.0) == 2
    info = store.get(identity)
    assert (info.generation, info.step, info.seconds) == (generation + 1, 1, 1.0)
    assert [record.step for record in store.read(identity)[0]] == [0, 1]
    store.append(identity, [example.record(2)], step=2, total=20)
    assert store.read(identity)[1] > cursor, "a cursor never comes twice"
    assert store.rewind(identity) == 3
    assert store.read(identity)[0] == []
    assert store.checkpoint(identity) is None


def test_a_later_checkpoint_takes_the_place_of_the_earlier(store, example):
    identity = store.add(example.study())
    assert store.checkpoint(identity) is None
    for step in (1, 2):
        store.save_checkpoint(identity, step, bytes([step]) * 100_000)
    assert (store.checkpoint(identity).step, store.checkpoint(identity).payload[:1]) == (2, b"\x02")
    store.set_state(identity, "finished")
    assert store.checkpoint(identity) is None


def test_a_damaged_record_says_so(store, example):
    identity = store.add(example.study())
    store.append(identity, [example.record(7)], step=7, total=20)
    with store.engine.begin() as connection:
        connection.execute(update(records).values(payload=b"\x80\x04not safetensors"))
    with pytest.raises(StoreError, match="step 7 is damaged"):
        store.read(identity)
