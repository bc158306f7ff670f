"""The packages stand in one line, and what only looks loads nothing that trains."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ORDER = [
    *("errors", "spec", "records", "suites", "layers", "kinds", "models", "balancing", "training", "landscapes"),
    *("diagnostics", "store", "execution", "exporting"),
]
"""From the ground up: a package imports those before it."""

ON_TOP = ["api", "cli", "__init__"]
"""Above all the others of mtl_core, in this order."""

# The tables of spec name code by strings and check a suite's tasks through them; records describe data and hold no torch.
ANYWHERE = {"mtl_core.random", "mtl_core.records", "mtl_core.suites.suite", "mtl_core.suites.view"}

SEEN_BY_PAGES = {"api", "errors", "spec", "records", "suites", "diagnostics", "store", "execution", "exporting"}

TORCH_FREE = [
    *("mtl_core", "mtl_core.api", "mtl_core.cli", "mtl_core.spec", "mtl_core.suites", "mtl_core.diagnostics", "mtl_core.store"),
    *("mtl_core.execution", "mtl_core.execution.supervisor", "mtl_core.exporting", "mtl_core.records"),
]


def _files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    """The modules that a file imports when it runs, with the names taken from packages of this project."""
    for node in _running(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""
            if node.module in ("mtl_core", "dashboard"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        yield child
        yield from _running(child)


def _room(path: Path) -> str:
    return path.relative_to(ROOT / "mtl_core").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", _files("mtl_core"), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_package_imports_only_what_stands_before_it(path: Path) -> None:
    line, room = [*ORDER, *ON_TOP], _room(path)
    if room == "random":
        return
    assert room in line, f"{room} has no place in the line"
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] == "dashboard":
            pytest.fail(f"{path.name} imports {name}")
        if parts[0] != "mtl_core" or len(parts) == 1 or name in ANYWHERE:
            continue
        assert parts[1] in line[: line.index(room) + 1], f"{path.name} in {room} imports {name}, which stands after it"


@pytest.mark.parametrize("path", _files("mtl_core"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_core_draws_no_page(path: Path) -> None:
    assert not {name.split(".")[0] for name in _imports(path)} & {"streamlit", "plotly", "dashboard"}


@pytest.mark.parametrize("path", _files("dashboard"), ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_only_look(path: Path) -> None:
    for name in _imports(path):
        parts = name.split(".")
        assert parts[0] not in ("torch", "torchjd"), f"{path.name} imports {name}"
        if parts[0] == "mtl_core" and len(parts) > 1 and name not in ANYWHERE:
            assert parts[1] in SEEN_BY_PAGES, f"{path.name} imports {name}"


def test_files_are_short_enough_to_have_one_purpose() -> None:
    lines = {path: len(path.read_text().splitlines()) for package in ("mtl_core", "dashboard") for path in _files(package)}
    assert not {str(path): count for path, count in lines.items() if count > 300}


def test_looking_loads_no_torch_and_the_core_no_pages() -> None:
    found = _modules("\n".join(f"import {name}" for name in TORCH_FREE))
    assert "mtl_core.diagnostics" in found
    assert not found & {"torch", "sklearn", "streamlit", "plotly", "scipy.stats"}


def test_training_loads_no_pages() -> None:
    found = _modules("import mtl_core.training.trainer, mtl_core.execution.worker, mtl_core.balancing")
    assert "torch" in found
    assert not found & {"streamlit", "plotly", "dashboard"}


def test_the_dashboard_loads_no_torch() -> None:
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in _files("dashboard")]
    # Page scripts run inside the server's session; everything else is a module like any other.
    pages = ("dashboard.views.", "dashboard.app")
    modules = [name.removesuffix(".__init__") for name in names if not name.startswith(pages)]
    found = _modules("\n".join(f"import {name}" for name in modules))
    assert {"streamlit", "plotly"} <= found
    assert "torch" not in found


def _modules(code: str) -> set[str]:
    """What is loaded in a fresh process after running the code."""
    code += "\nimport sys\nsys.stdout.write('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split("\n"))
