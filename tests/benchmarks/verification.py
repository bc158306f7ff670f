"""Every method against an independent answer on random gradients; writes the table that the reference page shows.

Run it with ``python tests/benchmarks/verification.py``; the tests run it with fewer problems and compare with the table.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import torch
import torchjd.aggregation as jd
import torchjd.scalarization as scalar
from gradient_oracles import (
    EXACT,
    averaged_weights,
    bargained,
    bilevel,
    conic,
    dropped,
    looked_ahead,
    projections,
    sampled_twice,
    shortest,
    tracked,
    worst_off,
)
from loss_oracles import (
    aligned_groups,
    averaged_windows,
    constant,
    drawn,
    fast_adaptive,
    given,
    joined,
    normed,
    preferred,
    varied,
)
from problems import Measure, Problem, against_objective, against_torchjd, learned

from mtl_core.spec.methods import METHODS
from mtl_core.spec.verification import Verified

TASKS = (2, 3, 5, 8)
TABLE = Path(__file__).parents[2] / "mtl_core" / "spec" / "verification.json"

CHECKS: dict[str, tuple[str, str, float, Measure]] = {
    "equal": ("its definition", "weights", 1e-15, constant),
    "fixed": ("its definition", "weights", 1e-15, given),
    "uw": ("autograd and PyTorch's Adam on the paper's objective", "weights over steps", 1e-9,
           learned("uw", lambda s: torch.exp(-s) / 2, lambda s, losses: (torch.exp(-s) * losses + s) / 2, 0.01)),
    "dwa": ("torchjd", "weights over steps", 1e-9, averaged_windows),
    "gradnorm": ("autograd of the paper's loss", "slope of the weights", 1e-9, normed),
    "rlw": ("softmax of the same draws", "weights over steps", 1e-12, drawn),
    "gls": ("autograd of the paper's objective", "weights", 1e-9, against_objective("gls", lambda x: x.log().mean(1).exp())),
    "si": ("autograd of the paper's objective", "weights", 1e-12, against_objective("si", lambda x: x.log().sum(1))),
    "imtl_l": ("autograd and PyTorch's Adam on the paper's objective", "weights over steps", 1e-9,
               learned("imtl_l", torch.exp, lambda s, losses: torch.exp(s) * losses - s, 0.01)),
    "stch": ("autograd of the paper's objective", "weights", 1e-9,
             against_objective("stch", lambda x: 0.1 * torch.logsumexp(x / x.shape[1] / 0.1, 1))),
    "tchebycheff": ("autograd of the paper's objective", "weights", 1e-12,
                    against_objective("tchebycheff", lambda x: (x / x.shape[1]).amax(1))),
    "pbi": ("torchjd", "weights", 1e-6, preferred("pbi", lambda p: scalar.PBI(5.0, p))),
    "cosmos": ("torchjd", "weights", 1e-9, preferred("cosmos", lambda p: scalar.COSMOS(1.0, p))),
    "famo": ("autograd and PyTorch's Adam on the paper's update", "weights over steps", 1e-9, fast_adaptive),
    "go4align": ("the paper's loop, a group for each task", "weights over steps", 1e-9, aligned_groups),
    "cov": ("statistics of the whole history", "weights", 1e-9, varied),
    "path": ("its definition", "weights over steps", 1e-15, joined),
    "mgda": ("conditions of the shortest vector", "products", 1e-10, shortest),
    "pcgrad": ("the paper's loop in the same orders", "update", 1e-9, projections(False)),
    "nash_mtl": ("the equation G w = 1 / w", "residual", 1e-9, bargained("nash_mtl", 1.0)),
    "graddrop": ("the paper's masks on the same draws", "update", 1e-12, dropped),
    "gradvac": ("the paper's loop in the same orders", "update over steps", 1e-8, projections(True)),
    "cagrad": ("torchjd (Clarabel), which stops short", "shortfall of worst gain", 1e-6, worst_off),
    "conicgrad": ("the dual problem (SciPy)", "worst gain", 1e-7, conic),
    "imtl_g": ("torchjd", "update", 1e-7, against_torchjd("imtl_g", jd.IMTLG)),
    "aligned_mtl": ("torchjd", "update", 1e-7, against_torchjd("aligned_mtl", jd.AlignedMTL)),
    "fairgrad": ("the equation G w = w^(-1/2)", "residual", 1e-8, bargained("fairgrad", 0.5)),
    "upgrad": ("torchjd (quadprog)", "update", 1e-6,
               against_torchjd("upgrad", lambda: jd.UPGrad(projector=EXACT))),
    "dualproj": ("torchjd (quadprog)", "update", 1e-6,
                 against_torchjd("dualproj", lambda: jd.DualProj(projector=EXACT))),
    "pcd": ("torchjd", "update over steps", 1e-6, against_torchjd("pcd", jd.PCD)),
    "config": ("torchjd", "update", 1e-7, against_torchjd("config", jd.ConFIG)),
    "moco": ("the paper's loop", "update over steps", 1e-9, tracked("moco")),
    "db_mtl": ("the paper's loop", "update over steps", 1e-9, tracked("db_mtl")),
    "excess_mtl": ("torchjd", "update over steps", 1e-4,
                   against_torchjd("excess_mtl", lambda: jd.ExcessMTL(robust_step_size=0.01, n_warmup_steps=1))),
    "modo": ("torchjd on the same products", "weights over steps", 1e-9, sampled_twice("modo")),
    "sdmgrad": ("torchjd on the same products", "weights over steps", 1e-9, sampled_twice("sdmgrad")),
    "auto_lambda": ("autograd through the trial step", "weights", 1e-9, looked_ahead("auto_lambda")),
    "moml": ("autograd through the trial step", "step of the weights", 1e-4, looked_ahead("moml")),
    "forum": ("conditions of the paper's problem", "products", 1e-3, bilevel),
    "cr_mogm": ("torchjd, around UPGrad", "update over steps", 1e-6, averaged_weights),
}  # fmt: skip


def measured(name: str, runs: int) -> Verified:
    """One line of the table, from ``runs`` problems for each number of tasks."""
    oracle, quantity, tolerance, measure = CHECKS[name]
    worst, cases = 0.0, 0
    for tasks in TASKS:
        deviations = measure(Problem.draw(runs, tasks))
        assert deviations.isfinite().all(), name
        worst, cases = max(worst, deviations.max().item()), cases + deviations.numel()
    return Verified(name, oracle, quantity, cases, float(f"{worst:.1e}"), tolerance)


def main() -> None:
    """Print the table and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=250, help="problems for each number of tasks")
    parser.add_argument("methods", nargs="*", help="only these, and nothing is written")
    arguments = parser.parse_args()
    lines = []
    for name in arguments.methods or METHODS:
        line = measured(name, arguments.runs)
        lines.append(line)
        sign = "" if line.deviation <= line.tolerance else "  TOO FAR"
        print(
            f"{name:12} {line.oracle:55} {line.quantity:20} {line.cases:6} {line.deviation:8.1e} {line.tolerance:8.0e}{sign}",
            flush=True,
        )
    if not arguments.methods:
        TABLE.write_text(json.dumps([asdict(line) for line in lines], indent=1) + "\n")


if __name__ == "__main__":
    main()
