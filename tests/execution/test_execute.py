import sqlite3

import numpy as np
import pytest

from mtl_core.diagnostics import Result
from mtl_core.errors import SpecError
from mtl_core.execution.execute import execute
from mtl_core.store import open_store
from mtl_core.training.trainer import Trainer

LONG = 20_000


def test_a_study_is_trained_to_its_end(store, bench):
    study = bench.study()
    store.add(study)
    store.claim("me", "cpu")
    seen = []
    assert execute(store, study.id, "me", progress=lambda step, total: seen.append((step, total))) == "finished"
    info = store.get(study.id)
    assert (info.state, info.step, info.total, info.device, info.worker, info.altered) == (
        "finished",
        20,
        20,
        "cpu",
        None,
        False,
    )
    assert 0 < info.seconds <= (info.finished - info.started).total_seconds()
    assert seen == sorted(seen)
    assert seen[-1] == (20, 20)
    assert store.layout(study.id).runs
    assert bench.stored(store, study) == bench.uninterrupted(study)
    assert store.checkpoint(study.id) is None


def test_the_first_point_is_there_while_it_trains(file_store, bench, hand):
    study = bench.study(LONG)
    file_store.add(study)
    hand(file_store, study.id)
    first = bench.wait(lambda: file_store.read(study.id)[0])[0]
    assert (first.kind, first.step) == ("evaluation", 0)
    assert file_store.get(study.id).step < LONG / 2


def test_pause_step_and_resume(store, bench, hand):
    study = bench.study(200)
    store.add(study)
    store.send(study.id, "pause")
    worker = hand(store, study.id)
    bench.wait(lambda: store.get(study.id).state == "paused")
    at = store.get(study.id).step
    for expected in (at + 1, at + 2):
        store.send(study.id, "step")
        bench.wait(lambda expected=expected: store.get(study.id).step == expected)
    assert store.get(study.id).state == "paused"
    recorded = store.read(study.id, kinds=["steps"])[0]
    assert max(record.step for record in recorded) == at + 1, "steps are counted from 0"
    bench.wait(lambda: store.checkpoint(study.id).step == at + 2)
    assert store.checkpoint(study.id).paused
    store.send(study.id, "resume")
    assert worker.join() == "finished"
    assert bench.stored(store, study) == bench.uninterrupted(study)


def test_step_pauses_a_running_study(file_store, bench, hand):
    study = bench.study(LONG)
    file_store.add(study)
    hand(file_store, study.id)
    bench.wait(lambda: file_store.get(study.id).step > 3)
    file_store.send(study.id, "step")
    bench.wait(lambda: file_store.get(study.id).state == "paused")


def test_stop_keeps_the_records_and_asking_again_goes_on(store, bench, hand):
    study = bench.study(400)
    store.add(study)
    worker = hand(store, study.id)
    bench.wait(lambda: store.get(study.id).step > 3)
    store.send(study.id, "stop")
    assert worker.join() == "stopped"
    info = store.get(study.id)
    assert info.state == "stopped"
    assert 3 < info.step < 400
    last = store.read(study.id, kinds=["evaluation"])[0][-1]
    assert (last.step, "test" in last.arrays) == (info.step, True), "a study that ends early is measured where it stands"
    store.add(study)
    assert hand(store, study.id, "next").join() == "finished"
    assert store.get(study.id).generation == info.generation + 1
    assert bench.stored(store, study) == bench.uninterrupted(study)


def test_leaving_keeps_the_study_for_the_next_worker(store, bench, hand):
    study = bench.study(200)
    store.add(study)
    first = hand(store, study.id)
    bench.wait(lambda: store.get(study.id).step > 3)
    first.leave.set()
    assert first.join() == "queued"
    assert store.checkpoint(study.id).step == store.get(study.id).step
    assert hand(store, study.id, "next").join() == "finished"
    assert bench.stored(store, study) == bench.uninterrupted(study)


def test_what_was_recorded_after_the_checkpoint_is_not_doubled(store, bench, hand):
    study = bench.study(200)
    store.add(study)
    first = hand(store, study.id)
    bench.wait(lambda: store.get(study.id).step > 3)
    first.leave.set()
    first.join()
    # As a crash leaves it: records of steps that the checkpoint does not know.
    generation, step = store.get(study.id).generation, store.get(study.id).step
    store.append(study.id, store.read(study.id)[0], step=step + 50, total=200)
    assert hand(store, study.id, "next").join() == "finished"
    assert store.get(study.id).generation == generation + 1
    assert bench.stored(store, study) == bench.uninterrupted(study)


