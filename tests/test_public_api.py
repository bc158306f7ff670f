"""What ``import mtl_core`` offers."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import mtl_core as mtl
from mtl_core import errors
from mtl_core.store import open_store

SOURCE = Path(mtl.__file__).read_text()


def test_the_names_of_the_contract_are_there() -> None:
    tables = ("SUITES", "KINDS", "BACKBONES", "STRATEGIES", "METHODS", "OPTIMIZERS")
    for name in ("Study", "run", "load_suite", *tables, "open_store"):
        assert name in mtl.__all__
    assert set(mtl.__all__) == set(mtl._HOME_OF) == set(dir(mtl))


@pytest.mark.parametrize("name", mtl.__all__)
def test_a_public_name_can_be_had_and_is_documented(name: str) -> None:
    value = getattr(mtl, name)
    assert name.isupper() or isinstance(value, ModuleType) or value.__name__ == name
    if not name.isupper():
        assert inspect.getdoc(value)
        assert not (inspect.getdoc(value) or "").startswith(f"{name}("), "a dataclass without words of its own"


def _called() -> dict[str, Any]:
    """Every public function and class by name, those of public modules too; errors take a message like any other."""
    found = {name: getattr(mtl, name) for name in mtl.__all__}
    modules = {name: value for name, value in found.items() if isinstance(value, ModuleType)}
    found |= {f"{name}.{inner}": getattr(value, inner) for name, value in modules.items() for inner in value.__all__}
    return {
        name: value
        for name, value in found.items()
        if inspect.isfunction(value) or (inspect.isclass(value) and not issubclass(value, Exception))
    }


def _explained(words: str) -> set[str]:
    """The names at the left of a docstring's ``Args:``, where several may share a line."""
    block = re.search(r"^Args:\n((?: {4}.*\n|\n)*)", f"{words}\n", re.MULTILINE)
    heads = re.findall(r"^ {4}(\w+(?:, \w+)*): ", block[1] if block else "", re.MULTILINE)
    return {name for head in heads for name in head.split(", ")}


@pytest.mark.parametrize("name", _called())
def test_what_is_public_explains_its_arguments(name: str) -> None:
    called = _called()[name]
    words = inspect.getdoc(called) or ""
    missing = set(inspect.signature(called).parameters) - _explained(words)
    assert not missing, f"{name} does not explain {sorted(missing)}"


def test_type_checkers_see_the_same_names_from_the_same_homes() -> None:
    block = next(node for node in ast.parse(SOURCE).body if isinstance(node, ast.If))
    seen = {alias.asname: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == mtl._HOME_OF


def test_every_error_is_public() -> None:
    tree = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, errors.SeesawError)]
    assert {error.__name__ for error in tree} <= set(mtl.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = mtl.nonsense  # type: ignore[attr-defined]


def test_the_readme_way_works_in_a_fresh_process_without_torch_until_it_trains() -> None:
    code = (
        "import sys, mtl_core as mtl\n"
        "study = mtl.Study(methods=['equal'], weights=[], seeds=1, steps=2)\n"
        "mtl.plan(study), mtl.command(study), mtl.estimate(study, [])\n"
        "mtl.load_suite('digits_pair')\n"
        "assert 'torch' not in sys.modules\n"
        "result = mtl.run(study)\n"
        "assert list(result.tradeoff['run']) == [0, 1, 2]\n"
        "weights = mtl.balancing.weights('equal', [[[1.0, 0.0], [0.0, 1.0]]])\n"
        "assert tuple(weights.shape) == (1, 2)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_run_tells_its_progress_and_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEESAW_STORE", str(tmp_path / "never.db"))
    seen: list[tuple[int, int]] = []
    result = mtl.run(mtl.Study(weights=[], seeds=1, steps=3), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (3, 3)
    assert result.state == "finished"
    assert not (tmp_path / "never.db").exists()


def test_run_with_a_store_gives_the_same_numbers_and_can_be_loaded(tmp_path: Path) -> None:
    study = mtl.Study(methods=["equal", "pcgrad"], weights=[], seeds=2, steps=5)
    here, kept = mtl.run(study), mtl.run(study, tmp_path / "store.db")
    loaded = mtl.load(study.id, f"sqlite:///{tmp_path / 'store.db'}")
    assert here.transfer.equals(kept.transfer)
    for name, table in kept.to_tables().items():
        assert table.equals(getattr(loaded, name)), name
    assert loaded.state == "finished"


def test_a_study_that_was_paused_and_left_so_is_trained(tmp_path: Path) -> None:
    study = mtl.Study(steps=4, seeds=1, weights=[], methods=["equal"])
    with open_store(tmp_path / "store.db") as store:
        store.add(study)
        store.claim("gone", "cpu", study.id)
        store.set_state(study.id, "paused", worker="gone")
        store.give_back(study.id, "gone")
        assert mtl.run(study, store).state == "finished"


def test_a_study_that_cannot_be_trained_is_marked_failed_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b,y,c\n" + "".join(f"{k % 7},{k % 5},{k * 0.3 % 2},{k % 2}\n" for k in range(60)))
    suite = {"name": "csv", "path": str(path), "targets": ["y", "c"]}
    study = mtl.Study(suite=suite, batch_size=8, seeds=1, weights=[], steps=2)
    path.unlink()
    with mtl.open_store(tmp_path / "store.db") as store:
        with pytest.raises(mtl.DataError, match="must exist"):
            mtl.run(study, store)
        info = store.get(study.id)
        assert info.state == "failed"
        assert "must exist" in info.reason
    with pytest.raises(mtl.UnknownStudyError):
        mtl.load("000000000000", tmp_path / "store.db")
