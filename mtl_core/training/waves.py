"""In which order and in which programs a study's runs are trained."""

from collections.abc import Iterator, Mapping, Sequence

import torch

from mtl_core.records.sharing import ModelLayout
from mtl_core.spec.methods import METHODS
from mtl_core.spec.plan import Run
from mtl_core.spec.study import Study
from mtl_core.training import memory, optimizers
from mtl_core.training.balance import needs_gradients


def ordered(runs: tuple[Run, ...]) -> list[Run]:
    """Those of nested choices last; runs that need only losses first, then those of one strategy, and runs of one method next
    to each other."""
    methods = list(dict.fromkeys(run.method for run in runs))
    strategies = list(dict.fromkeys(run.strategy for run in runs))
    return sorted(
        runs,
        key=lambda run: (
            run.besides is not None,
            needs_gradients(run),
            strategies.index(run.strategy),
            methods.index(run.method),
            run.index,
        ),
    )


def program(run: Run) -> tuple[bool, bool, str]:
    """What runs of one tensor program have in common; those that nested choices are made by have programs of their own, for of
    them little is recorded."""
    return run.besides is not None, needs_gradients(run), run.strategy


def chunks(runs: list[Run], size: int) -> Iterator[tuple[Run, ...]]:
    """The runs in waves of at most ``size``."""
    for start in range(0, len(runs), size):
        yield tuple(runs[start : start + size])


def runs_per_wave(study: Study, models: Sequence[ModelLayout], example: Mapping[str, int], device: torch.device) -> int:
    """How many runs one wave may hold.

    Args:
        study: what is trained.
        models: of its strategies.
        example: for each strategy the numbers that pass through one run for one example.
        device: where.
    """
    moments, tasks = optimizers.build(study.optimizer).moments, len(study.tasks)
    entries = [METHODS[method.name] for method in study.methods]
    # The parameters at the best step, those that look ahead; remembered gradients, or a second set with its gradients.
    again = any(entry.keeps_gradients or entry.extra for entry in entries)
    more = 1 + (study.affinity_every > 0) + again * (tasks + 2)
    need = max(
        memory.bytes_per_run(model.parameters, tasks, moments + more, example[model.strategy], study.batch_size)
        for model in models
    )
    return max(1, memory.budget(device) // need)
