import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from mtl_core.errors import SpecError, UnknownStudyError
from mtl_core.store import CRASHES, open_store
from mtl_core.store.tables import commands, studies, workers
from mtl_core.store.turns import EVERYBODY


def expire(store, table=studies):
    """Let time pass: every lease is over."""
    column = "lease" if table is studies else "seen"
    with store._writing() as connection:
        connection.execute(update(table).where(table.c[column].is_not(None)).values({column: 1.0}))


def test_first_come_first_trained(store, example):
    ids = [store.add(example.study(number)) for number in range(3)]
    assert store.claim("a", "cpu").id == ids[0]
    assert store.claim("b", study_id=ids[2]).id == ids[2]
    assert store.claim("b", study_id=ids[2]) is None
    assert store.claim("c").id == ids[1]
    assert store.claim("d") is None
    info = store.get(ids[0])
    assert (info.state, info.worker, info.device) == ("running", "a", "cpu")
    assert info.started.tzinfo is UTC
    assert info.finished is None
    store.set_state(ids[0], "finished", worker="a")
    info = store.get(ids[0])
    assert (info.state, info.worker) == ("finished", None)
    assert info.finished >= info.started


_CLAIMER = """
import sys
from mtl_core.store import open_store
store, mine = open_store(sys.argv[1]), []
sys.stdin.readline()
while (info := store.claim(sys.argv[2])) is not None:
    mine.append(info.id)
print(*mine)
"""


def test_two_processes_never_get_the_same_study(store, store_url, example):
    ids = {store.add(example.study(number)) for number in range(30)}
    claimers = [
        subprocess.Popen(
            [sys.executable, "-c", _CLAIMER, store_url, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in ("a", "b")
    ]
    taken = []
    with ThreadPoolExecutor() as pool:
        for out, _ in pool.map(lambda claimer: claimer.communicate("go\n", timeout=120), claimers):
            taken += out.split()
    assert len(taken) == 30
    assert set(taken) == ids
    assert {info.worker for info in store.list()} <= {"a", "b"}


def test_many_threads_of_one_store_never_get_the_same_study(store, example):
    for number in range(20):
        store.add(example.study(number))
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda k: store.claim(f"worker {k}"), range(30)))
    found = [info.id for info in taken if info]
    assert len(found) == len(set(found)) == 20


def test_a_silent_worker_loses_its_study(store, example):
    identity = store.add(example.study())
    store.claim("first")
    assert store.heartbeat(identity, "first")
    assert store.claim("second") is None
    expire(store)
    assert store.claim("second").id == identity
    assert not store.heartbeat(identity, "first")
    assert store.heartbeat(identity, "second")


def test_a_silent_worker_that_reports_in_time_keeps_its_study(store, example):
    identity = store.add(example.study())
    store.claim("first")
    expire(store)
    assert store.heartbeat(identity, "first")
    assert store.claim("second") is None


def test_a_dead_worker_loses_its_study_at_once_and_keeps_its_place(store, example):
    first, second = store.add(example.study(0)), store.add(example.study(1))
    store.claim("worker")
    store.register("worker", "cpu")
    assert list(store.worker_died("worker", "it was killed")) == [first]
    assert [store.get(first).position, store.get(second).position] == [1, 2]
    assert store.workers() == []
    assert list(store.worker_died("worker", "it was killed")) == []


def test_a_study_in_which_workers_keep_dying_fails_with_the_reason(store, example):
    identity = store.add(example.study())
    for attempt in range(CRASHES):
        assert store.get(identity).state == "queued", attempt
        store.claim(f"worker {attempt}")
        store.worker_died(f"worker {attempt}", "it was killed by signal 9\0" + "x" * 5000)
    info = store.get(identity)
    assert info.state == "failed"
    assert info.worker is None
    assert info.finished
    assert f"died {CRASHES} times" in info.reason
    assert "signal 9" in info.reason
    assert len(info.reason) <= 2000
    store.add(example.study())
    store.claim("worker")
    store.worker_died("worker", "again")
    assert store.get(identity).state == "queued", "the count starts again"


