"""Looking at a table of 49 MB in a process of its own: seconds and largest memory (wanted: at most 5 s and 300 MB)."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

SIZE = 49_000_000

LOOK = """
import json, resource, sys, time
from mtl_core.suites.csv_file import inspect
start, told = time.perf_counter(), []
found = inspect(sys.argv[1], progress=told.append)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([time.perf_counter() - start, peak, len(told), found.rows]))
"""


def write(file: Path, columns: int, word: str) -> None:
    """A table of about ``SIZE`` bytes: numbers, whole numbers and words in turn, the words written as ``word`` says."""
    rng = np.random.default_rng(0)
    with file.open("w") as out:
        out.write(",".join(f"column_{place}" for place in range(columns)) + "\n")
        while out.tell() < SIZE:
            cells = [
                [f"{value:.3f}" for value in rng.standard_normal(1000)]
                if place % 3 == 0
                else rng.integers(0, 10**4, 1000).astype(str).tolist()
                if place % 3 == 1
                else [word.format(each) for each in rng.choice(["red", "green", "blue"], 1000)]
                for place in range(columns)
            ]
            out.writelines(",".join(row) + "\n" for row in zip(*cells, strict=True))


def main() -> None:
    """Print a line a table."""
    with tempfile.TemporaryDirectory() as folder:
        for name, columns, word in (
            ("narrow", 3, "{}"),
            ("wide", 300, "{}"),
            ("quoted, narrow", 3, '"{}, a"'),
            ("quoted, wide", 300, '"{}, a"'),
        ):
            file = Path(folder) / "table.csv"
            write(file, columns, word)
            done = subprocess.run([sys.executable, "-c", LOOK, str(file)], capture_output=True, text=True, check=True)
            seconds, peak, told, rows = json.loads(done.stdout)
            size = file.stat().st_size / 1e6
            what = f"{name}: {size:.0f} MB, {columns} columns, {rows:,} rows"
            print(f"{what}: {seconds:.1f} s, {peak:.0f} MB, progress told {told} times")


if __name__ == "__main__":
    main()
