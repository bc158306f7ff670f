"""What recording task affinities costs: training with a look ahead at every tenth step beside training without.

Run from the repository: ``OMP_NUM_THREADS=1 python tests/benchmarks/affinity.py``. Wanted: at most a third longer. The dearest
case is a cohort of equal runs alone, for other runs pay nothing; it is timed beside whole studies, which have baselines.
"""

import argparse
from collections.abc import Callable

from measure import interleaved, machine

from mtl_core.spec import Study
from mtl_core.training.cohort import Cohort
from mtl_core.training.devices import resolve
from mtl_core.training.trainer import Trainer

EVERY = 10
CASES = {
    "digits_pair, 2 tasks": {"suite": "digits_pair"},
    "sprites, 5 tasks": {"suite": "sprites"},
    "subspace, 8 tasks": {"suite": "subspace"},
    "subspace, 8 tasks, gradients at every tenth step": {"suite": "subspace", "conflict_every": 10},
    "digits_pair, cnn": {"suite": "digits_pair", "backbone": "cnn"},
    "digits_pair, mmoe": {"suite": "digits_pair", "strategies": ["mmoe"]},
    "phrases, transformer": {"suite": "phrases", "batch_size": 32},
}


def ten_steps(study: Study, alone: bool) -> Callable[[], None]:
    """Ten steps, on and on, of a study's runs that need losses alone; or of its equal runs."""
    trainer = Trainer(study)
    cohort = trainer._cohorts[-1]
    if alone:
        runs = tuple(run for run in trainer.layout.runs if run.role != "baseline")
        cohort = Cohort(study, trainer._models[runs[0].strategy].model, trainer._data, runs)
    step = 0

    def act() -> None:
        nonlocal step
        for _ in range(EVERY):
            cohort.step(step)
            step += 1

    return act


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    print(
        f"{machine()}\n\n| study | ms a step of five equal runs | longer with affinities | of all its runs |\n|---|---|---|---|"
    )
    for title, options in CASES.items():
        ways = {}
        for affinity in (0, EVERY):
            plain = {"weights": [], "seeds": 5, "steps": 20_000, "device": str(resolve(given.device))}
            study = Study(**plain | options | {"affinity_every": affinity})
            ways |= {f"{alone} {affinity}": ten_steps(study, alone) for alone in (True, False)}
        found = interleaved(ways, given.rounds, calls=1)
        alone, whole = (found[f"{each} {EVERY}"] / found[f"{each} 0"] - 1 for each in (True, False))
        base = 1000 * found["True 0"] / EVERY
        print(f"| {title} | {base:.2f} | {alone:+.0%} | {whole:+.0%} |", flush=True)


if __name__ == "__main__":
    main()
