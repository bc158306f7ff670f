"""From which rows batches are drawn, where the rows of a suite are of several sources: one line each."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mtl_core.errors import SpecError, some_of
from mtl_core.spec.choice import Choice
from mtl_core.spec.option import Option
from mtl_core.spec.suites import SUITES
from mtl_core.spec.table import Entry, table

if TYPE_CHECKING:
    from mtl_core.spec.study import Study

PROPORTIONAL = "proportional"

SAMPLINGS: dict[str, Entry] = table(
    Entry(
        PROPORTIONAL,
        "As many as there are",
        "Every row is seen once an epoch, so that a source with more rows is seen more often.",
    ),
    Entry("equal", "Equally many", "Every source is seen equally often, however few rows it has."),
    Entry(
        "temperature",
        "By temperature",
        "Between the two: a source is seen as often as the T-th root of its number of rows says.",
        options=(
            Option("temperature", "number", 2.0, "1 is as many as there are, the higher the more equally", 1, 100, symbol="T"),
        ),
        source="Raffel et al. 2020; Aharoni, Johnson & Firat 2019",
    ),
)
"""How often each source is seen: a source is the rows that have the labels of some tasks and of no others."""


def sources(suite: str, tasks: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Which of some tasks have their labels in the same rows, for each source of a suite's rows that has any of them; empty
    where a suite's rows are all of one source."""
    kept = (tuple(task for task in source if task in tasks) for source in SUITES[suite].sources)
    return tuple(source for source in kept if source)


def shares(sampling: Choice, counts: Sequence[int]) -> list[float]:
    """Which part of the examples comes from each source: ``p_m = n_m^(1/T) / sum_k n_k^(1/T)``, T = 1 in proportion to the
    rows and without end equally.

    Args:
        sampling: a chosen line of ``SAMPLINGS``.
        counts: the rows of each source.

    Source: Raffel et al. 2020, section 3.5.2, without a limit to the size of a source.

    >>> [round(share, 3) for share in shares(Choice("temperature", (("temperature", 2.0),)), [100, 400])]
    [0.333, 0.667]
    """
    match sampling.name:
        case "equal":
            weights = [1.0] * len(counts)
        case "temperature":
            weights = [count ** (1 / sampling.options["temperature"]) for count in counts]
        case _:
            weights = [float(count) for count in counts]
    return [weight / sum(weights) for weight in weights]


def check_sampling(study: "Study") -> None:
    """Refuse a choice between sources where there is one alone.

    Raises:
        SpecError: all of the study's tasks have their labels in the same rows.
    """
    if study.sampling.name == PROPORTIONAL or len(sources(study.suite.name, study.tasks)) > 1:
        return
    several = [entry.name for entry in SUITES.values() if entry.sources]
    raise SpecError(
        f"sampling chooses between rows of different tasks, and the rows of {study.suite.name!r} have labels of "
        f"{some_of(study.tasks)} together; leave it at 'proportional', add a task whose labels are in other rows, or "
        f"choose another suite, such as {some_of(several)}."
    )
