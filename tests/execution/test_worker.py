import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
import torch

from mtl_core.errors import WorkerError
from mtl_core.execution import supervisor as supervision
from mtl_core.execution import worker_process
from mtl_core.execution.supervisor import Supervisor
from mtl_core.execution.worker import leave_a_core
from mtl_core.store import CRASHES, Store

LONG = 20_000
posix = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")


@pytest.fixture
def supervise() -> Iterator[Callable[..., Supervisor]]:
    running: list[Supervisor] = []

    def begin(store: Store, **given: float) -> Supervisor:
        running.append(Supervisor(store.url, **given))
        running[-1].start()
        return running[-1]

    yield begin
    for supervisor in running:
        supervisor.stop()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    # An orphan that ended may wait for its new parent to notice.
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return found.strip().startswith("Z")


def trains(store: Store, identity: str) -> bool:
    info = store.get(identity)
    return info.state == "running" and info.step > 3


def test_a_worker_beside_a_server_leaves_it_a_core_unless_told_otherwise(monkeypatch):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(4)
        leave_a_core()
        assert torch.get_num_threads() == 4, "the tests themselves say how many"
        monkeypatch.delenv("OMP_NUM_THREADS")
        for left in (3, 2, 1, 1):
            leave_a_core()
            assert torch.get_num_threads() == left
    finally:
        torch.set_num_threads(before)


def test_a_worker_is_warm_and_trains_what_comes(file_store, bench, supervise):
    supervisor = supervise(file_store)
    bench.wait(file_store.workers, "a worker reports")
    (worker,) = file_store.workers()
    assert worker.pid == supervisor.processes[0].pid != os.getpid()
    assert "cpu" in worker.devices
    assert worker.study is None
    studies = [bench.study(20), bench.study(21)]
    for study in studies:
        file_store.add(study)
    for study in studies:
        bench.wait(lambda study=study: file_store.get(study.id).state == "finished")
        assert bench.stored(file_store, study) == bench.uninterrupted(study)
    bench.wait(lambda: file_store.workers()[0].study is None)
    assert "is ready" in supervisor.log.read_text()


@posix
def test_a_study_whose_worker_is_killed_ends_with_the_same_numbers(store, bench, supervise):
    """Killed once before the first checkpoint and once after one, in the middle of training."""
    study = bench.study(1500)
    store.add(study)
    supervisor = supervise(store)
    bench.wait(lambda: trains(store, study.id))
    first = supervisor.processes[0].pid
    os.kill(first, signal.SIGKILL)
    bench.wait(lambda: store.get(study.id).worker != f"{first}" and supervisor.processes[0].pid not in (None, first))
    bench.wait(lambda: trains(store, study.id))
    store.send(study.id, "pause")
    bench.wait(lambda: store.checkpoint(study.id))
    point = store.checkpoint(study.id).step
    store.send(study.id, "resume")
    bench.wait(lambda: store.get(study.id).step > point)
    generation = store.get(study.id).generation
    os.kill(supervisor.processes[0].pid, signal.SIGKILL)
    bench.wait(lambda: store.get(study.id).state == "finished")
    info = store.get(study.id)
    assert info.generation > generation, "what the killed worker recorded after the checkpoint was dropped"
    assert info.step == info.total == 1500
    assert bench.stored(store, study) == bench.uninterrupted(study)


@posix
def test_a_study_that_kills_its_workers_fails_with_the_reason(file_store, bench, supervise, monkeypatch):
    monkeypatch.setattr(worker_process, "BACKOFF", (0.05,))
    study = bench.study(LONG)
    file_store.add(study)
    supervisor = supervise(file_store)
    for _ in range(CRASHES):
        bench.wait(lambda: file_store.get(study.id).worker == supervisor.processes[0].name)
        os.kill(supervisor.processes[0].pid, signal.SIGKILL)
        bench.wait(lambda: file_store.get(study.id).worker is None)
    info = file_store.get(study.id)
    assert info.state == "failed"
    assert f"died {CRASHES} times" in info.reason
    assert "SIGKILL" in info.reason


