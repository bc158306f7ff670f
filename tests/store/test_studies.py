from datetime import UTC, datetime

import pytest

from mtl_core.errors import SpecError, UnknownStudyError
from mtl_core.spec import Study
from mtl_core.store import NAME_LENGTH, StudyInfo


def test_a_study_comes_back_as_it_was_asked(store, example):
    study = example.study(methods=["equal"], seeds=[3, 5], weights=[(0.3, 0.7)])
    identity = store.add(study, "  first\n try \x00")
    info = store.get(identity)
    assert identity == study.id
    assert info.study == study
    assert info.study.id == study.id
    assert info.name == "first try"
    assert (info.state, info.position, info.step, info.total, info.seconds) == ("queued", 1, 0, 0, 0.0)
    assert info.started is None
    assert info.finished is None
    assert info.worker is None
    assert not info.altered
    assert info.created.tzinfo is UTC
    assert abs((datetime.now(UTC) - info.created).total_seconds()) < 60


@pytest.mark.parametrize(
    ("state", "step", "total", "active", "progress"),
    [
        ("queued", 0, 0, True, 0.0),
        ("running", 5, 20, True, 0.25),
        ("paused", 5, 20, True, 0.25),
        ("running", 30, 20, True, 1.0),
        ("stopped", 5, 20, False, 0.25),
        ("failed", 0, 0, False, 0.0),
        ("finished", 0, 0, False, 1.0),
    ],
)
def test_how_far_a_study_is_and_whether_it_may_change(state, step, total, active, progress):
    now = datetime.now(UTC)
    info = StudyInfo("a", "", {}, state, "", step, total, now, None, None, 0.0, 0, None, "")
    assert (info.active, info.progress) == (active, progress)


def test_asking_twice_queues_once(store, example):
    study = example.study()
    assert store.add(study) == store.add(Study.from_dict(study.to_dict()))
    assert len(store.list()) == 1
    store.claim("worker")
    store.add(study)
    assert store.get(study.id).state == "running"
    store.set_state(study.id, "finished")
    store.add(study)
    assert store.get(study.id).state == "finished"


def test_a_name_is_kept_and_a_missing_one_is_filled_in(store, example):
    identity = store.add(example.study())
    store.add(example.study(), "given later")
    store.add(example.study(), "another")
    assert store.get(identity).name == "given later"


def test_a_stopped_study_goes_on_and_a_failed_one_starts_again(store, example):
    for state in ("stopped", "failed"):
        identity = store.add(example.study(len(state)))
        assert store.claim("worker").id == identity
        store.append(identity, [example.record(0)], step=7, total=20, seconds=1.5)
        store.save_checkpoint(identity, 7, b"weights", paused=True)
        store.send(identity, "stop")
        store.set_state(identity, state, "because")
        before = store.get(identity)
        store.add(before.study)
        after = store.get(identity)
        assert (after.state, after.reason, after.finished) == ("queued", "", None)
        assert store.commands(identity) == [], "an old stop must not stop the new attempt"
        if state == "stopped":
            assert (after.step, after.generation) == (7, before.generation)
            assert not store.checkpoint(identity).paused
            assert len(store.read(identity)[0]) == 1
        else:
            assert after.step == 0
            assert after.generation != before.generation
            assert store.checkpoint(identity) is None
            assert store.read(identity)[0] == []
        assert store.claim("worker").id == identity
        store.set_state(identity, "finished")


def test_a_study_altered_by_hand_is_trained_again_when_its_spec_is_asked_for(store, example):
    identity = store.add(example.study())
    store.claim("worker")
    store.mark_altered(identity)
    store.append(identity, [example.record(0)], step=20, total=20)
    store.set_state(identity, "finished")
    assert store.get(identity).altered
    store.add(example.study())
    info = store.get(identity)
    assert (info.state, info.altered, info.step) == ("queued", False, 0)
    assert store.read(identity)[0] == []


def test_newest_first_and_positions_in_the_queue(store, example):
    ids = [store.add(example.study(number)) for number in range(4)]
    assert [info.id for info in store.list()] == ids[::-1]
    assert store.claim("worker").id == ids[0]
    assert {info.id: info.position for info in store.list()} == {ids[0]: None, ids[1]: 1, ids[2]: 2, ids[3]: 3}
    assert [store.get(identity).position for identity in ids] == [None, 1, 2, 3]
    assert store.waiting() == 3


def test_rename_keeps_any_text_as_text(store, example):
    identity = store.add(example.study())
    for name in ("'; DROP TABLE seesaw_studies; --", "<b>多任务</b> 🎓", ""):
        store.rename(identity, name)
        assert store.get(identity).name == name
    store.rename(identity, "x" * NAME_LENGTH)
    with pytest.raises(SpecError, match=f"at most {NAME_LENGTH}"):
        store.rename(identity, "x" * (NAME_LENGTH + 1))


def test_delete_forgets_everything(store, example):
    study = example.study()
    identity = store.add(study)
    store.append(identity, [example.record(0)], step=1, total=20)
    store.save_checkpoint(identity, 1, b"x")
    store.send(identity, "pause")
    generation = store.get(identity).generation
    cursor = store.read(identity)[1]
    store.delete(identity)
    assert store.list() == []
    for ask in (store.get, store.layout, store.commands, store.read, store.delete):
        with pytest.raises(UnknownStudyError, match=identity):
            ask(identity)
    with pytest.raises(UnknownStudyError):
        store.rename(identity, "x")
    store.add(study)
    assert store.read(identity) == ([], 0)
    assert store.commands(identity) == []
    assert store.checkpoint(identity) is None
    assert store.get(identity).generation != generation, "a reader of the old one must notice"
    store.append(identity, [example.record(0)], step=1, total=20)
    assert store.read(identity)[1] > cursor, "a cursor never comes twice"


def test_layout_comes_back_equal(store, example):
    study = example.study(methods=["equal"], weights=[(0.25, 0.75)])
    identity = store.add(study)
    assert store.layout(identity) is None
    store.set_layout(identity, example.layout(study))
    assert store.layout(identity) == example.layout(study)
    assert store.get(identity).device == "cpu"