def test_progress_between_crashes_forgives_them(store, example):
    identity = store.add(example.study())
    for attempt in range(3 * CRASHES):
        store.claim("worker")
        store.save_checkpoint(identity, attempt + 1, b"x", worker="worker")
        store.worker_died("worker", "it was killed")
        assert store.get(identity).state == "queued"
    for _ in range(CRASHES - 1):
        store.claim("worker")
        store.save_checkpoint(identity, 3 * CRASHES, b"the same step is no progress", worker="worker")
        store.worker_died("worker", "it was killed")
    assert store.get(identity).state == "failed"


def test_giving_back_is_no_crash(store, example):
    identity = store.add(example.study())
    for _ in range(CRASHES + 1):
        store.claim("worker")
        store.give_back(identity, "worker")
        assert store.get(identity).state == "queued"


def test_a_paused_study_waits_without_a_worker_until_it_is_told_to_go_on(store, example):
    identity = store.add(example.study())
    for wake in ("resume", "step"):
        store.claim("worker")
        pause = store.send(identity, "pause")
        store.set_state(identity, "paused", worker="worker")
        store.save_checkpoint(identity, 3, b"x", commands=pause, paused=True, worker="worker")
        store.give_back(identity, "worker")
        assert store.get(identity).state == "paused"
        assert store.get(identity).worker is None
        assert store.claim("worker") is None
        store.send(identity, "set_learning_rate", value=0.1)
        assert store.claim("worker") is None
        store.send(identity, wake)
        assert store.get(identity).position == 1


def test_a_command_that_came_while_letting_go_is_not_lost(store, example):
    identity = store.add(example.study())
    store.claim("worker")
    pause = store.send(identity, "pause")
    store.set_state(identity, "paused", worker="worker")
    store.save_checkpoint(identity, 3, b"x", commands=pause, paused=True, worker="worker")
    store.send(identity, "resume")  # the worker still holds the study and has not seen this
    store.give_back(identity, "worker")
    assert store.get(identity).state == "queued"


def test_stop_acts_at_once_where_nobody_trains(store, example):
    queued, paused, running = (store.add(example.study(number)) for number in range(3))
    store.send(queued, "stop")
    assert store.get(queued).state == "stopped"
    assert store.get(queued).finished
    assert store.claim("worker").id == paused
    store.set_state(paused, "paused")
    store.save_checkpoint(paused, 1, b"x", paused=True)
    store.give_back(paused, "worker")
    store.send(paused, "stop")
    assert store.get(paused).state == "stopped"
    assert store.claim("worker").id == running
    store.send(running, "stop")
    assert store.get(running).state == "running", "its worker must stop it"


def test_commands_are_read_by_cursor(store, example):
    identity, other = store.add(example.study(0)), store.add(example.study(1))
    store.claim("worker")
    first = store.send(identity, "set_weights", weights=[0.3, 0.7], label=None)
    store.send(other, "pause")
    second = store.send(identity, "pause")
    assert first < second
    found = store.commands(identity)
    assert [(command.id, command.name, command.arguments) for command in found] == [
        (first, "set_weights", {"weights": [0.3, 0.7], "label": None}),
        (second, "pause", {}),
    ]
    assert [command.id for command in store.commands(identity, after=first)] == [second]
    assert store.commands(identity, after=second) == []
    with pytest.raises(SpecError, match="did you mean 'pause'"):
        store.send(identity, "puase")
    with pytest.raises(UnknownStudyError):
        store.send("nothing", "pause")


def test_a_stop_that_is_not_obeyed_becomes_overdue(store, example):
    identity, other = store.add(example.study(0)), store.add(example.study(1))
    store.claim("worker")
    store.claim("other")
    store.send(identity, "stop")
    assert store.overdue(5) == []
    with store._writing() as connection:
        connection.execute(update(commands).values(sent=commands.c.sent - 6))
    assert store.overdue(5) == [(identity, "worker")]
    store.set_state(identity, "stopped")
    assert store.overdue(5) == []
    assert store.get(other).state == "running"