def test_commands_from_before_the_resume_are_not_obeyed_again(file_store, bench, hand):
    study = bench.study(LONG)
    file_store.add(study)
    file_store.send(study.id, "pause")
    file_store.send(study.id, "step")
    file_store.send(study.id, "step")
    first = hand(file_store, study.id)
    bench.wait(lambda: file_store.get(study.id).step == 2)
    first.leave.set()
    assert first.join() == "paused"
    assert file_store.claim("next") is None, "a paused study waits without a worker"
    file_store.send(study.id, "step")
    next_hand = hand(file_store, study.id, "next")
    bench.wait(lambda: file_store.get(study.id).step == 3)
    next_hand.leave.set()
    next_hand.join()
    assert file_store.get(study.id).step == 3
    assert file_store.get(study.id).state == "paused"


def test_a_paused_study_makes_room_for_another(file_store, bench, hand):
    study, other = bench.study(LONG), bench.study(21)
    file_store.add(study)
    file_store.send(study.id, "pause")
    worker = hand(file_store, study.id)
    bench.wait(lambda: file_store.get(study.id).state == "paused")
    file_store.add(other)
    assert worker.join() == "paused"
    assert file_store.get(study.id).worker is None
    assert hand(file_store, other.id).join() == "finished"
    file_store.send(study.id, "stop")
    assert file_store.get(study.id).state == "stopped"


def test_weights_and_learning_rate_change_while_it_trains(store, bench, hand):
    study = bench.study(LONG, weights=[(0.5, 0.5)], methods=[])
    store.add(study)
    store.send(study.id, "pause")
    worker = hand(store, study.id)
    bench.wait(lambda: store.get(study.id).state == "paused")
    store.send(study.id, "set_weights", weights=[0.9, 0.1])
    store.send(study.id, "set_learning_rate", value=0.001)
    store.send(study.id, "step")
    bench.wait(lambda: store.get(study.id).step == 1)
    assert store.get(study.id).altered
    (record,) = store.read(study.id, kinds=["steps"])[0]
    weights = dict(zip(record.arrays["run"].tolist(), record.arrays["weights"][0], strict=True))
    assert np.allclose(weights[2], [0.9, 0.1])
    assert np.allclose(weights[0], [1, np.nan], equal_nan=True), "a baseline stays one"
    for name, arguments, words in (
        ("set_weights", {"weights": [0.9, 0.9]}, "simplex"),
        ("set_weights", {"weights": [1.0]}, "2 numbers"),
        ("set_weights", {}, "weights"),
        ("set_learning_rate", {"value": 1e9}, "learning_rate"),
        ("set_learning_rate", {"value": "fast"}, "learning_rate"),
        ("step", {"times": 0}, "times must be a whole number"),
        ("step", {"times": "10"}, "times must be a whole number"),
    ):
        store.send(study.id, name, **arguments)
        bench.wait(lambda: store.get(study.id).reason)
        reason = store.get(study.id).reason
        assert f"{name} was refused" in reason
        assert words in reason
        store.send(study.id, "resume")
        bench.wait(lambda: store.get(study.id).state == "running" and not store.get(study.id).reason)
        store.send(study.id, "pause")
        bench.wait(lambda: store.get(study.id).state == "paused")
    store.send(study.id, "stop")
    assert worker.join() == "stopped"


def test_steps_are_taken_along_one_tasks_gradient(file_store, bench, hand):
    study = bench.study(LONG, methods=["pcgrad"])
    file_store.add(study)
    file_store.send(study.id, "pause")
    worker = hand(file_store, study.id)
    bench.wait(lambda: file_store.get(study.id).state == "paused")
    file_store.send(study.id, "step", along=[0.4, 0.4], label="pcgrad")
    bench.wait(lambda: "step was refused" in file_store.get(study.id).reason)
    assert file_store.get(study.id).step == 0
    file_store.send(study.id, "step", times=10, along=[0, 1], label="pcgrad")
    command = file_store.send(study.id, "step", times=2)
    bench.wait(lambda: (point := file_store.checkpoint(study.id)).step == 12 and point.commands == command)
    info = file_store.get(study.id)
    assert (info.state, info.step, info.altered) == ("paused", 12, True)
    changes = Result(study, file_store.layout(study.id), file_store.read(study.id)[0]).changes
    assert changes[["step", "updates", "along_left", "along_right"]].to_numpy().tolist() == [[0, 10, 0, 1]]
    file_store.send(study.id, "stop")
    assert worker.join() == "stopped"


