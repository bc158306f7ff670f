"""What a step of each sharing strategy costs beside one of hard sharing, and how many more operations it has.

``python tests/benchmarks/strategies_speed.py`` prints for 64 runs of a multilayer perceptron with three tasks the ratio of a
step's products, the ratio of times (interleaved, warmed up, medians, one process) and the one by the other: wanted is
at most 1.5.
"""

import argparse

import torch
from measure import interleaved, machine
from torch.utils.flop_counter import FlopCounterMode

from mtl_core.models.build import Sizes, build
from mtl_core.spec.choice import Choice, choose
from mtl_core.spec.plan import Run
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.spec.study import Study
from mtl_core.suites.suite import Task
from mtl_core.training.cohort import Cohort
from mtl_core.training.data import Data, DeviceSplit
from mtl_core.training.memory import keep_freed_memory

RUNS, INPUTS, CLASSES, ROWS, TASKS = 64, 64, 10, 2000, 3


def data_of(tasks: tuple[Task, ...], per_task: bool) -> Data:
    """Random examples."""
    generator = torch.Generator().manual_seed(0)
    shape = (ROWS, TASKS, INPUTS) if per_task else (ROWS, INPUTS)
    inputs = torch.randn(shape, generator=generator)
    targets = tuple(torch.randint(0, CLASSES, (ROWS,), generator=generator) for _ in tasks)
    split = DeviceSplit(inputs, targets, (None,) * len(tasks))
    return Data(tasks, split, split, split, per_task=per_task)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--strategies", nargs="*", default=list(STRATEGIES))
    rounds, names = (arguments := parser.parse_args()).rounds, arguments.strategies
    keep_freed_memory()
    print(machine())
    tasks = tuple(Task(f"task {t}", "classification", CLASSES) for t in range(TASKS))
    study = Study(steps=20_000, weights=[], suite="digits_pair")
    body = Choice("mlp", (("width", 32), ("depth", 2), ("normalise", True)))
    steps, flops = {}, {}
    for name in dict.fromkeys(("hard", *names)):
        for per_task in {False, STRATEGIES[name].per_task}:
            key = f"{name} on inputs of their own" if per_task else name
            if STRATEGIES[name].per_task and not per_task:
                continue
            data = data_of(tasks, per_task)
            model = build(choose("strategy", STRATEGIES, name), body, Sizes(tasks, (INPUTS,), study.steps, per_task))
            runs = tuple(Run(i, "method", "equal", Choice("equal"), (1 / TASKS,) * TASKS, i, 3e-3) for i in range(RUNS))
            steps[key] = stepping(Cohort(study, model, data, runs))
            with FlopCounterMode(display=False) as counter:  # forward and backward, what is made once for a batch too
                steps[key]()
            flops[key] = counter.get_total_flops()
    taken = interleaved(steps, rounds)
    print(f"{'strategy':<16} {'FLOPs':>8} {'time':>8} {'time/FLOPs':>11}")
    for key, seconds in taken.items():
        operations, time = flops[key] / flops["hard"], seconds / taken["hard"]
        print(f"{key:<16} {operations:>8.2f} {time:>8.2f} {time / operations:>11.2f}")


def stepping(cohort: Cohort):
    """A step without a conflict record."""
    count = 0

    def step() -> None:
        nonlocal count
        cohort.step(5 * count + 1)
        count += 1

    return step


if __name__ == "__main__":
    main()
