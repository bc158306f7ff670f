"""Where every method ends on the landscapes, with the papers' settings: writes ``landscapes.md`` beside this file.

Some 40,000 steps of one small batch with all methods, and longer walks of a few: about half an hour on one core.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import torch

from mtl_core.landscapes import PROBLEMS, trajectories
from mtl_core.landscapes.problem import Problem
from mtl_core.spec import METHODS

TABLE = Path(__file__).with_suffix(".md")

NEAR = 0.1
"""Nearer than this to the Pareto set, or to the optimum of the mean, counts as there; starts are 8 to 18 away."""

RESTLESS = 0.05
"""Who moved farther than this in the last twentieth of the steps is on the way, not stuck."""

SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)


def main() -> None:
    """Walk, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=40_000, help="of the valley at scale 0.1")
    parser.add_argument("--long", type=int, default=130_000, help="of the valley at scale 1")
    parser.add_argument("--pcgrad", type=int, default=350_000, help="of PCGrad's valley")
    given = parser.parse_args()
    torch.set_num_threads(1)
    began = time.perf_counter()
    lines = [*_valley(given.steps), *_long_valley(given.long), *_pcgrad(given.pcgrad), *_concave()]
    lines += ["", f"Written by `tests/benchmarks/landscapes.py` in {(time.perf_counter() - began) / 60:.0f} minutes.", ""]
    TABLE.write_text("\n".join(lines))


def _valley(steps: int) -> Iterator[str]:
    setting = PROBLEMS["valley"].settings[0]
    every = [name for name, entry in METHODS.items() if entry.selectable]
    table = trajectories("valley", every, scale=setting.scale, steps=steps, learning_rate=setting.learning_rate)
    problem: Problem = PROBLEMS["valley"].load()(scale=setting.scale)
    found = verdicts(table, problem)
    _expect(found.loc["equal", "verdict"].tolist() == ["optimum", "optimum", "stuck", "optimum", "optimum"], found.loc["equal"])
    at = found.loc[("equal", 2), ["x1", "x2"]].tolist()
    _expect(abs(at[0] - 5.0) < 0.1 and abs(at[1] - 4.0) < 0.2, at)
    yield "# Where the methods end"
    yield ""
    yield (
        f"**front**: nearer than {NEAR} to the Pareto set in parameter space. **optimum**: on the front, and as near to the "
        f"point where the mean of the losses is least. **on the way**: neither, and it moved by more than {RESTLESS} in the "
        "last twentieth of the steps. **stuck**: neither, and it did not. In brackets where it ended. Options are the "
        "defaults; all in float64. Methods with random numbers are one draw. A landscape has no batches: a second batch is the "
        "first again."
    )
    yield ""
    yield f"## The valley at scale {setting.scale:g}, Adam at {setting.learning_rate:g}, {steps:,} steps (Nash-MTL, FAMO)"
    yield ""
    yield from _table(found, setting.starts)


def _long_valley(steps: int) -> Iterator[str]:
    setting = PROBLEMS["valley"].settings[1]
    methods = ["equal", "mgda", "pcgrad", "cagrad:c=0.5", "imtl_g", "nash_mtl"]
    table = trajectories(
        "valley", methods, setting.starts, scale=setting.scale, steps=steps, learning_rate=setting.learning_rate
    )
    found = verdicts(table, PROBLEMS["valley"].load()(scale=setting.scale))
    at = table[(table["method"] == "equal") & (table["start"] == 0) & (table["step"] <= 100_000)].iloc[-1]
    _expect(abs(at["x1"] + 5.0) < 0.1 and abs(at["x2"] - 2.6) < 0.3, at)
    yield ""
    yield f"## The valley at scale {setting.scale:g}, Adam at {setting.learning_rate:g}, {steps:,} steps (CAGrad)"
    yield ""
    yield from _table(found, setting.starts)