def test_deleting_a_running_study_ends_it(store, bench, hand):
    study = bench.study(LONG)
    store.add(study)
    worker = hand(store, study.id)
    bench.wait(lambda: store.get(study.id).step > 3)
    store.delete(study.id)
    assert worker.join() is None
    assert store.list() == []


def test_a_study_deleted_and_asked_for_again_is_not_the_old_workers(store, bench, hand):
    study = bench.study(LONG)
    store.add(study)
    worker = hand(store, study.id)
    bench.wait(lambda: store.get(study.id).step > 3)
    store.delete(study.id)
    store.add(study)
    assert worker.join() is None
    info = store.get(study.id)
    assert (info.state, info.step) == ("queued", 0)
    assert store.read(study.id)[0] == []


def test_how_far_the_examples_are_is_said_while_they_are_made(file_store, bench, monkeypatch):
    from mtl_core.execution import execute as room
    from mtl_core.suites import cache

    said = []

    def made(*given, **more):
        said.extend(file_store.get(study.id).reason for _ in cache.in_turn(range(4)))
        return Trainer(*given, **more)

    study = bench.study()
    file_store.add(study)
    file_store.claim("me", "cpu")
    monkeypatch.setattr(cache, "_PAUSE", 0)
    monkeypatch.setattr(room, "Trainer", made)
    assert execute(file_store, study.id, "me") == "finished"
    assert said == [f"making the examples ready: {share} %." for share in (0, 25, 50, 75)]
    assert file_store.get(study.id).reason == ""
    assert list(cache.in_turn([1, 2])) == [1, 2], "nobody asks"


def test_what_cannot_be_trained_fails_with_the_reason(store, bench, hand):
    study = bench.study(device="cuda:77")
    store.add(study)
    with pytest.raises(SpecError):
        hand(store, study.id).join()
    info = store.get(study.id)
    assert info.state == "failed"
    assert info.finished
    assert "device must be auto or one of" in info.reason


def test_data_that_vanished_fail_with_the_reason(file_store, bench, hand, tmp_path):
    study = bench.study()
    file_store.add(study)
    with file_store._writing() as connection:
        connection.exec_driver_sql("UPDATE seesaw_studies SET spec = replace(spec, 'digits_pair', 'digits_pear')")
    with pytest.raises(SpecError):
        hand(file_store, study.id).join()
    info = file_store.get(study.id)
    assert info.state == "failed"
    assert "did you mean 'digits_pair'" in info.reason


def test_a_failure_in_training_keeps_the_records_and_says_what_it_was(file_store, bench, hand, monkeypatch):
    study = bench.study(40)
    file_store.add(study)
    from mtl_core.training.cohort import Cohort

    real = Cohort.step

    def breaks(self, step):
        if step == 30:
            raise MemoryError("no more")
        return real(self, step)

    monkeypatch.setattr(Cohort, "step", breaks)
    with pytest.raises(MemoryError):
        hand(file_store, study.id).join()
    info = file_store.get(study.id)
    assert (info.state, info.reason, info.step) == ("failed", "MemoryError: no more", 30)
    assert max(record.step for record in file_store.read(study.id, kinds=["steps"])[0]) == 29


def test_a_damaged_checkpoint_means_the_beginning(store, bench, hand):
    study = bench.study(200)
    store.add(study)
    first = hand(store, study.id)
    bench.wait(lambda: store.get(study.id).step > 3)
    first.leave.set()
    first.join()
    store.save_checkpoint(study.id, 5, b"damaged")
    assert hand(store, study.id, "next").join() == "finished"
    assert bench.stored(store, study) == bench.uninterrupted(study)


def test_ctrl_c_in_this_process_leaves_a_stopped_study(file_store, bench):
    study = bench.study(LONG)
    file_store.add(study)
    file_store.claim("me")

    def press(step: int, total: int) -> None:
        if step > 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(file_store, study.id, "me", progress=press)
    info = file_store.get(study.id)
    assert info.state == "stopped"
    assert file_store.read(study.id)[0]


def test_a_store_that_is_locked_for_a_while_loses_nothing(tmp_path, bench, hand):
    file = tmp_path / "store.db"
    study = bench.study(200)
    with open_store(file, patience=0.1) as store:
        store.add(study)
        worker = hand(store, study.id)
        bench.wait(lambda: store.get(study.id).step > 3)
        other = sqlite3.connect(file, isolation_level=None)
        bench.wait(lambda: _lock(other))
        step = store.get(study.id).step
        worker._thread.join(1.5)
        assert store.get(study.id).step == step
        other.execute("ROLLBACK")
        other.close()
        assert worker.join() == "finished"
        assert bench.stored(store, study) == bench.uninterrupted(study)


def _lock(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    return True
