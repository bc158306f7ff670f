"""The README's commands and examples are those that are checked."""

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest

from mtl_core.cli import parser, running
from mtl_core.spec import METHODS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_checks_run_the_readmes_test_command() -> None:
    command = blocks("sh")[1].strip()
    assert command.endswith(".venv/bin/pytest -n 3")
    assert command in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()


def test_the_python_examples_run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mtl_core.api.user_folder", lambda: tmp_path / "user")
    frame = pd.DataFrame(
        {"size": [k * 0.37 % 3 for k in range(120)], "price": [k * 0.7 % 5 for k in range(120)], "colour": ["red", "blue"] * 60}
    )
    frame.to_csv("my.csv", index=False)
    names = {"frame": frame}
    for example in blocks("python"):
        exec(compile(example, "README.md", "exec"), names)
    assert "negative" in capsys.readouterr().out


def test_the_shell_example_is_understood() -> None:
    words = shlex.split(blocks("sh")[2])
    assert words[0] == "seesaw"
    study = running.study_of(parser.build(words[1:]))
    assert [method.name for method in study.methods] == ["pcgrad", "uw"]


def test_every_picture_is_there() -> None:
    for path in re.findall(r"!\[.+?\]\((.+?)\)", README + CHINESE):
        assert (ROOT / path).is_file(), path


def test_the_chinese_readme_has_the_same_commands() -> None:
    told = re.findall(r"```sh\n(.*?)```", CHINESE, re.DOTALL)
    assert told == blocks("sh")[: len(told)]
    assert len(told) == 3


def test_every_method_is_in_the_table() -> None:
    section = README.split("\n## Methods\n")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(METHODS)
