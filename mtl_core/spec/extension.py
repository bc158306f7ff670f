"""A study with more seeds than were trained so far."""

from dataclasses import replace

from mtl_core.errors import SpecError
from mtl_core.spec.settings import OPTIONS
from mtl_core.spec.study import Study

SCHEDULE = (5, 10, 20)
"""After how many seeds somebody who goes on until a difference is clear looks: with 95 % intervals at the first and 98 % ones
at the two others, 7.6 % of nothings are called clear; looks at other counts err more often."""


def with_seeds(study: Study, count: int | None = None) -> Study:
    """The same question with more seeds, which remembers that results were looked at before.

    Trained where the earlier study is kept, it takes that one's runs over and trains the new ones alone. Its intervals are at
    98 %, for who goes on until something is clear finds something.

    Args:
        study: the earlier one.
        count: how many seeds; None for the next of ``SCHEDULE``.

    Raises:
        SpecError: no more seeds than before, or beyond the schedule without a count.

    >>> later = with_seeds(Study(seeds=5))
    >>> later.seeds, later.looks, later.confidence
    (10, (5,), 0.98)
    """
    seeds = study.seed_list
    wanted = next((look for look in SCHEDULE if look > len(seeds)), None) if count is None else OPTIONS[0].check(count)
    if wanted is None:
        raise SpecError(
            f"the last planned look is at {SCHEDULE[-1]} seeds, found {len(seeds)}; say how many seeds there should be."
        )
    if wanted <= len(seeds):
        raise SpecError(f"seeds must be more than the {len(seeds)} that were trained, found {wanted}; choose a larger number.")
    fresh = (seed for seed in range(wanted + len(seeds)) if seed not in seeds)
    more = (*seeds, *(next(fresh) for _ in range(wanted - len(seeds))))
    return replace(study, seeds=list(more), looks=(*study.looks, len(seeds)))


def earlier(study: Study) -> Study | None:
    """The study that this one goes on from: what was looked at last. None where nothing was."""
    if not study.looks:
        return None
    return replace(study, seeds=list(study.seed_list[: study.looks[-1]]), looks=study.looks[:-1])
