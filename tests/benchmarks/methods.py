"""Each solver on 64 runs at once against torchjd's on the same Gramians, one after the other; and a study of many methods."""

from collections.abc import Callable

import torch
import torchjd.aggregation as jd
from measure import interleaved, machine
from torch import Tensor

from mtl_core.balancing.method import Signals
from mtl_core.balancing.once import Still, build
from mtl_core.random import Streams
from mtl_core.spec.study import Study
from mtl_core.training.trainer import Trainer

RUNS, SIZE = 64, 50
TASKS = (2, 3, 5, 10)
WANTED = {"mgda": 20, "cagrad": 20, "nash_mtl": 20, "fairgrad": 20, "upgrad": 5, "dualproj": 5, "pcgrad": 5, "aligned_mtl": 5}

# Their Nash-MTL has no weighting of a Gramian; it is given the gradients that the Gramian is made of.
ORACLES: dict[str, Callable[[int], Callable[[Tensor], Tensor]]] = {
    "mgda": lambda tasks: jd.MGDAWeighting(),
    "cagrad": lambda tasks: jd.CAGradWeighting(c=0.4),
    "nash_mtl": lambda tasks: jd.NashMTL(n_tasks=tasks),
    "fairgrad": lambda tasks: jd.FairGradWeighting(alpha=2.0),
    "upgrad": lambda tasks: jd.UPGradWeighting(),
    "dualproj": lambda tasks: jd.DualProjWeighting(),
    "pcgrad": lambda tasks: jd.PCGradWeighting(),
    "aligned_mtl": lambda tasks: jd.AlignedMTLWeighting(),
}

TWELVE = (
    "mgda",
    "pcgrad",
    "gradvac",
    "cagrad",
    "imtl_g",
    "nash_mtl",
    "aligned_mtl",
    "fairgrad",
    "upgrad",
    "dualproj",
    "config",
    "graddrop",
)


def ours(name: str, jacobian: Tensor) -> Callable[[], object]:
    """One step of a method for all runs, the Gramian at hand."""
    _, method = build(name, {})
    losses = jacobian.new_ones(jacobian.shape[:2])
    state = method.init(losses)
    seen = torch.ones_like(losses, dtype=torch.bool)
    streams = Streams.of(range(len(jacobian)))
    signals = Signals(losses, seen, 0, 1, streams, jacobian @ jacobian.mT, jacobian, Still(losses, jacobian))
    return lambda: method(signals, state)


def theirs(name: str, jacobian: Tensor) -> Callable[[], object]:
    """The same for each run in turn."""
    ask = ORACLES[name](jacobian.shape[1])
    given = jacobian if name == "nash_mtl" else jacobian @ jacobian.mT
    return lambda: [ask(each) for each in given]


def steps(methods: tuple[str, ...]) -> Callable[[], object]:
    """A step of a study on the default suite with five seeds, baselines included."""
    study = Study(methods=list(methods), weights=[], seeds=5, steps=10_000, evaluate_every=10_000, conflict_every=10_000)
    trainer = Trainer(study)
    trainer.advance()
    return trainer.advance


def main() -> None:
    """Print the tables."""
    print(machine())
    print(f"{RUNS} runs, a step of the solver alone; milliseconds, and how many times torchjd's it is as fast")
    generator = torch.Generator().manual_seed(0)
    for name, wanted in WANTED.items():
        cells = []
        for tasks in TASKS:
            jacobian = torch.randn(RUNS, tasks, SIZE, generator=generator)
            found = interleaved({"ours": ours(name, jacobian)}, rounds=7, calls=3)["ours"]
            oracle = interleaved({"theirs": theirs(name, jacobian)}, rounds=2, calls=1, warm_up=1)["theirs"]
            cells.append(f"T = {tasks}: {1e3 * found:6.2f} {oracle / found:7.0f} x")
        print(f"{name:12}" + "   ".join(cells) + f"   (wanted: {wanted} x)", flush=True)
    ways = {name: steps((name,)) for name in TWELVE} | {"all twelve together": steps(TWELVE)}
    each = interleaved(ways, rounds=15, calls=5)
    together = each.pop("all twelve together")
    print("a step of five seeds on digits_pair, milliseconds: " + ", ".join(f"{n} {1e3 * s:.2f}" for n, s in each.items()))
    print(f"slowest over cheapest: {max(each.values()) / min(each.values()):.2f} (wanted: at most 2)")
    print(f"all twelve together: {1e3 * together:.1f} ms a step")


if __name__ == "__main__":
    main()
