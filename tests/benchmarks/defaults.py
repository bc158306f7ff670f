"""How long the study takes that the form offers for each suite, and for a table with two to ten columns to predict.

Run from the repository: ``OMP_NUM_THREADS=1 python tests/benchmarks/defaults.py``. Wanted: 15 s on two cores, under 200 runs.
Processor seconds count where other work goes on; a worker on two cores trains with one thread.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from measure import machine

from dashboard.draft import of_study, to_study
from dashboard.fitting import begin
from mtl_core.spec import SUITES, Study, plan
from mtl_core.training.trainer import Trainer

WARM = Study(steps=20)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2000, help="rows of the tables")
    rows = parser.parse_args().rows
    print(f"{machine()}\n\n| suite | tasks | seeds | runs | processor s | s |\n|---|---|---|---|---|---|")
    took(WARM)
    with tempfile.TemporaryDirectory() as folder:
        asked: list[tuple[str, object]] = [(name, {"name": name}) for name in SUITES if name != "csv"]
        asked += [(f"a table of {rows:,} rows", table(folder, targets, rows)) for targets in range(2, 11)]
        for title, suite in asked:
            study = to_study(begin(of_study(Study()), suite, None))
            processor, seconds = took(study)
            counts = f"{len(study.tasks)} | {len(study.seed_list)} | {len(plan(study))}"
            print(f"| {title} | {counts} | {processor:.1f} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
