"""In which order and in which programs a study's runs are trained."""

from collections.abc import Iterator

from mtl_core.spec.plan import Run
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
