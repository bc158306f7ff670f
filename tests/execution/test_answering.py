"""Requests are answered by the real programs."""

import json
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load

from mtl_core.api import inside
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.inside import Inside
from mtl_core.execution import answering
from mtl_core.execution.answering import answer_one
from mtl_core.execution.supervisor import Supervisor
from mtl_core.landscapes.picture import picture
from mtl_core.spec import Study
from mtl_core.spec.landscapes import Walk
from mtl_core.store import Store
from mtl_core.suites.csv_file import TableFacts

WALK = Walk("quadratics", ["equal", "mgda"], steps=20)


def _asked(walk: Walk) -> dict[str, object]:
    return {"walk": walk.to_dict()}


def test_a_walk_is_answered_with_its_picture(file_store: Store) -> None:
    identity = file_store.ask("walk", _asked(WALK))
    assert answer_one(file_store, "here")
    found, expected = load(file_store.request(identity).answer), picture(WALK)
    assert set(found) == set(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)
    assert not answer_one(file_store, "here")


def test_a_table_is_looked_at_and_settled(file_store: Store, tmp_path) -> None:
    rows = "\n".join(f"{n * n % 17},{n % 3},{(7 * n) % 11}" for n in range(120))
    (tmp_path / "t.csv").write_text(f"a,b,c\n{rows}\n")
    looked = file_store.ask("table", {"path": str(tmp_path / "t.csv"), "delimiter": "auto"})
    suite = {"name": "csv", "path": str(tmp_path / "t.csv"), "targets": ["b", "c"]}
    settled = file_store.ask("settle", {"suite": suite})
    assert answer_one(file_store, "here")
    assert answer_one(file_store, "here")
    facts = TableFacts.from_dict(json.loads(file_store.request(looked).answer))
    assert [column.name for column in facts.columns] == ["a", "b", "c"]
    assert facts.rows == 120
    choice = json.loads(file_store.request(settled).answer)
    assert choice["kinds"] == {"b": "classification", "c": "regression"}
    assert Study(suite=choice).id == Study(suite=suite).id


def test_a_paused_studys_next_update_is_looked_at_and_nothing_moves(file_store: Store, bench, hand) -> None:
    study = bench.study(30, methods=["pcgrad"])
    file_store.add(study)
    file_store.send(study.id, "pause")
    command = file_store.send(study.id, "step", times=7)
    worker = hand(file_store, study.id)
    bench.wait(lambda: file_store.get(study.id).step == 7)
    run = next(run.index for run in file_store.layout(study.id).runs if run.label == "pcgrad")
    asked = {"study": study.id, "run": run, "step": 7, "command": command, "updates": 10, "along": None}
    identities = [file_store.ask("update", asked | more) for more in ({}, {"along": [1.0, 0.0]}, {"step": 3})]
    while answer_one(file_store, "here"):
        pass
    plain, led, past = map(file_store.request, identities)
    before, after = (json.loads(plain.answer)[name] for name in ("before", "after"))
    assert max(after) < max(before)
    assert json.loads(led.answer)["along"] == [1.0, 0.0]
    assert json.loads(led.answer)["before"] == before
    assert "must be paused at step 3" in past.reason
    file_store.send(study.id, "resume")
    assert worker.join() == "finished"
    assert not file_store.get(study.id).altered
    assert bench.stored(file_store, study) == bench.uninterrupted(study)


def test_recorded_gradients_are_replayed_on_the_methods_that_need_no_more(file_store: Store, bench, hand) -> None:
    study = bench.study(11, methods=["pcgrad", "cagrad", "mgda"])
    file_store.add(study)
    assert hand(file_store, study.id).join() == "finished"
    layout = file_store.layout(study.id)
    weights = Result(study, layout, file_store.read(study.id)[0]).weights
    for run in (run for run in layout.runs if run.role == "method"):
        identity = file_store.ask("replay", {"study": study.id, "run": run.index, "step": 11})
        assert answer_one(file_store, "here")
        payload = file_store.request(identity).answer
        found, facts = load(payload), header(payload)
        assert found["steps"].tolist() == [0, 5, 10]
        told = weights[(weights["run"] == run.index) & weights["step"].isin([0, 5, 10])]["weight"].to_numpy().reshape(3, 2)
        np.testing.assert_allclose(found["weights"][facts["labels"].index(run.label)], told, rtol=1e-3)
    assert facts["labels"][0] == "equal"
    assert {"gradvac", "gradnorm"} <= set(facts["left_out"])


