"""How long the study takes that the form offers for each suite, and for a table with two to ten columns to predict: writes
``defaults.md`` beside this.

Run from the repository: ``SEESAW_DATA=... OMP_NUM_THREADS=1 python tests/benchmarks/defaults.py``; a suite whose files are not
there is named, and left out. Wanted: 15 s on two cores for small examples, 30 s for texts, 90 s for pictures, under 200 runs.
Processor seconds count where other work goes on; a worker on two cores trains with one thread.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from measure import machine

from dashboard.draft import of_study, to_study
from dashboard.fitting import begin
from mtl_core.errors import DataError, SpecError
from mtl_core.spec import SUITES, Study, plan
from mtl_core.suites import load_suite
from mtl_core.training.trainer import Trainer

WARM = Study(steps=20)
TABLE = Path(__file__).with_suffix(".md")

HEADING = """# What Play offers for each suite: how long it takes

The study that the form asks for once a suite is chosen, in one process ({machine});
processor seconds count where other work goes on, and are up to twice as many there. Reading files and making
features is no part of it.

| suite | tasks | seeds | runs | processor s | s |
|---|---|---|---|---|---|"""


def table(folder: str, targets: int, rows: int, inputs: int = 20) -> dict[str, object]:
    """A table of noisy linear targets, every other one a class, as a settled suite."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((rows, inputs))
    z = x @ rng.standard_normal((inputs, targets)) + rng.standard_normal((rows, targets))
    columns = {f"x{n}": x[:, n] for n in range(inputs)}
    columns |= {f"t{n}": z[:, n] if n % 2 else np.where(z[:, n] > 0, "yes", "no") for n in range(targets)}
    path = Path(folder) / f"{targets}.csv"
    pd.DataFrame(columns).to_csv(path, index=False, float_format="%.4f")
    return Study(suite={"name": "csv", "path": str(path), "targets": [f"t{n}" for n in range(targets)]}).suite.to_dict()


def took(study: Study) -> tuple[float, float]:
    """Processor seconds and seconds of training a study."""
    processor, start = time.process_time(), time.perf_counter()
    trainer = Trainer(study)
    while not trainer.finished:
        trainer.advance()
    trainer.flush()
    return time.process_time() - processor, time.perf_counter() - start


def asked(folder: str, rows: int) -> Iterator[tuple[str, dict[str, object]]]:
    """What is chosen on the form, by what it is called."""
    yield from ((f"`{name}`", {"name": name}) for name in SUITES if name != "csv")
    yield from ((f"a table of {rows:,} rows", table(folder, targets, rows)) for targets in range(2, 11))


def main() -> None:
    """Train, and write the table: after every suite, so that what is interrupted leaves something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2000, help="rows of the tables")
    parser.add_argument("--out", type=Path, default=TABLE)
    given = parser.parse_args()
    took(WARM)
    lines, skipped = [HEADING.format(machine=machine())], list[str]()
    with tempfile.TemporaryDirectory() as folder:
        for title, suite in asked(folder, given.rows):
            try:
                study = to_study(begin(of_study(Study()), suite, None))
                load_suite(study.suite)  # what takes long to read is kept, and is no part of training
            except (DataError, SpecError) as missing:
                skipped.append(f"- {title}: {str(missing).partition(',')[0]}.")
                continue
            processor, seconds = took(study)
            counts = f"{len(study.tasks)} | {len(study.seed_list)} | {len(plan(study))}"
            lines.append(f"| {title} | {counts} | {processor:.1f} | {seconds:.1f} |")
            print(lines[-1], flush=True)
            given.out.write_text("\n".join([*lines, *(["", "Left out:", "", *skipped] if skipped else []), ""]))


if __name__ == "__main__":
    main()
