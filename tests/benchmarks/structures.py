"""Whether searches and gates find the structure that a suite was made with: writes ``structures.md`` beside this file.

``python tests/benchmarks/structures.py``: some minutes of one core. Nothing is tuned: default options, Adam at 0.003, twenty
seeds; on a table of an easy and a hard task AdaShare also without its penalty on differences.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mtl_core.diagnostics.intervals import interval
from mtl_core.models.experts import Experts
from mtl_core.models.model import EVALUATION
from mtl_core.spec.study import Study
from mtl_core.suites.regions import REGIONS, quadrant
from mtl_core.training.cohort import Cohort
from mtl_core.training.trainer import Trainer

TABLE = Path(__file__).with_suffix(".md")
LENGTHS = (300, 600, 2000)
GATED = ("mmoe", "omoe", "cgc", "ple", "adatt", "dselect_k")


def begun(strategy: Any, suite: Any, seeds: int, steps: int, depth: int = 2) -> tuple[Trainer, Cohort]:
    """The runs of a strategy at equal weights, before their first step."""
    backbone = {"name": "mlp", "width": 16, "depth": depth}
    study = Study(
        suite=suite, strategies=[strategy], backbone=backbone, weights=0, seeds=seeds, steps=steps, conflict_every=100
    )
    trainer, name = Trainer(study), study.sharing(study.strategies[0])
    return trainer, next(cohort for cohort in trainer._cohorts if cohort.runs[0].strategy == name)


def searched(strategy: Any, suite: Any, seeds: int, steps: int, depth: int) -> Cohort:
    """The runs when they have found what they train anew."""
    _, cohort = begun(strategy, suite, seeds, steps, depth)
    for step in range(cohort.turns[-1] + 1):
        cohort.step(step)
    return cohort


def pairs_found(cohort: Cohort) -> int:
    """In how many runs of ``ltb`` on ``clusters`` a stage joins tasks 1 with 2 and 3 with 4, and no others."""
    top, below = (cohort.views[f"parent.{place}.0.value"].argmax(2) for place in (1, 0))
    planted = torch.tensor([0, 0, 1, 1])
    paired = torch.zeros(len(top), dtype=torch.bool)
    for nodes in (top, below.gather(1, top)):  # (R, T) the node of each stage that each task uses
        together = nodes.unsqueeze(1) == nodes.unsqueeze(2)
        paired |= (together == (planted[:, None] == planted)).flatten(1).all(1)
    return int(paired.sum())


def information(weights: Tensor, regions: Tensor) -> Tensor:
    """``I(region; expert)`` in bits, ``(R, T)``, where an example draws an expert by its gate, ``(R, T, K, B)``; ``(B,)``."""
    share = torch.bincount(regions, minlength=REGIONS) / len(regions)
    given = torch.stack([weights[..., regions == region].mean(3) for region in range(REGIONS)], dim=3)  # (R, T, K, Q)
    overall = (given * share).sum(3, keepdim=True)
    bits: Tensor = (share * torch.xlogy(given, given / overall.clamp(min=1e-12))).sum((2, 3)) / np.log(2)
    return bits


def gates(strategy: Any, seeds: int, steps: int) -> tuple[str, str]:
    """What the gates that read the example know of its region after training, and what they would by chance."""
    trainer, cohort = begun(strategy, "regions", seeds, steps)
    for step in range(steps):
        cohort.step(step)
    inputs = trainer._data.test.inputs
    model = cohort._model
    assert isinstance(model, Experts)
    with torch.no_grad():
        weights, _ = model.weigh(0, cohort.views, inputs.expand(len(cohort.runs), 1, *inputs.shape), EVALUATION)
    assert weights is not None
    regions = torch.from_numpy(quadrant(inputs.numpy()))
    shuffled = regions[torch.randperm(len(regions), generator=torch.Generator().manual_seed(0))]
    return told(information(weights, regions).mean(1).numpy()), told(information(weights, shuffled).mean(1).numpy())


def told(values: npt.NDArray[Any]) -> str:
    """The mean with its interval."""
    found = interval(values[:, None].astype(np.float64))
    return f"{found.mean[0]:.2f} [{found.low[0]:.2f}, {found.high[0]:.2f}]"


def easy_and_hard(folder: str) -> dict[str, Any]:
    """A table whose one target is linear in the columns and whose other is not."""
    rng = np.random.default_rng(0)
    x, noise = rng.standard_normal((1200, 6)), 0.1 * rng.standard_normal((2, 1200))
    easy = x @ [1, -0.5, 0.3, 0, 0, 0] + noise[0]
    hard = np.sin(1.5 * x[:, 0] * x[:, 1]) + np.tanh(2 * x[:, 2] * x[:, 3]) + noise[1]
    path = Path(folder) / "table.csv"
    heading = ",".join([*(f"x{place}" for place in range(6)), "easy", "hard"])
    np.savetxt(path, np.column_stack([x, easy, hard]), delimiter=",", header=heading, comments="", fmt="%.5f")
    return {"name": "csv", "path": str(path), "targets": ["easy", "hard"]}


def executed(cohort: Cohort) -> Tensor:
    """``(R, T)`` how many of the three stages that can be skipped a found policy of ``adashare`` executes."""
    return torch.stack([cohort.views[f"policy.{place}.0.value"] > 0 for place in (1, 2, 3)], dim=2).sum(2).double()


def main() -> None:
    """Train, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    seeds = parser.parse_args().seeds
    lines = [
        "# Structure found where it is planted",
        "",
        f"Multilayer perceptron of width 16, Adam at 0.003, {seeds} seeds, default options unless said; means with 95 % "
        "intervals over seeds. Nothing was tuned.",
        "",
        "## Trees: `ltb` on `clusters`",
        "",
        f"In how many of {seeds} seeds the found tree has a stage that joins tasks 1 with 2 and 3 with 4 and no others. A "
        "tree at random does in 1 of 12.",
        "",
        "| steps | seeds |",
        "|---|---|",
        *(f"| {steps} | {pairs_found(searched('ltb', 'clusters', seeds, steps, 2))} |" for steps in LENGTHS),
        "",
        "## Gates: experts on `regions`",
        "",
        "Mutual information, in bits, of the quadrant of a test example and the expert that its gate would draw, for the gates "
        "that read the example, after 2,000 steps; mean over tasks. Two bits would tell the quadrant.",
        "",
        "| strategy | bits | with quadrants shuffled |",
        "|---|---|---|",
    ]
    for strategy in GATED:
        print(strategy, flush=True)
        options: dict[str, Any] = (
            {"per_example": True} if strategy == "dselect_k" else {}
        )  # else its selectors are the task's alone
        lines.append(f"| {strategy} | {' | '.join(gates({'name': strategy} | options, seeds, 2000))} |")
    lines += [
        "",
        "## Depth: `adashare` on an easy and a hard task",
        "",
        "Of three stages that can be skipped, how many the found policy executes after a search of 2,000 steps' study: one "
        "target is linear in the columns of a table, the other is not.",
        "",
        "| sharing | easy | hard | hard - easy |",
        "|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for options in ({"sharing": 0}, {}):
            count = executed(searched({"name": "adashare"} | options, easy_and_hard(folder), seeds, 2000, 4)).numpy()
            cells = (told(count[:, 0]), told(count[:, 1]), told(count[:, 1] - count[:, 0]))
            lines.append(f"| {options.get('sharing', 'default')} | {' | '.join(cells)} |")
    TABLE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
