import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import mtl_core
from mtl_core.cli.parser import build
from mtl_core.cli.running import study_of
from mtl_core.exporting import command, snippet
from mtl_core.spec import Study


def _from_command(line: str) -> Study:
    words = shlex.split(line)
    assert words[:2] == ["seesaw", "run"]
    return study_of(build(words[1:]))


def _from_snippet(code: str) -> Study:
    asked: dict[str, Any] = {}
    lines = code.replace("result = mtl.run(study)", "")
    exec(compile(lines, "<snippet>", "exec"), asked)
    study = asked["study"]
    assert asked["mtl"] is mtl_core
    assert isinstance(study, Study)
    return study


@settings(max_examples=25)
@given(data=some.data())
def test_command_and_snippet_make_the_same_study(data: some.DataObject, any_study: some.SearchStrategy[Study]) -> None:
    study = data.draw(any_study)
    assert _from_command(command(study)) == study
    assert _from_command(command(study)).id == study.id
    assert _from_snippet(snippet(study)).id == study.id
    assert Study.from_dict(study.to_dict()).id == study.id


def test_only_what_differs_from_the_defaults_is_written() -> None:
    assert command(Study()) == "seesaw run"
    assert snippet(Study()) == "import mtl_core as mtl\n\nstudy = mtl.Study()\nresult = mtl.run(study)"
    study = Study(methods=["equal", {"name": "dwa", "temperature": 5}], weights=[[0.25, 0.75]], seeds=[7], clip=2)
    line = "seesaw run --method equal --method dwa:temperature=5.0 --weights 0.25,0.75 --seeds 7, --clip 2.0"
    assert command(study) == line


def test_a_table_of_ones_own_with_awkward_names(tmp_path: Path) -> None:
    path = tmp_path / "my 'own', table=1.csv"
    names = ["plain", 'has "quotes"', "comma, colon: and = [brackets] {braces}", "none", " blanks "]
    quoted = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    rows = "".join(f"{k % 7},{k % 3},{k % 5},{k * 0.37 % 1},{k % 2}\n" for k in range(120))
    path.write_text(f"{quoted}\n{rows}")
    targets = [names[1], names[2]]
    suite = {
        "name": "csv",
        "path": str(path),
        "targets": targets,
        "kinds": {targets[0]: "classification"},
        "inputs": ["plain", "none"],
    }
    study = Study(suite=suite)
    assert study.tasks == tuple(targets)
    assert _from_command(command(study)).id == study.id
    assert _from_snippet(snippet(study)).id == study.id


def test_an_uploaded_table_is_named_as_the_person_calls_it(tmp_path: Path) -> None:
    kept = tmp_path / ("a" * 64 + ".csv")
    kept.write_text("a,b,y,c\n" + "".join(f"{k % 7},{k % 5},{k * 0.37 % 1},{k % 2}\n" for k in range(120)))
    suite = {"name": "csv", "path": str(kept), "targets": ["y", "c"]}
    study = Study(suite=suite | {"file_name": "my table.csv"})
    assert study.id == Study(suite=suite).id
    for text in (command(study), snippet(study)):
        assert "my table.csv" in text
        assert kept.name not in text
        assert "train_rows" not in text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("--weights 3", {"weights": 3}),
        ("--weights none", {"weights": []}),
        ("--weights 0.3,0.7;0.5,0.5", {"weights": [[0.3, 0.7], [0.5, 0.5]]}),
        ("--seeds 2", {"seeds": 2}),
        ("--seeds 4,9", {"seeds": [4, 9]}),
        ("--steps 1e2 --clip none", {"steps": 100}),
        ("--method none", {"methods": []}),
        ("--backbone mlp:width=8,normalise=true", {"backbone": {"name": "mlp", "width": 8, "normalise": True}}),
        ("--suite csv:path=a.csv,targets=[x,y],kinds={x:regression}", None),
        ("--task right --task left", {}),
    ],
)
def test_what_a_person_writes(written: str, meant: dict[str, Any] | None) -> None:
    arguments = build(["run", *written.split(" ")])
    if meant is None:
        with pytest.raises(mtl_core.DataError, match=r"a\.csv"):
            study_of(arguments)
    else:
        assert study_of(arguments) == Study(**meant)