def test_workers_report_and_are_forgotten(store, example):
    store.register("a", "cuda:0", ["cuda:0", "cuda:1", "cpu"])
    store.register("b", "cpu")
    identity = store.add(example.study())
    store.claim("a", "cuda:0")
    first, second = store.workers()
    assert (first.name, first.device, first.devices, first.study) == ("a", "cuda:0", ("cuda:0", "cuda:1", "cpu"), identity)
    assert first.pid > 0
    assert first.host
    assert first.seen >= first.started
    assert (second.name, second.study) == ("b", None)
    store.set_state(identity, "finished")
    assert store.workers()[0].study is None
    expire(store, workers)
    assert store.workers() == []
    store.report("b")
    assert [worker.name for worker in store.workers()] == ["b"]
    store.unregister("b")
    assert store.workers() == []


def test_readers_and_a_writer_at_once(store, store_url, example):
    """Many pages read while one worker appends: nobody fails, nobody sees a record twice or misses one."""
    identity = store.add(example.study())

    def read() -> list[int]:
        with open_store(store_url) as mine:
            steps, cursor = [], 0
            while len(steps) < 60:
                batch, cursor = mine.read(identity, after=cursor)
                steps += [record.step for record in batch]
            return steps

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        for step in range(60):
            store.append(identity, [example.record(step)], step=step, total=60)
        assert all(reader.result(timeout=120) == list(range(60)) for reader in readers)


def test_trouble_with_workers_is_told_apart_from_studies_and_goes_when_one_comes(store, example):
    waiting = store.add(example.study(0))
    store.note_trouble("the training process does not start")
    assert store.trouble() == "the training process does not start"
    assert store.get(waiting).reason == "", "a queued study carries nobody else's reason"
    store.register("worker", "cpu")
    assert store.trouble() == ""


def test_a_worker_whose_study_was_taken_away_is_adrift_until_it_reports(store, example):
    store.register("worker", "cpu")
    identity = store.add(example.study())
    assert store.adrift() == []
    store.claim("worker")
    assert store.adrift() == []
    store.delete(identity)
    assert store.adrift() == ["worker"]
    store.report("worker")
    assert store.adrift() == []


@given(
    st.lists(st.sampled_from(["ask 0", "ask 1", "ask 2", "ask 3", "ask *", "claim", "claim", "end"]), min_size=5, max_size=40)
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobodys_second_question_is_trained_before_everybodys_first(tmp_path, example, events):
    """However people ask and workers finish: while somebody's first question waits, nobody's second is begun."""
    served, waits, running = {}, {}, []  # how often each owner was served since the queue was empty, and what waits
    with open_store(f"sqlite:///{tmp_path}/{uuid.uuid4().hex}.db") as store:
        for number, event in enumerate(events):
            if not (waits or running):
                served = {}
            if event.startswith("ask"):
                owner = event.removeprefix("ask ")
                waits[store.add(example.study(number), owner=owner)] = owner
            elif event == "claim" and len(running) < 2 and (info := store.claim(f"worker {number}")):
                owner = waits.pop(info.id)
                running.append(info.id)
                if owner != EVERYBODY:
                    served[owner] = served.get(owner, 0) + 1
                    firsts = [other for other in waits.values() if other != EVERYBODY and not served.get(other)]
                    assert served[owner] == 1 or not firsts, "a first question waits"
                    assert served[owner] == 1 or EVERYBODY not in waits.values(), "what everybody looks at waits"
            elif event == "end" and running:
                store.set_state(running.pop(), "finished")
            places = {info.id: info.position for info in store.list() if info.position}
            assert sorted(places.values()) == list(range(1, len(waits) + 1))
            assert all(store.get(study_id).position == place for study_id, place in places.items())


def test_a_study_that_was_taken_back_keeps_its_turn(store, example):
    first = store.add(example.study(0), owner="a")
    second = store.add(example.study(1), owner="a")
    other = store.add(example.study(2), owner="b")
    assert store.claim("worker").id == first
    store.give_back(first, "worker")
    assert [info.id for info in sorted(store.list(), key=lambda info: info.position)] == [first, other, second]
