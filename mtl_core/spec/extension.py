"""A study with more seeds, or more weightings, than were trained so far."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mtl_core.errors import SpecError
from mtl_core.spec.plan import map_points
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


def with_points(study: Study, points: Sequence[Sequence[float]]) -> Study:
    """The same question with more fixed weightings, which takes the earlier study's runs over as ``with_seeds`` does.

    Args:
        study: the earlier one.
        points: weightings, each with a weight for each task; those that it has already are left out.

    Raises:
        SpecError: nothing new, or a point that is no weighting.

    >>> with_points(Study(weights=3), [[0.4, 0.6], [0.5, 0.5]]).refined
    (((0.4, 0.6),),)
    """
    added: list[Any] = [list(point) for point in points]
    known = set(map_points(study))
    (checked,) = replace(study, refined=[added]).refined if added else ((),)
    new = [list(point) for point in dict.fromkeys(checked) if point not in known]
    if not new:
        raise SpecError("weightings that the study does not have were expected, found none; choose others.")
    return replace(study, refined=(*study.refined, new))


def earlier(study: Study) -> tuple[Study, ...]:
    """The studies that this one can go on from: with the seeds that were looked at last, without the weightings that were added
    last, or both."""
    seeds = {"seeds": list(study.seed_list[: study.looks[-1]]), "looks": study.looks[:-1]} if study.looks else None
    points = {"refined": study.refined[:-1]} if study.refined else None
    return tuple(replace(study, **change) for change in (points, seeds, (points or {}) | (seeds or {})) if change)