def test_a_finished_run_is_looked_into_from_what_was_kept(file_store: Store, bench, hand) -> None:
    study = bench.study(12, methods=["equal"], seeds=2, backbone={"name": "mlp", "width": 6})
    file_store.add(study)
    assert hand(file_store, study.id).join() == "finished"
    layout = file_store.layout(study.id)
    run = next(run for run in layout.runs if run.label == "equal")
    asked = {"study": study.id, "generation": 0, "run": run.index}
    identity = file_store.ask("inside", asked)
    assert answer_one(file_store, "here")
    found = Inside(json.loads(file_store.request(identity).answer))
    assert len(found.units) == 2 * 6 * 2
    assert found.units["task"].unique().tolist() == ["left", "right"]
    loss = file_store.read(study.id, kinds=["evaluation"])[0][-1].arrays["validation"]
    np.testing.assert_allclose(found.found["units"]["loss"], loss[run.index, :, 0], rtol=0.15)  # of some of its examples
    assert set(found.probes["network"]) == {"", "left", "right"}
    assert found.similar["similarity"].between(0, 1.01).all()
    assert found.similar["again"].between(0, 1.01).all()
    pd.testing.assert_frame_equal(inside(study.id, "equal", store=file_store).units, found.units)
    file_store.delete_models(study.id)
    again = file_store.ask("inside", asked | {"generation": 1})
    assert answer_one(file_store, "here")
    assert "train it again" in file_store.request(again).reason


def header(payload: bytes) -> dict[str, list[str]]:
    told = json.loads(payload[8 : 8 + int.from_bytes(payload[:8], "little")])["__metadata__"]
    return {name: json.loads(text) for name, text in told.items()}


@pytest.mark.parametrize(
    ("kind", "asked", "words"),
    [
        ("walk", {"walk": {"problem": "nowhere"}}, "unknown problem 'nowhere'"),
        ("table", {"path": "/no/such.csv", "delimiter": "auto"}, "found nothing at '/no/such.csv'"),
        ("riddle", {}, "nobody here answers 'riddle'"),
        ("walk", {}, "KeyError"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_the_reason(file_store: Store, kind, asked, words) -> None:
    identity = file_store.ask(kind, asked)
    assert answer_one(file_store, "here")
    assert words in file_store.request(identity).reason


def test_what_takes_too_long_is_refused_while_it_goes_on(file_store: Store, monkeypatch) -> None:
    monkeypatch.setattr(answering, "LONGEST", 0.1)
    release, late = threading.Event(), threading.Event()
    monkeypatch.setitem(answering.ANSWERERS, "sleep", lambda *_: (release.wait(30) and b"") or b"")
    identity = file_store.ask("sleep", {})
    worker = threading.Thread(target=answer_one, args=(file_store, "here", late.set))
    worker.start()
    assert late.wait(30)
    assert "no answer within 0.1 s" in file_store.request(identity).reason
    release.set()
    worker.join(30)
    assert file_store.request(identity).state == "refused"


def test_a_supervisor_starts_the_program_on_demand_and_replaces_a_dead_one(file_store: Store, bench) -> None:
    with Supervisor(file_store.url) as supervisor:
        assert supervisor.answering.pid is None
        identity = file_store.ask("walk", _asked(WALK))
        bench.wait(lambda: file_store.request(identity).state == "answered")
        first = supervisor.answering.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        again = file_store.ask("walk", _asked(Walk("quadratics", steps=5)))
        bench.wait(lambda: file_store.request(again).state == "answered")
        assert supervisor.answering.pid != first


def test_the_program_ends_when_nothing_is_asked(file_store: Store) -> None:
    words = [sys.executable, "-m", "mtl_core.execution.answering", "--store", file_store.url, "--idle", "0.2"]
    assert subprocess.run(words, timeout=60).returncode == 0


def test_a_worker_without_a_supervisor_answers_too(file_store: Store, bench) -> None:
    words = [sys.executable, "-m", "mtl_core.execution.worker", "--store", file_store.url]
    worker = subprocess.Popen(words)
    try:
        identity = file_store.ask("walk", _asked(WALK))
        bench.wait(lambda: file_store.request(identity).state == "answered")
    finally:
        worker.terminate()
        assert worker.wait(60) == 0


def test_looking_at_a_table_loads_no_torch() -> None:
    code = (
        "import sys, mtl_core.execution.answering as a\n"
        "from mtl_core.execution.answers import table\n"
        "try:\n    table({'path': '/no.csv', 'delimiter': 'auto'}, print, None)\n"
        "except Exception as e:\n    assert type(e).__name__ == 'DataError'\n"
        "assert 'torch' not in sys.modules and 'sklearn' not in sys.modules\n"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
