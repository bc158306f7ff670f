"""Trained networks leave, are used without Seesaw, and answer as they did."""

import errno
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pandas as pd
import pytest
import torch
from safetensors.numpy import load_file

import mtl_core as mtl
from mtl_core.cli import main
from mtl_core.errors import SpecError, StoreError
from mtl_core.exporting import written
from mtl_core.exporting.card import escape
from mtl_core.spec import KINDS
from mtl_core.store import Store, open_store
from mtl_core.suites import Suite, load_suite
from mtl_core.training.built import loaded
from mtl_core.training.parameters import leaves

Kept = tuple[Store, mtl.Result]
ODD = ("<b>input</b> | `x`", "input")
PLAIN = {"weights": [], "methods": ["equal"], "seeds": 2}

ALONE = """
import sys
class Refuses:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("mtl_core", "torch", "dashboard"):
            raise ImportError(name)
sys.meta_path.insert(0, Refuses())
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_store(tmp_path_factory.mktemp("models") / "store.db")


@pytest.fixture(scope="module")
def digits(store: Store) -> Kept:
    study = mtl.Study(strategies=["hard", "palora"], backbone={"name": "mlp", "width": 8}, steps=30, test_at="end", **PLAIN)
    return store, mtl.run(study, store)


@pytest.fixture(scope="module")
def pictures(store: Store) -> Kept:
    return store, mtl.run(mtl.Study(backbone={"name": "cnn", "width": 2}, steps=4, **PLAIN | {"seeds": 1}), store)


@pytest.fixture(scope="module")
def phrases(store: Store) -> Kept:
    small = {"name": "transformer", "width": 8, "heads": 2, "depth": 1}
    settings = PLAIN | {"seeds": 1, "tasks": ["intent", "slots"], "steps": 4}
    return store, mtl.run(mtl.Study(suite="phrases", backbone=small, **settings), store)


@pytest.fixture(scope="module")
def odd(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A table whose tasks are called as nobody would."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 2))
    frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], ODD[0]: 40 + 7 * x[:, 0], ODD[1]: np.where(x[:, 1] > 0, "*yes*", "no")})
    path = tmp_path_factory.mktemp("odd") / "odd.csv"
    frame.to_csv(path, index=False)
    suite = {"name": "csv", "path": str(path), "targets": list(ODD)}
    return store, mtl.run(mtl.Study(suite=suite, backbone={"name": "mlp", "width": 4}, steps=4, **PLAIN), store)


def answers_of(kept: Kept, label: str, place: int = 0) -> tuple[Suite, dict[str, npt.NDArray[Any]]]:
    """What the model that was kept answers to the test split, taken out of the store by hand."""
    store, result = kept
    run = next(run for run in result.layout.runs if run.label == label)
    parameters = store.parameters(result.id, result.study.test_at, run.strategy)
    row = list(parameters["run"]).index(run.index) + place
    suite, data, models = loaded(result.study, torch.device("cpu"), [run.strategy])
    model = models[run.strategy].model
    with torch.no_grad():
        given = leaves(model, torch.from_numpy(parameters["parameters"][row : row + 1]))
        outputs = model(given, data.test.inputs.unsqueeze(0)).tasks
    return suite, {name: output[0].numpy() for name, output in zip(model.names, outputs, strict=True)}


def lines_of(folder: Path) -> str:
    found = re.search(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def asked_alone(folder: Path, inputs: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
    """What the lines of the card answer in a process that cannot import Seesaw or PyTorch."""
    np.save(folder / "examples.npy", inputs)
    lines = lines_of(folder)
    assert len(lines.splitlines()) <= 6
    own = re.sub(r"^examples = .*$", 'examples = np.load("examples.npy")', lines, flags=re.MULTILINE)
    end = 'np.savez("answers.npz", *answers.values())\nassert not {"mtl_core", "torch"} & set(sys.modules)'
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"{ALONE}\n{lines}\n{own}\n{end}"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = np.load(folder / "answers.npz")
    names = json.loads((folder / "preprocessing.json").read_text())["outputs"]
    return {name: found[f"arr_{place}"] for place, name in enumerate(names)}


def asked_here(folder: Path, inputs: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
    """The same in this process."""
    about = json.loads((folder / "preprocessing.json").read_text())
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    return dict(zip(about["outputs"], session.run(about["outputs"], {about["input"]: inputs}), strict=True))


def test_a_network_is_used_in_a_process_without_seesaw(digits: Kept, tmp_path: Path) -> None:
    store, result = digits
    paths = mtl.save_model(result.id, tmp_path / "out", "hard · equal", seed=1, store=store)
    assert (
        {path.name for path in paths} == set(os.listdir(tmp_path / "out")) == {"model.onnx", "preprocessing.json", "README.md"}
    )
    suite, wanted = answers_of(digits, "hard · equal", place=1)
    given = asked_alone(tmp_path / "out", suite.test.inputs)
    for place, (name, answer) in enumerate(wanted.items()):
        np.testing.assert_allclose(given[name], answer, rtol=1e-5, atol=1e-5)
        curves = result.curves
        told = curves[(curves["run"] == 5) & (curves["split"] == "test") & (curves["task"] == name)]
        accuracy = told[(told["metric"] == "accuracy") & (told["step"] == 30)]["value"].item()
        assert (given[name].argmax(1) == suite.test.targets[place]).mean() == pytest.approx(accuracy, abs=1e-6)
        assert f"{accuracy:.4g}" in (tmp_path / "out" / "README.md").read_text()
    content = (tmp_path / "out" / "model.onnx").read_bytes()
    assert str(Path(mtl.__file__).parents[1]).encode() not in content
    assert not any(path.name.startswith(".") for path in tmp_path.iterdir())


def test_texts_leave_as_numbers_of_words_with_their_vocabulary(phrases: Kept, tmp_path: Path) -> None:
    store, result = phrases
    mtl.save_model(result.id, tmp_path / "out", store=store)
    suite, wanted = answers_of(phrases, "equal")
    given = asked_here(tmp_path / "out", suite.test.inputs)
    assert given["slots"].ndim == 3
    for name, answer in wanted.items():
        np.testing.assert_allclose(given[name], answer, rtol=1e-5, atol=1e-5)
    about = json.loads((tmp_path / "out" / "preprocessing.json").read_text())
    assert about["words"] == list(suite.words)
    assert (about["type"], about["shape"]) == ("int64", [suite.test.inputs.shape[1]])
    assert about["tasks"][0]["labels"] == list(suite.tasks[0].labels)


def test_an_exported_program_has_what_one_task_needs(pictures: Kept, tmp_path: Path) -> None:
    store, result = pictures
    mtl.save_model(result.id, tmp_path / "out", "equal", task="right", format="torch", store=store)
    program = torch.export.load(tmp_path / "out" / "model.pt2")
    suite, wanted = answers_of(pictures, "equal")
    with torch.no_grad():
        answers = program.module()(torch.from_numpy(suite.test.inputs[:7].copy()))
    assert list(answers) == ["right"]
    np.testing.assert_allclose(answers["right"].numpy(), wanted["right"][:7], rtol=1e-5, atol=1e-5)
    layout = result.layout.model("hard")
    assert sum(value.numel() for value in program.state_dict.values()) == layout.trunk + layout.heads // 2
    row = suite.test.inputs[0].tobytes()
    assert row not in (tmp_path / "out" / "model.pt2").read_bytes(), "no example leaves with it"
    exec(lines_of(tmp_path / "out").replace('"model.pt2"', repr(str(tmp_path / "out" / "model.pt2"))), {})


def test_values_leave_by_their_names_with_words_on_the_layers(digits: Kept, tmp_path: Path) -> None:
    store, result = digits
    mtl.save_model(result.id, tmp_path / "out", "left alone", format="safetensors", at="best", store=store)
    values = load_file(tmp_path / "out" / "model.safetensors")
    about = json.loads((tmp_path / "out" / "architecture.json").read_text())
    assert {name: list(value.shape) for name, value in values.items()} == {
        name: told["shape"] for name, told in about["parameters"].items()
    }
    assert about["answers"] == {"left": 0}, "the other task was not trained"
    parts = {part["prefix"]: part["layers"] for part in about["parts"]}
    assert [layer["type"] for layer in parts["trunk.0."]] == ["Flatten", "Linear", "Relu"]
    x = load_suite("digits_pair").test.inputs.reshape(800, -1)
    for place in ("trunk.0.1", "trunk.1.0"):
        x = np.maximum(x @ values[f"{place}.weight"] + values[f"{place}.bias"], 0)
    found = x @ values["head.0.0.weight"].T + values["head.0.0.bias"]
    kept = store.parameters(result.id, "best", "hard")
    _, data, models = loaded(result.study, torch.device("cpu"), ["hard"])
    model = models["hard"].model
    wanted = model(leaves(model, torch.from_numpy(kept["parameters"][:1])), data.test.inputs.unsqueeze(0)).tasks[0][0]
    np.testing.assert_allclose(found, wanted.detach().numpy(), rtol=1e-4, atol=1e-4)


def test_one_model_for_all_weightings_leaves_for_one(digits: Kept, tmp_path: Path) -> None:
    store, result = digits
    for name, preference in (("left", [1, 0]), ("equal", None)):
        mtl.save_model(result.id, tmp_path / name, "palora · equal", format="safetensors", preference=preference, store=store)
    left, equal = (load_file(tmp_path / name / "model.safetensors") for name in ("left", "equal"))
    assert sum(value.size for value in equal.values()) == result.layout.model("hard").parameters
    assert not np.array_equal(left["trunk.0.1.weight"], equal["trunk.0.1.weight"])
    assert "asked for 1, 0" in (tmp_path / "left" / "README.md").read_text()


def test_what_people_wrote_is_no_markup_and_numbers_come_in_their_own_unit(odd: Kept, tmp_path: Path) -> None:
    store, result = odd
    mtl.save_model(result.id, tmp_path / "out", store=store)
    suite, wanted = answers_of(odd, "equal")
    about = json.loads((tmp_path / "out" / "preprocessing.json").read_text())
    assert about["outputs"] == list(ODD)
    assert about["input"] not in ODD
    given = asked_here(tmp_path / "out", suite.test.inputs)
    for name in ODD:
        np.testing.assert_allclose(given[name], wanted[name], rtol=1e-5, atol=1e-5)
    number = next(task for task in about["tasks"] if task["name"] == ODD[0])
    assert (number["centre"], number["scale"]) == pytest.approx(suite.units[0])
    card = (tmp_path / "out" / "README.md").read_text()
    words, _, shell = card.partition("```sh")
    assert "<b>" not in words
    assert "*yes*" not in words
    assert result.study.suite.options["sha256"] in card
    rows = [line for line in words.splitlines() if "input" in line and line.startswith("| ")]
    assert all(len(re.findall(r"(?<!\\)\|", line)) in (6, 7) for line in rows)
    assert "seesaw run --suite" in shell


def test_a_card_tells_where_a_network_comes_from(digits: Kept, tmp_path: Path) -> None:
    store, result = digits
    mtl.save_model(result.id, tmp_path, "hard · equal", task="left", format="safetensors", store=store)
    card = (tmp_path / "README.md").read_text()
    told = ("CC BY 4.0", "Which digit lies at the upper left?", "2 seeds", result.id, "learning rate 0.003")
    for words in (*told, mtl.command(result.study)):
        assert words in card
    transfer = result.compared(at="end").transfer
    row = transfer[(transfer["label"] == "hard · equal") & (transfer["task"] == "left") & (transfer["metric"] == "accuracy")]
    assert f"{row['baseline'].item():.4g}" in card
    assert str(row["verdict"].item()) in card


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "name a label with --run"),
        ({"label": "hard · eqaul"}, "did you mean 'hard · equal'"),
        ({"label": "hard · equal", "seed": 7}, "found 7 asked for"),
        ({"label": "hard · equal", "task": "lift"}, "did you mean 'left'"),
        ({"label": "left alone", "task": "right"}, "has learned, left, found 'right'"),
        ({"label": "hard · equal", "preference": [1, 0]}, "leave it out"),
        ({"label": "palora · equal", "preference": [1]}, "2 weights"),
        ({"label": "palora · equal", "preference": [0, 0]}, "not all zero"),
        ({"label": "hard · equal", "format": "onxx"}, "did you mean 'onnx'"),
    ],
)
def test_what_cannot_leave_says_why(digits: Kept, tmp_path: Path, given: dict[str, Any], words: str) -> None:
    store, result = digits
    with pytest.raises(SpecError, match=re.escape(words)):
        mtl.save_model(result.id, tmp_path / "out", **{"format": "safetensors"} | given, store=store)
    assert not list(tmp_path.iterdir())


def test_what_is_missing_says_what_to_install(digits: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, result = digits
    there: Callable[..., Any] = __import__("importlib.util", fromlist=["find_spec"]).find_spec
    monkeypatch.setattr("mtl_core.exporting.encoded.find_spec", lambda name: None if name == "onnxscript" else there(name))
    with pytest.raises(SpecError, match=r"found no onnxscript; install them with pip install 'seesaw-mtl\[export\]'"):
        mtl.save_model(result.id, tmp_path, "hard · equal", store=store)


def test_parameters_that_are_gone_or_no_numbers_are_said(digits: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, result = digits
    kept = store.parameters(result.id, "end", "hard")
    wrong = [
        (np.full_like(kept["parameters"], np.inf), SpecError, "diverged"),
        (kept["parameters"][:, 1:], StoreError, "another version"),
    ]
    for values, error, words in wrong:
        monkeypatch.setattr(store, "parameters", lambda *_, values=values: kept | {"parameters": values})
        with pytest.raises(error, match=words):
            mtl.save_model(result.id, tmp_path / "out", "hard · equal", format="safetensors", store=store)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing_and_another_folder_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "out", {"a": b"1", "b": b"2"})
    (tmp_path / "out" / "own").write_bytes(b"mine")
    write = Path.write_bytes

    def full(self: Path, content: bytes) -> int:
        if self.name == "b":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    for name in ("out", "new"):
        with pytest.raises(SpecError, match=r"No space left on device\); name another"):
            written(tmp_path / name, {"a": b"3", "b": b"4"})
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {"a": b"1", "b": b"2", "own": b"mine"}
    assert os.listdir(tmp_path) == ["out"]
    monkeypatch.undo()
    written(tmp_path / "out", {"a": b"3", "b": b"4"})
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {"a": b"3", "b": b"4", "own": b"mine"}


@pytest.mark.parametrize("place", ["file/out", "file", "nul\0"])
def test_a_folder_that_cannot_be_written_is_said(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SpecError, match="a folder that can be written was expected"):
        written(tmp_path / place, {"a": b"1"})
    assert os.listdir(tmp_path) == ["file"]


def test_the_command_exports_a_network(digits: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store, result = digits
    begin = ["export", result.id[:8], "--store", store.address]
    network = ["--run", "palora · equal", "--seed", "1", "--task", "right", "--at", "best", "--preference", "0.25,0.75"]
    assert main([*begin, *network, "--format", "safetensors", "--to", str(tmp_path / "out")]) == 0
    assert str(tmp_path / "out" / "model.safetensors") in capsys.readouterr().out
    assert "asked for 0.25, 0.75" in (tmp_path / "out" / "README.md").read_text()
    assert main([*begin, *network]) == 2
    assert "--run is for the formats onnx, torch, safetensors" in capsys.readouterr().err
    assert main([*begin, "--run", "palora · equal", "--format", "torch", "--preference", "much"]) == 2
    assert "0.3,0.7" in capsys.readouterr().err


def test_markdown_of_people_is_text() -> None:
    assert escape("[x](http://a.b) <i>\n# |") == r"\[x\]\(http\://a.b\) \<i\> \# \|"


def test_every_kind_says_what_a_network_puts_out() -> None:
    assert all(kind.output for kind in KINDS.values())
