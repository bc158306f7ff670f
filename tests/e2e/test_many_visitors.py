"""Visitors over the page's own connection who ask at the same time, small: the benchmark measures more of them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.mark.slow
def test_three_visitors_ask_twice_and_three_open_one_link() -> None:
    """Nothing is lost or doubled, nobody's second question comes before anybody's first, one link trains one study."""
    command = [sys.executable, BENCHMARKS / "askers.py", "--visitors", "3", "--questions", "2", "--class-of", "3"]
    path = os.pathsep.join([str(BENCHMARKS.parents[1]), os.environ.get("PYTHONPATH", "")])
    told = subprocess.run(command, capture_output=True, text=True, timeout=300, env=os.environ | {"PYTHONPATH": path})
    assert told.returncode == 0, told.stderr
    rows = [line.split("|")[1:-1] for line in told.stdout.splitlines() if line.startswith("| 3")]
    assert [len(row) for row in rows] == [9, 5]
    assert int(rows[1][3]) == 1
