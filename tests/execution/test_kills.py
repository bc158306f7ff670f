"""Whoever trains may be killed at any moment: what comes out is what would have come out."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text

import mtl_core as mtl
from mtl_core.execution import execute as execution
from mtl_core.spec import Study
from mtl_core.store import Store, open_store, queue

KILLS = 20
STEPS = 1000

# One worker that is killed once is in ``test_worker.py``; the many kills here take minutes.
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")]


def _hardy() -> None:
    """Checkpoints close together, and a study that is not given up however early its processes are killed."""
    execution.CHECKPOINT = 0.05
    queue.CRASHES = 10 * KILLS


def _as_worker(url: str, study_id: str, name: str) -> None:
    """Claim the study and train it, as a worker does."""
    _hardy()
    with open_store(url) as store:
        if store.claim(name, "cpu", study_id) is not None:
            execution.execute(store, study_id, name)


def _as_person(url: str, study: Study) -> None:
    """Train the study, as ``seesaw run`` and a notebook do."""
    _hardy()
    mtl.run(study, url)


def _let_leases_run_out(store: Store) -> None:
    """What fifteen seconds of silence come to."""
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE seesaw_studies SET lease = lease - 20 WHERE lease IS NOT NULL"))


def test_twenty_kills_change_no_number(store, store_url, bench, monkeypatch):
    monkeypatch.setattr(queue, "CRASHES", 10 * KILLS)
    study = bench.study(STEPS, methods=["uw", "rlw"], conflict_every=50, evaluate_every=200)
    store.add(study)
    # Forked from a process that has loaded torch: a fresh one would take seconds to begin, twenty times.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mtl_core.execution.execute", "mtl_core.api"])
    moments = random.Random(7)
    kills, reached, before = 0, [], None
    while kills < KILLS and store.get(study.id).state != "finished":
        if kills % 2:
            victim = context.Process(target=_as_person, args=(store_url, study))
        else:
            victim = context.Process(target=_as_worker, args=(store_url, study.id, f"worker {kills}"))
        victim.start()
        others = (None, before)
        bench.wait(lambda others=others: store.get(study.id).worker not in others, "somebody takes it")
        if kills % 4:  # else it is killed while it begins
            step = max(reached, default=0)
            bench.wait(lambda step=step: store.get(study.id).step > step, "it trains")
        time.sleep(moments.uniform(0, 0.3))
        os.kill(victim.pid, signal.SIGKILL)
        victim.join()
        kills += 1
        info = store.get(study.id)
        before = info.worker
        reached.append(info.step)
        _let_leases_run_out(store)
    assert kills == KILLS, f"it was finished after {kills} kills; give it more steps"
    assert 0 < max(reached) < STEPS, "kills came while it trained"
    result = mtl.run(study, store)  # in this process, to the end
    assert result.state == "finished"
    assert bench.stored(store, study) == bench.uninterrupted(study)


@pytest.mark.parametrize("victims", ["server", "server and worker"])
def test_killed_servers_change_no_number(store, store_url, bench, victims):
    """The README's command, killed while it begins and while it trains, by itself and with its worker, and started again."""
    study = bench.study(3 * STEPS, methods=["uw", "rlw"], conflict_every=500, evaluate_every=1000)
    store.add(study)
    moments = random.Random(victims)
    words = [sys.executable, "-m", "mtl_core.cli", "serve", "--store", store_url, "--no-browser"]
    for begins in (False, True):
        server = subprocess.Popen(words, cwd=Path(mtl.__file__).parents[1], stdout=subprocess.DEVNULL)
        try:
            if begins:
                time.sleep(moments.uniform(0.5, 2))
            else:
                bench.wait(lambda: store.get(study.id).step > 0, "it trains")
                time.sleep(moments.uniform(0, 0.3))
        finally:
            server.kill()
            server.wait()
        workers = [worker.pid for worker in store.workers() if f"-{server.pid}-" in worker.name]
        if victims != "server":
            for pid in workers:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        assert store.get(study.id).step < study.steps, "killed while it trained"
        for pid in workers:
            bench.wait(lambda pid=pid: not _alive(pid), "no worker outlives its server")
        _let_leases_run_out(store)
    assert mtl.run(study, store).state == "finished"
    assert bench.stored(store, study) == bench.uninterrupted(study)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
