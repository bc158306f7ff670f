"""Whoever trains may be killed at any moment: what comes out is what would have come out."""

import multiprocessing
import os
import random
import signal
import time

import pytest
from sqlalchemy import text

import mtl_core as mtl
from mtl_core.execution import execute as execution
from mtl_core.spec import Study
from mtl_core.store import open_store, queue

KILLS = 20
STEPS = 1000

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")


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
        with store.engine.begin() as connection:  # what fifteen seconds of silence come to
            connection.execute(text("UPDATE seesaw_studies SET lease = lease - 20 WHERE lease IS NOT NULL"))
    assert kills == KILLS, f"it was finished after {kills} kills; give it more steps"
    assert 0 < max(reached) < STEPS, "kills came while it trained"
    result = mtl.run(study, store)  # in this process, to the end
    assert result.state == "finished"
    assert bench.stored(store, study) == bench.uninterrupted(study)
