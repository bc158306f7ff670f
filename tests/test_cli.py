"""The command, from words to exit code."""

import contextlib
import io
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import text

import mtl_core as mtl
from mtl_core.cli import main
from mtl_core.cli.parser import LISTINGS
from mtl_core.exporting import arguments
from mtl_core.store import Store, open_store

TINY = ["--steps", "6", "--seeds", "2", "--weights", "3", "--method", "equal"]


@pytest.fixture
def seesaw(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The path of a store with one finished study, and its id."""
    path = str(tmp_path_factory.mktemp("kept") / "store.db")
    study = mtl.Study(methods=["pcgrad"], weights=3, seeds=2, steps=6)
    mtl.run(study, path)
    return path, study.id


def test_run_shows_a_table_and_keeps_the_study(seesaw: Callable[..., Any], tmp_path: Path) -> None:
    place = tmp_path / "store.db"
    code, out, err = seesaw("run", *TINY, "--store", str(place))
    assert code == 0
    assert err == ""
    for word in ("Transfer", "left", "right", "accuracy", "verdict", "Δm", "seesaw run --weights 3 --seeds 2 --steps 6"):
        assert word in out
    with open_store(place) as store:
        (info,) = store.list()
        assert (info.state, info.study.steps) == ("finished", 6)


def test_says_how_the_browser_finds_the_study(seesaw: Callable[..., Any], tmp_path: Path) -> None:
    place = tmp_path / "my store.db"
    _, named, _ = seesaw("run", *TINY, "--store", str(place))
    assert f"`seesaw --store '{place}'` opens it" in named
    _, usual, _ = seesaw("run", *TINY)
    assert "`seesaw` opens it" in usual


def test_json_is_the_result_and_nothing_else(seesaw: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    path.write_text(json.dumps({"steps": 5, "seeds": 2, "weights": [], "methods": ["equal"]}))
    code, out, err = seesaw("run", str(path), "--steps", "4", "--no-store", "--json")
    found = json.loads(out)
    study = mtl.Study(steps=4, seeds=2, weights=[], methods=["equal"])
    assert (code, err) == (0, "")
    assert found["id"] == study.id
    assert found["store"] is None
    assert mtl.Study.from_dict(found["study"]) == study
    assert {row["status"] for row in found["runs"]} == {"finished"}
    assert {row["verdict"] for row in found["transfer"]} <= {"positive", "negative", "unclear"}
    assert len(found["tradeoff"]) == 6
    assert sum(row["chosen"] for row in found["selection"]) == 1
    assert {row["rule"] for row in found["choice"]} == {"best", "one standard error"}
    assert found["score_matrix"] == [], "nothing was trained in phases"


def test_asking_twice_trains_once(seesaw: Callable[..., Any], kept: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEESAW_STORE", kept[0])
    monkeypatch.setitem(sys.modules, "mtl_core.execution.execute", None)  # training again would fail
    code, out, _ = seesaw("run", "--method", "pcgrad", "--weights", "3", "--seeds", "2", "--steps", "6", "--json")
    assert code == 0
    assert json.loads(out)["id"] == kept[1]


def test_quiet_prints_nothing(seesaw: Callable[..., Any]) -> None:
    assert seesaw("run", "--steps", "2", "--seeds", "1", "--weights", "none", "--no-store", "--quiet") == (0, "", "")


def test_a_study_from_standard_input(seesaw: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"steps": 2, "seeds": 1, "weights": []}'))
    code, out, _ = seesaw("run", "-", "--no-store", "--json")
    assert code == 0
    assert json.loads(out)["study"]["steps"] == 2


def test_list_show_export_delete(seesaw: Callable[..., Any], kept: tuple[str, str], tmp_path: Path) -> None:
    place, study_id = kept
    code, out, _ = seesaw("list", "--store", place)
    assert code == 0
    assert study_id in out
    (listed,) = json.loads(seesaw("list", "--store", place, "--json")[1])
    assert (listed["id"], listed["state"]) == (study_id, "finished")

    code, out, _ = seesaw("show", study_id[:6], "--store", place)
    assert code == 0
    assert "pcgrad" in out
    assert "mtl.Study(" in out
    assert json.loads(seesaw("show", study_id, "--store", place, "--json")[1])["id"] == study_id

    code, out, _ = seesaw("export", study_id, "--format", "parquet", "--raw", "--to", str(tmp_path / "out"), "--store", place)
    assert code == 0
    assert len(pd.read_parquet(tmp_path / "out" / "tradeoff.parquet")) == 8
    assert str(tmp_path / "out" / "curves.parquet") in out
    assert pd.read_parquet(tmp_path / "out" / "selection.parquet")["chosen"].sum() == 1

    with open_store(place) as store:
        other = store.add(mtl.Study(steps=1))
    code, _, err = seesaw("delete", other, "nonsense", "--store", place)
    assert code == 2
    assert "nonsense" in err
    code, out, _ = seesaw("delete", other, "--store", place)
    assert code == 0
    with open_store(place) as store:
        assert [info.id for info in store.list()] == [study_id]


def test_which_tasks_together_is_answered(seesaw: Callable[..., Any], kept: tuple[str, str]) -> None:
    place, study_id = kept
    code, out, _ = seesaw("together", study_id[:6], "--networks", "1", "--store", place)
    assert code == 0
    assert "With 1 network: all tasks together, " in out
    assert "trained pairs" in out
    _, out, _ = seesaw("together", study_id, "--budget", "2.5", "--cost", "flops", "--partition", "--json", "--store", place)
    found = json.loads(out)
    assert (found["cost"], found["budget"], found["partition"]) == ("flops", 2.5, True)
    assert sorted(task for group in found["groups"] for task in group) == ["left", "right"]
    assert [row["task"] for row in found["tasks"]] == ["left", "right"]
    assert {row["rule"] for row in found["rules"]} >= {"exact", "pairs", "one network"}
    for words, problem in (
        (("--networks", "2", "--budget", "2"), "found both"),
        (("--cost", "flops"), "--budget counts"),
        (("--networks", "0"), "above zero"),
        (("--budget", "0.1"), "allow more"),
    ):
        code, _, err = seesaw("together", study_id, *words, "--store", place)
        assert code == 2
        assert problem in err


def test_what_is_inside_a_network_is_told(seesaw: Callable[..., Any], kept: tuple[str, str]) -> None:
    place, study_id = kept
    code, out, _ = seesaw("inside", study_id[:6], "--run", "pcgrad", "--store", place)
    assert code == 0
    assert "On how many units each task leans" in out
    assert "linear probe" in out
    _, out, _ = seesaw("inside", study_id, "--run", "pcgrad", "--json", "--store", place)
    told = json.loads(out)
    known = mtl.inside(study_id, "pcgrad", store=place)
    for name in ("units", "leaning", "probes", "similar"):
        table = getattr(known, name)
        assert len(told[name]) == len(table) > 0
    assert [row["score"] for row in told["probes"]] == pytest.approx(known.probes["score"].to_list(), nan_ok=True)
    code, _, err = seesaw("inside", study_id, "--run", "pcgard", "--store", place)
    assert code == 2
    assert "pcgrad" in err
    code, _, err = seesaw("inside", study_id, "--store", place)
    assert code == 2
    assert "--run" in err


@pytest.fixture
def own_table(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    rows = (
        f"{7 * k},{k * 37 % 11 / 2};{'-1' if k % 5 == 0 else k % 3};{('ja', 'nein')[k % 2]}".replace(",", ";")
        for k in range(90)
    )
    path.write_text("\n".join(["id;a;y;c", *rows]) + "\n")
    return path


def test_a_table_is_told_before_it_is_trained_from(seesaw: Callable[..., Any], own_table: Path) -> None:
    code, out, _ = seesaw(
        "table", str(own_table), "--target", "y", "--target", "c", "--missing", "y=-1", "--kind", "y=regression"
    )
    assert code == 0
    words = " ".join(out.replace("│", " ").split())
    assert "mine.csv: 90 rows, 4 columns." in words
    assert "A semicolon stands between cells." in words
    assert "left out: an id" in words
    assert "no label in 18 rows ('-1')" in words
    assert "Rows by split: 62 train, 14 validation, 14 test" in words
    _, out, _ = seesaw("table", str(own_table), "--target", "y", "--target", "id", "--kind", "id=classification")
    assert "It cannot be trained from so: " in out
    code, out, _ = seesaw("table", str(own_table), "--json", "--exclude", "a", "--decimal", "point")
    found = {column["name"]: column for column in json.loads(out)["columns"]}
    assert (found["a"]["role"], found["y"]["examples"]) == ("excluded", ["-1", "1", "2", "0"])
    for words in (("--decimal", "colon"), ("--kind", "y"), ("--missing",)):
        assert seesaw("table", str(own_table), *words)[0] == 2
    assert seesaw("table", str(own_table.with_name("none.csv")))[0] == 2


def test_a_run_says_what_it_found_in_a_table(seesaw: Callable[..., Any], own_table: Path) -> None:
    suite = f"csv:path={own_table},targets=[y,c]"
    code, out, err = seesaw(
        "run", "--suite", suite, "--no-store", "--json", "--steps", "2", "--seeds", "1", "--batch-size", "16"
    )
    assert code == 0
    assert "Column 'id' is left out: an id" in " ".join(err.split())
    json.loads(out)


def test_an_empty_store_says_what_to_do(seesaw: Callable[..., Any]) -> None:
    code, out, _ = seesaw("list")
    assert code == 0
    assert "seesaw run" in out


def test_a_study_that_has_not_begun_has_nothing_to_show(seesaw: Callable[..., Any], file_store: Store) -> None:
    study_id = file_store.add(mtl.Study(steps=2))
    code, _, err = seesaw("show", study_id, "--store", file_store.url)
    assert code == 1
    assert "queued" in err


@pytest.mark.parametrize("kind", LISTINGS)
def test_every_line_of_every_table_is_shown(kind: str, seesaw: Callable[..., Any]) -> None:
    code, out, _ = seesaw(kind)
    assert code == 0
    for name, entry in LISTINGS[kind].items():
        assert name in out
        code, one, _ = seesaw(kind, name)
        assert code == 0
        assert entry.title in one
        assert all(option.name in one for option in entry.options)


def test_help_names_every_option(seesaw: Callable[..., Any]) -> None:
    code, out, _ = seesaw("run", "--help")
    assert code == 0
    for option in mtl.OPTIONS:
        assert "--" + option.name.replace("_", "-") in out
    assert seesaw("--version")[1].startswith("seesaw ")
    assert "serve" in seesaw("--help")[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rnu"], "did you mean 'run'"),
        (["run", "--setps", "3"], "did you mean '--steps'"),
        (["run", "--steps", "many"], "steps must be a number"),
        (["run", "--steps", "1000000"], "between 1 and 20000"),
        (["run", "--method", "pcgard"], "did you mean 'pcgrad'"),
        (["run", "--suite", "digits_pear"], "did you mean 'digits_pair'"),
        (["run", "--task", "left"], "two or more tasks"),
        (["run", "--weights", "0.5,0.6"], "simplex"),
        (["run", "--weights", "a,b"], "0.3,0.7;0.5,0.5"),
        (["run", "--backbone", "mlp:wdith=3"], "did you mean 'width'"),
        (["run", "--backbone", "mlp:width"], "key=value"),
        (["run", "--backbone", "mlp:normalise=perhaps"], "true or false"),
        (["run", "--suite", 'csv:path="a'], "double quote"),
        (["run", "--suite", "csv:targets=[a"], "] must close"),
        (["run", "--suite", "csv:kinds={a}"], "mapping"),
        (["run", "missing.json"], "missing.json"),
        (["run", "--store", "a.db", "--no-store"], "leave one out"),
        (["run", "--device", "tpu", "--no-store"], "device"),
        (["show", "0123"], "no study '0123'"),
        (["methods", "pcgard"], "did you mean 'pcgrad'"),
        (["export", "1", "--format", "xls"], "invalid choice"),
        (["--port", "x"], "invalid int"),
        (["show"], "required"),
    ],
)
def test_bad_input_is_one_line_and_code_two(words: list[str], message: str, seesaw: Callable[..., Any]) -> None:
    code, out, err = seesaw(*words)
    assert (code, out) == (2, "")
    assert message in err
    assert err.startswith("seesaw: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("text", ["{", "[]", "\udcff", '{"stpes": 3}'])
def test_a_file_that_is_no_study(text: str, seesaw: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    code, _, err = seesaw("run", str(path), "--no-store")
    assert code == 2
    assert err.count("\n") == 1


def test_a_store_that_is_none_is_said_in_one_line(seesaw: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are my notes, and they are longer than the header of a database file would be" * 9)
    code, _, err = seesaw("list", "--store", str(path))
    assert code == 1
    assert err.count("\n") == 1
    assert path.read_text().startswith("these are my notes")


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ([], (None, "127.0.0.1", None, True, [], True, False, None)),
        (["serve"], (None, "127.0.0.1", None, True, [], True, False, None)),
        (["--port", "9000", "--no-browser"], (None, "127.0.0.1", 9000, False, [], True, False, None)),
        (["serve", "--host", "0.0.0.0", "--store", "a.db"], ("a.db", "0.0.0.0", None, True, [], True, False, None)),
        (["serve", "--train-links"], (None, "127.0.0.1", None, True, [], True, True, None)),
        (["serve", "--class"], (None, "127.0.0.1", None, True, [], True, False, "")),
        (["--class", "physics"], (None, "127.0.0.1", None, True, [], True, False, "physics")),
        (["--open", "--allow-host", "a.org"], (None, "127.0.0.1", None, True, ["a.org"], False, False, None)),
    ],
)
def test_without_a_command_the_dashboard_starts(
    words: Sequence[str], asked: tuple[Any, ...], seesaw: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    called = []
    launch = ModuleType("dashboard.launch")
    launch.serve = lambda *given, **more: called.append((*given, *more.values()))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "dashboard.launch", launch)
    assert seesaw(*words)[0] == 0
    assert called == [asked]


def test_ctrl_c_stops_the_study_and_keeps_what_was_trained(tmp_path: Path) -> None:
    place = tmp_path / "store.db"
    flags = ["--steps", "20000", "--seeds", "1", "--weights", "none", "--store", str(place)]
    watching, terminal = pty.openpty()
    shown: list[bytes] = []
    # A terminal that nobody reads soon takes no more, and whoever writes to it waits.
    reader = threading.Thread(target=_drain, args=(watching, shown), daemon=True)
    reader.start()
    command = [sys.executable, "-m", "mtl_core.cli", "run", *flags]
    with open_store(place) as store, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=terminal, text=True) as process:
        os.close(terminal)
        try:
            deadline = time.monotonic() + 120
            while not any(info.step > 100 for info in store.list()) and time.monotonic() < deadline:
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=120)
        finally:
            process.kill()
        reader.join()
        (info,) = store.list()
        found = mtl.load(info.id, store)
    assert process.returncode == 130
    assert "training" in b"".join(shown).decode()
    assert "/20000" in b"".join(shown).decode()
    assert info.state == "stopped"
    assert found.runs["status"].eq("stopped").all()
    assert 100 < found.runs["step"].min() < 20_000
    assert len(found.tradeoff) == 3
    assert info.id in out


def _drain(terminal: int, shown: list[bytes]) -> None:
    # The end of a terminal whose writers are gone is an error on Linux and an empty read elsewhere.
    with contextlib.suppress(OSError):
        while part := os.read(terminal, 4096):
            shown.append(part)
    os.close(terminal)


def test_a_study_of_a_killed_run_is_taken_over_once_its_lease_is_over(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "mtl_core.cli", "run", "--method", "equal", "--weights", "none", "--seeds", "1", "--quiet"]
    words += ["--steps", "20000", "--store", str(tmp_path / "store.db")]
    with mtl.open_store(tmp_path / "store.db") as store:
        killed = subprocess.Popen(words, cwd=Path(mtl.__file__).parents[1])
        try:
            deadline = time.monotonic() + 120
            while not any(info.step > 50 for info in store.list()) and time.monotonic() < deadline:
                time.sleep(0.05)
        finally:
            killed.kill()
            killed.wait()
        (info,) = store.list()
        assert info.state == "running"
        assert info.step > 50
        with store.engine.begin() as connection:  # what fifteen seconds of silence come to
            connection.execute(text("UPDATE seesaw_studies SET lease = lease - 20"))
        again = subprocess.Popen(words, cwd=Path(mtl.__file__).parents[1])
        try:
            while store.get(info.id).step <= info.step:  # it trains: before, an interrupt leaves at once
                assert time.monotonic() < deadline, "nobody took it over"
                time.sleep(0.05)
            again.send_signal(signal.SIGINT)
            assert again.wait(timeout=60) == 130
        finally:
            again.kill()
        assert store.get(info.id).state == "stopped"


def test_the_first_interrupt_ends_a_run_that_waits_for_another_process(tmp_path: Path) -> None:
    study = mtl.Study(methods=["equal"], weights=[], seeds=1, steps=50)
    words = [sys.executable, "-m", "mtl_core.cli", "run", *arguments(study), "--store", str(tmp_path / "store.db")]
    with mtl.open_store(tmp_path / "store.db") as store:
        store.add(study)
        store.claim("somebody", "cpu")
        with store.engine.begin() as connection:  # somebody who is at it for the whole test
            connection.execute(text("UPDATE seesaw_studies SET lease = lease + 1000"))
        waiting = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, cwd=Path(mtl.__file__).parents[1])
        try:
            time.sleep(10)  # long enough to be waiting, on a busy machine too
            waiting.send_signal(signal.SIGINT)
            _, said = waiting.communicate(timeout=60)
        finally:
            waiting.kill()
        assert waiting.returncode == 130
        assert "interrupted" in said
        assert store.get(study.id).state == "running", "the other process goes on"


def test_a_password_in_the_command_is_warned_of_and_not_repeated(seesaw: Callable[..., Any]) -> None:
    _, _, err = seesaw("list", "--store", "postgresql://ann:hidden@127.0.0.1:1/none")
    assert err.startswith("seesaw: the password in --store shows in the list of processes")
    assert "$SEESAW_STORE" in err
    assert "hidden" not in err
    assert "processes" not in seesaw("list", "--store", "postgresql://ann@127.0.0.1:1/none")[2]


def test_an_unknown_reference_is_refused_before_anything_is_trained(seesaw: Callable[..., Any], tmp_path: Path) -> None:
    code, _out, err = seesaw("run", "--against", "equl", "--store", str(tmp_path / "a.db"))
    assert code == 2
    assert "did you mean 'equal'" in err
    with mtl.open_store(tmp_path / "a.db") as store:
        assert store.list() == []


def test_more_seeds_from_the_command_line(seesaw: Callable[..., Any], tmp_path: Path) -> None:
    place = ["--store", str(tmp_path / "a.db")]
    asked = ["--method", "equal", "--method", "uw", "--weights", "none", "--seeds", "2", "--steps", "10"]
    assert seesaw("run", *asked, *place, "--quiet")[0] == 0
    (study,) = json.loads(seesaw("list", "--json", *place)[1])
    found = json.loads(
        seesaw("more", study["id"][:6], "--seeds", "3", "--against", "equal", "--at", "end", "--json", *place)[1]
    )
    assert found["compared"] == {"against": "equal", "at": "end", "rates": "same"}
    assert {(row["label"], row["n"]) for row in found["transfer"]} == {("uw", 3)}
    told = seesaw("show", found["id"][:6], "--rates", "best", *place)[1]
    assert "looked at before, after 2 seeds" in " ".join(told.split())


def test_a_trunk_is_pretrained_and_listed_and_none_is_started_from_that_is_not_there(
    seesaw: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mtl_core.suites.phrases.UTTERANCES", (20, 10, 12))
    text = tmp_path / "text.txt"
    text.write_text("Turn on the lamp in the kitchen. Play seven suns in the hall, please!", encoding="utf-8")
    asked = ["pretrain", "phrases:utterances=20,draw=77", "--corpus", str(text), "--backbone", "transformer:width=8,heads=2"]
    code, out, err = seesaw(*asked, "--steps", "2")
    assert code == 0
    assert "read text of text.txt" in err
    trunk = out.strip()
    assert seesaw(*asked, "--steps", "2", "--quiet")[1:] == (out, "")
    assert trunk in seesaw("pretrain")[1]
    start = ["run", "--suite", "phrases:utterances=20,draw=77", "--start"]
    code, _, err = seesaw(*start, "abcdef")
    assert (code, "seesaw pretrain phrases" in err) == (2, True)
    assert seesaw("pretrain", "phrases", "--steps", "0")[0] == 2
