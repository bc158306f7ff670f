"""Where every method ends on the landscapes, with the papers' settings: writes ``landscapes.md`` beside this file.

Some 50,000 steps of one small batch with all methods, and longer walks of a few: about half an hour of one core.
"""

import argparse
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

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

HALFWAY = 50_000
"""Steps at scale 1 after which published pictures show the mean of the losses stuck."""

SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
LONG = ("equal", "mgda", "pcgrad", "cagrad:c=0.5", "imtl_g", "nash_mtl")

NASH, CAGRAD = PROBLEMS["valley"].settings[:2]
PCGRAD, CONCAVE = PROBLEMS["pcgrad_valley"].settings[0], PROBLEMS["concave"].settings[0]


def main() -> None:
    """Walk, and write the table; exits with what was found where a published result is not reproduced."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=NASH.steps, help="of the valley at scale 0.1")
    parser.add_argument("--long", type=int, default=130_000, help="of the valley at scale 1")
    parser.add_argument("--pcgrad", type=int, default=350_000, help="of PCGrad's valley")
    given = parser.parse_args()
    began = time.perf_counter()
    every = [name for name, entry in METHODS.items() if entry.selectable]
    points = [(share, round(1 - share, 6)) for share in SHARES]
    weighted: list[dict[str, Any]] = [{"name": "fixed", "weights": point} for point in points]
    weighted += [{"name": name, "p": point} for name in ("tchebycheff", "stch") for point in points]
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), torch.set_num_threads, (1,)) as pool:
        # No trajectory depends on its batch, so all methods may be walked in halves.
        halves = [pool.submit(trajectories, "valley", every[half::2], steps=given.steps) for half in (0, 1)]
        long = pool.submit(trajectories, "valley", LONG, CAGRAD.starts, scale=CAGRAD.scale, steps=given.long)
        hard = pool.submit(trajectories, "pcgrad_valley", ["equal", "pcgrad"], steps=given.pcgrad)
        concave = pool.submit(trajectories, "concave", weighted)
        valley = pd.concat([half.result().astype({"method": object}) for half in halves])
        valley["method"] = pd.Categorical(valley["method"], every)
        valley = valley.sort_values(["method", "start", "step"])
        found = (
            verdicts(valley, NASH.scale),
            verdicts(long.result(), CAGRAD.scale),
            _last(hard.result()),
            _last(concave.result()),
        )
    lines = [*_head(), *_near_valley(found[0], given.steps), *_far_valley(found[1], given.long, _mean_halfway(long.result()))]
    lines += [*_pcgrad(found[2], given.pcgrad), *_concave(found[3])]
    lines += ["", f"Written by `tests/benchmarks/landscapes.py` in {(time.perf_counter() - began) / 60:.0f} minutes.", ""]
    TABLE.write_text("\n".join(lines))
    missed = [words for words, holds in _published(found[0], long.result(), found[3]).items() if not holds]
    if missed:
        raise SystemExit(f"not reproduced: {'; '.join(missed)}. What was found instead is in {TABLE.name}.")


def _published(valley: pd.DataFrame, long: pd.DataFrame, concave: pd.DataFrame) -> dict[str, bool]:
    """What the papers say, and whether it was found."""
    mean = valley.loc["equal"]
    at = _mean_halfway(long)
    fixed = concave.iloc[: len(SHARES) * len(CONCAVE.starts)]
    smooth = concave.iloc[len(fixed) :].groupby("method", observed=True, sort=False)[["L1", "L2"]].mean()
    return {
        "the mean reaches the front from 4 of 5 starts at scale 0.1": mean["verdict"].tolist()
        == ["optimum", "optimum", "stuck", "optimum", "optimum"],
        "and is stuck near (5.0, 4.0) from (9, 9)": _near(mean.loc[2], 5.0, 4.0),
        "at scale 1 it is stuck near (-5.0, 2.6) from (-8.5, 7.5) after 50,000 steps": _near(at.loc[0], -5.0, 2.6),
        "fixed weights end at the ends of a concave front": bool((fixed[["L1", "L2"]].min(axis=1) < 0.05).all()),
        "Tchebycheff methods spread along it": bool(
            (smooth.loc[smooth.index.str.startswith("tch"), "L1"].diff()[1:] < -0.05).all()
        ),
    }


def _mean_halfway(long: pd.DataFrame) -> pd.DataFrame:
    """Where the mean of the losses is, from each start, after ``HALFWAY`` steps at scale 1."""
    return long[(long["method"] == "equal") & (long["step"] <= HALFWAY)].groupby("start").last()


def _near(row: pd.Series, x1: float, x2: float) -> bool:
    return bool(abs(row["x1"] - x1) < 0.1 and abs(row["x2"] - x2) < 0.3)


def _last(table: pd.DataFrame) -> pd.DataFrame:
    return table.groupby(["method", "start"], observed=True, sort=False).last()


def verdicts(table: pd.DataFrame, scale: float) -> pd.DataFrame:
    """The last row of every trajectory through the valley, with what it means."""
    problem: Problem = PROBLEMS["valley"].load()(scale=scale)
    front = problem.pareto_set(20_001)
    best = front[problem.losses(front).sum(1).argmin()].tolist()
    last = _last(table)
    late = table.groupby(["method", "start"], observed=True, sort=False).nth(-26).set_index(["method", "start"])  # of 501
    moved = ((last[["x1", "x2"]] - late[["x1", "x2"]]) ** 2).sum(axis=1) ** 0.5
    off = ((last[["x1", "x2"]] - best) ** 2).sum(axis=1) ** 0.5
    words = pd.Series("stuck", index=last.index)
    words[moved > RESTLESS] = "on the way"
    words[last["distance_to_front"] < NEAR] = "front"
    words[(last["distance_to_front"] < NEAR) & (off < NEAR)] = "optimum"
    return last.assign(verdict=words)


def _head() -> Iterator[str]:
    yield "# Where the methods end"
    yield ""
    yield (
        f"**front**: nearer than {NEAR} to the Pareto set in parameter space. **optimum**: on the front, and as near to the "
        f"point where the mean of the losses is least. **on the way**: neither, and it moved by more than {RESTLESS} in the "
        "last twentieth of the steps. **stuck**: neither, and it did not. In brackets where it ended. Options are the "
        "defaults; all in float64. Methods with random numbers are one draw. A landscape has no batches: a second batch is the "
        "first again."
    )


def _near_valley(found: pd.DataFrame, steps: int) -> Iterator[str]:
    yield ""
    yield f"## The valley at scale {NASH.scale:g}, Adam at {NASH.learning_rate:g}, {steps:,} steps (Nash-MTL, FAMO)"
    yield ""
    yield from _rows(found, NASH.starts)


def _far_valley(found: pd.DataFrame, steps: int, halfway: pd.DataFrame) -> Iterator[str]:
    yield ""
    yield f"## The valley at scale {CAGRAD.scale:g}, Adam at {CAGRAD.learning_rate:g}, {steps:,} steps (CAGrad)"
    yield ""
    places = " and ".join(f"({halfway['x1'][start]:.2f}, {halfway['x2'][start]:.2f})" for start in (0, 2))
    end = found.loc["equal"]
    creeps = max(abs(end["x2"][start] - halfway["x2"][start]) for start in (0, 2)) / (steps - HALFWAY) * 10_000
    yield f"After {HALFWAY:,} steps the mean of the losses is at {places} from the first and the last start. What looks"
    yield f"stuck there still creeps along its valley, by {creeps:.2f} in 10,000 steps."
    yield ""
    yield from _rows(found, CAGRAD.starts)


def _rows(found: pd.DataFrame, starts: tuple[tuple[float, ...], ...]) -> Iterator[str]:
    yield "| method | " + " | ".join(f"from ({start[0]:g}, {start[1]:g})" for start in starts) + " |"
    yield "| --- |" + " --- |" * len(starts)
    for method, rows in found.groupby("method", observed=True, sort=False):
        yield f"| {method} | " + " | ".join(f"{row['verdict']} {_place(row)}" for _, row in rows.iterrows()) + " |"


def _place(row: pd.Series) -> str:
    return f"({row['x1']:.1f}, {row['x2']:.1f})"


def _pcgrad(found: pd.DataFrame, steps: int) -> Iterator[str]:
    yield ""
    yield f"## PCGrad's valley, Adam at {PCGRAD.learning_rate:g}, {steps:,} steps"
    yield ""
    yield "| method | ends at | L1 | L2 | distance to the Pareto set |"
    yield "| --- | --- | --- | --- | --- |"
    for (method, _), row in found.iterrows():
        yield f"| {method} | {_place(row)} | {row['L1']:.1f} | {row['L2']:.1f} | {row['distance_to_front']:.2f} |"


def _concave(found: pd.DataFrame) -> Iterator[str]:
    rule = f"{CONCAVE.optimizer.upper()} at {CONCAVE.learning_rate:g}, {CONCAVE.steps:,} steps"
    yield ""
    yield f"## Concave front, n = 20, {rule}, {len(CONCAVE.starts)} starts"
    yield ""
    yield "Fixed weights end at an end of the front, where one loss is 0 and the other 0.98, whatever the weights; the"
    yield "Tchebycheff methods spread along it. Least and largest value over the starts."
    yield ""
    yield "| method | L1 | L2 | largest distance to the Pareto set |"
    yield "| --- | --- | --- | --- |"
    for method, rows in found.groupby("method", observed=True, sort=False):
        ranges = [f"{rows[name].min():.2f} to {rows[name].max():.2f}" for name in ("L1", "L2")]
        yield f"| {method} | {ranges[0]} | {ranges[1]} | {rows['distance_to_front'].max():.3f} |"


if __name__ == "__main__":
    main()
