"""The default study from beginning to end, evaluation and records included."""

import time

from measure import machine

import mtl_core as mtl
from mtl_core.training.trainer import warm_up


def main() -> None:
    """Print how long it took and what came out."""
    warm_up()
    start = time.perf_counter()
    result = mtl.run(mtl.Study())
    seconds = time.perf_counter() - start
    print(machine())
    print(f"the default study: {len(result.runs)} runs of {result.study.steps} steps in {seconds:.1f} s (wanted: under 10)")
    start = time.perf_counter()
    rows = sum(map(len, result.to_tables().values()))
    tables = time.perf_counter() - start
    print(f"its tables, {rows:,} rows: {tables:.2f} s, {tables / seconds:.0%} of its training (wanted: under 50 %)")
    print(result.transfer.query("label == 'equal'").to_string(index=False))


if __name__ == "__main__":
    main()