@posix
@pytest.mark.parametrize("ask", ["stop", "delete"])
def test_a_worker_that_does_not_obey_is_killed(file_store, bench, supervise, ask):
    study = bench.study(LONG)
    file_store.add(study)
    supervisor = supervise(file_store, grace=0.5)
    bench.wait(lambda: trains(file_store, study.id))
    deaf = supervisor.processes[0].pid
    os.kill(deaf, signal.SIGSTOP)
    if ask == "stop":
        file_store.send(study.id, "stop")
        bench.wait(lambda: file_store.get(study.id).state == "stopped")
        assert "did not stop within 0.5 s" in file_store.get(study.id).reason
        assert file_store.read(study.id)[0], "what was recorded stays"
    else:
        file_store.delete(study.id)
    bench.wait(lambda: not alive(deaf))
    bench.wait(lambda: supervisor.processes[0].pid not in (None, deaf), "another worker starts")
    if ask == "stop":
        time.sleep(0.5)
        assert file_store.get(study.id).state == "stopped"


@posix
def test_sigterm_puts_the_study_down_and_the_next_worker_goes_on(file_store, bench, supervise):
    study = bench.study(1500)
    file_store.add(study)
    command = [sys.executable, "-m", "mtl_core.execution.worker", "--store", file_store.url, "--name", "alone"]
    alone = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    bench.wait(lambda: trains(file_store, study.id))
    alone.send_signal(signal.SIGTERM)
    assert alone.wait(60) == 0
    info = file_store.get(study.id)
    assert (info.state, info.worker) == ("queued", None)
    assert file_store.checkpoint(study.id).step == info.step > 0
    assert file_store.workers() == []
    supervise(file_store)
    bench.wait(lambda: file_store.get(study.id).state == "finished")
    assert file_store.get(study.id).generation == info.generation, "nothing was trained twice"
    assert bench.stored(file_store, study) == bench.uninterrupted(study)


@posix
def test_a_worker_does_not_outlive_its_server(file_store, bench):
    script = (
        "import sys, time; from mtl_core.execution.supervisor import Supervisor as S; S(sys.argv[1]).start(); time.sleep(600)"
    )
    study = bench.study(LONG)
    file_store.add(study)
    server = subprocess.Popen([sys.executable, "-c", script, file_store.url])
    try:
        bench.wait(lambda: trains(file_store, study.id))
        (worker,) = file_store.workers()
    finally:
        server.kill()
        server.wait()
    bench.wait(lambda: not alive(worker.pid))
    assert file_store.get(study.id).state == "queued"
    assert file_store.checkpoint(study.id) is not None


def test_a_supervisor_that_stops_leaves_no_worker_and_no_lost_study(file_store, bench):
    study = bench.study(LONG)
    file_store.add(study)
    with Supervisor(file_store.url) as supervisor:
        bench.wait(lambda: trains(file_store, study.id))
        pid = supervisor.processes[0].pid
    assert not alive(pid)
    assert file_store.get(study.id).state == "queued"


def test_a_worker_that_cannot_start_is_said_to_those_who_wait(file_store, bench, supervise, monkeypatch):
    monkeypatch.setattr(supervision, "HOPELESS", 1)
    monkeypatch.setattr(
        worker_process.WorkerProcess, "environment", lambda self: os.environ | {"SEESAW_STORE": "mysql://nowhere/x"}
    )
    study = bench.study()
    file_store.add(study)
    supervisor = supervise(file_store)
    trouble = bench.wait(file_store.trouble)
    assert "does not start" in trouble
    assert str(supervisor.log) in trouble
    info = file_store.get(study.id)
    assert (info.state, info.reason) == ("queued", ""), "the reason is the worker's and not the study's"
    assert "mysql" in supervisor.log.read_text()


def test_a_missing_interpreter_is_a_worker_error(file_store, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(WorkerError, match="could not be started"):
        Supervisor(file_store.url).start()