def _pcgrad(steps: int) -> Iterator[str]:
    setting = PROBLEMS["pcgrad_valley"].settings[0]
    table = trajectories("pcgrad_valley", ["equal", "pcgrad"], steps=steps, learning_rate=setting.learning_rate)
    last = table.groupby(["method", "start"], observed=True, sort=False).last()
    yield ""
    yield f"## PCGrad's valley, Adam at {setting.learning_rate:g}, {steps:,} steps"
    yield ""
    yield "| method | ends at | L1 | L2 | distance to the Pareto set |"
    yield "| --- | --- | --- | --- | --- |"
    for (method, _), row in last.iterrows():
        yield f"| {method} | {_place(row)} | {row['L1']:.1f} | {row['L2']:.1f} | {row['distance_to_front']:.2f} |"


def _concave() -> Iterator[str]:
    points = [(share, round(1 - share, 6)) for share in SHARES]
    methods = [{"name": "fixed", "weights": point} for point in points]
    methods += [{"name": name, "p": point} for name in ("tchebycheff", "stch") for point in points]
    setting = PROBLEMS["concave"].settings[0]
    table = trajectories("concave", methods)
    last = table.groupby(["method", "start"], observed=True, sort=False).last()
    fixed = last.iloc[: len(points) * len(setting.starts)]
    _expect(bool((fixed[["L1", "L2"]].min(axis=1) < 0.05).all()), fixed)
    yield ""
    yield (
        f"## Concave front, n = 20, {setting.optimizer.upper()} at {setting.learning_rate:g}, {setting.steps:,} steps, "
        f"{len(setting.starts)} starts"
    )
    yield ""
    yield "Fixed weights end at an end of the front, where one loss is 0 and the other 0.98, whatever the weights; the"
    yield "Tchebycheff methods spread along it. Least and largest value over the starts."
    yield ""
    yield "| method | L1 | L2 | largest distance to the Pareto set |"
    yield "| --- | --- | --- | --- |"
    for method, rows in last.groupby("method", observed=True, sort=False):
        ranges = [f"{rows[name].min():.2f} to {rows[name].max():.2f}" for name in ("L1", "L2")]
        yield f"| {method} | {ranges[0]} | {ranges[1]} | {rows['distance_to_front'].max():.3f} |"


def verdicts(table: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """The last row of every trajectory, with what it means."""
    front = problem.pareto_set(20_001)
    best = front[problem.losses(front).sum(1).argmin()].tolist()
    groups = table.groupby(["method", "start"], observed=True, sort=False)
    last = groups.last()
    late = groups.nth(-26).set_index(["method", "start"])  # of 501
    moved = ((last[["x1", "x2"]] - late[["x1", "x2"]]) ** 2).sum(axis=1) ** 0.5
    off = ((last[["x1", "x2"]] - best) ** 2).sum(axis=1) ** 0.5
    words = pd.Series("stuck", index=last.index)
    words[moved > RESTLESS] = "on the way"
    words[last["distance_to_front"] < NEAR] = "front"
    words[(last["distance_to_front"] < NEAR) & (off < NEAR)] = "optimum"
    return last.assign(verdict=words)


def _table(found: pd.DataFrame, starts: tuple[tuple[float, ...], ...]) -> Iterator[str]:
    yield "| method | " + " | ".join(f"from ({start[0]:g}, {start[1]:g})" for start in starts) + " |"
    yield "| --- |" + " --- |" * len(starts)
    for method, rows in found.groupby("method", observed=True, sort=False):
        yield f"| {method} | " + " | ".join(f"{row['verdict']} {_place(row)}" for _, row in rows.iterrows()) + " |"


def _place(row: pd.Series) -> str:
    return f"({row['x1']:.1f}, {row['x2']:.1f})"


def _expect(holds: bool, found: object) -> None:
    if not holds:
        raise SystemExit(f"the published result was not reproduced, found:\n{found}")


if __name__ == "__main__":
    main()
