"""The table of how far every method is from an independent answer: complete, within its bounds, and still true."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

from mtl_core.spec.methods import METHODS
from mtl_core.spec.verification import verification


@pytest.fixture(scope="module")
def script() -> ModuleType:
    # The script's parts import each other by name, as they do when it is run.
    sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
    try:
        return importlib.import_module("verification")
    finally:
        sys.path.pop(0)


def test_the_table_has_a_line_for_every_method_within_its_bound():
    lines = verification()
    assert [line.method for line in lines] == list(METHODS)
    for line in lines:
        assert 0 <= line.deviation <= line.tolerance <= 1e-3, line
        assert line.cases >= 1000, line


@pytest.mark.parametrize("name", list(METHODS))
def test_measured_anew_a_line_stays_within_its_bound(name, script):
    (line,) = (line for line in verification() if line.method == name)
    again = script.measured(name, 2)
    assert again.deviation <= again.tolerance
    assert (again.oracle, again.quantity, again.tolerance) == (line.oracle, line.quantity, line.tolerance)
