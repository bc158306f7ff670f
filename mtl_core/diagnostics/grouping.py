"""Which networks to build so that tasks gain most: solved exactly, under a budget."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from mtl_core.diagnostics.columns import Array
from mtl_core.errors import SpecError

FEW = 8
"""Up to so many sets every choice is looked at; more are left to the solver."""

_THRIFT = 1e-9
"""What a network costs beside gains: of choices that gain the same the cheapest is taken."""


@dataclass(frozen=True)
class Choice:
    """Networks to build, and which of them answers each task.

    Args:
        sets: the places of the chosen sets, each of which answers a task.
        reads: ``(T,)`` the place of the set that answers each task.
    """

    sets: tuple[int, ...]
    reads: tuple[int, ...]

    def value(self, table: Array) -> Array:
        """The mean gain over tasks ``(...)`` of ``(N, ..., T)``."""
        return np.asarray(np.mean([table[place, ..., task] for task, place in enumerate(self.reads)], axis=0))


def best_grouping(
    gain: Array, cost: Array, networks: int | None = None, budget: float | None = None, *, partition: bool = False
) -> Choice:
    """The sets of tasks that gain most together: ``max sum_t max_{S chosen, t in S} g(t; S)``.

    A mixed integer programme: ``x_S`` in {0, 1}, network S is built; ``y_tS >= 0``, task t is answered by S;
    maximise ``sum y_tS g(t; S)`` subject to ``sum_S y_tS = 1`` for each t, ``y_tS <= x_S``, ``sum_S c_S x_S <= budget``
    and ``sum_S x_S <= networks``. A task may be learned in several networks and is answered by its best one; as a partition it
    is learned in one alone, ``sum_{S with t} x_S = 1``.

    Args:
        gain: ``(N, T)``, NaN where t is not in S; a set with a member whose gain is not known is no candidate.
        cost: ``(N,)``.
        networks: the most networks; None for any number.
        budget: the most that they may cost together; None for any.
        partition: whether each task is learned once.

    Raises:
        SpecError: no choice answers every task within the bounds.

    Source: Standley et al. 2020 (ICML), "Which Tasks Should Be Learned Together in Multi-task Learning?", there by search.
    """
    tasks = gain.shape[1]
    inside = np.isfinite(gain)
    usable = np.flatnonzero(inside.any(axis=1))
    if len(usable) <= FEW:
        chosen = _among_few(gain[usable], cost[usable], networks, budget, partition=partition)
    else:
        chosen = _solved(gain[usable], cost[usable], networks, budget, partition=partition)
    if chosen is None:
        bounds = [f"{networks} networks"] if networks is not None else []
        bounds += [f"a budget of {budget:g}"] if budget is not None else []
        raise SpecError(
            f"no networks of this study answer all {tasks} tasks within {' and '.join(bounds) or 'these rules'}; allow more."
        )
    chosen = usable[chosen]
    answers = chosen[np.argmax(np.where(inside[chosen], gain[chosen], -np.inf), axis=0)]
    return Choice(tuple(dict.fromkeys(sorted(answers.tolist()))), tuple(answers.tolist()))


def _among_few(gain: Array, cost: Array, networks: int | None, budget: float | None, *, partition: bool) -> Array | None:
    """The places of the best sets, by looking at every choice; None where none fits."""
    inside, best, found = np.isfinite(gain), -np.inf, None
    for chosen in (np.flatnonzero([mask >> place & 1 for place in range(len(gain))]) for mask in range(1, 1 << len(gain))):
        learned = inside[chosen].sum(axis=0)
        fits = (networks is None or len(chosen) <= networks) and (budget is None or cost[chosen].sum() <= budget + 1e-9)
        if not fits or (learned == 0).any() or (partition and (learned > 1).any()):
            continue
        worth = np.where(inside[chosen], gain[chosen], -np.inf).max(axis=0).sum() - _THRIFT * cost[chosen].sum()
        if worth > best:
            best, found = worth, chosen
    return found


def _solved(gain: Array, cost: Array, networks: int | None, budget: float | None, *, partition: bool) -> Array | None:
    """The same by the mixed integer programme."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # 12 MB that a server without such a page does without

    inside, tasks, usable = np.isfinite(gain), gain.shape[1], np.arange(len(gain))
    reads = [(place, task) for place in usable for task in np.flatnonzero(inside[place])]
    count, total = len(reads), len(usable) + len(reads)
    column = {place: number for number, place in enumerate(usable)}
    own = np.array([len(usable) + number for number in range(count)])
    worth = np.concatenate([_THRIFT * cost[usable], [-gain[place, task] for place, task in reads]])
    rules = []
    answered = np.zeros((tasks, total))
    built = np.zeros((count, total))
    for number, (place, task) in enumerate(reads):
        answered[task, own[number]] = 1
        built[number, own[number]], built[number, column[place]] = 1, -1
    rules += [LinearConstraint(answered, 1, 1), LinearConstraint(built, -np.inf, 0)]
    if budget is not None:
        rules.append(LinearConstraint(np.concatenate([cost[usable], np.zeros(count)])[None], -np.inf, budget + 1e-9))
    if networks is not None:
        rules.append(LinearConstraint(np.concatenate([np.ones(len(usable)), np.zeros(count)])[None], -np.inf, networks))
    if partition:
        once = np.concatenate([inside[usable].T.astype(float), np.zeros((tasks, count))], axis=1)
        rules.append(LinearConstraint(once, 1, 1))
    whole = np.concatenate([np.ones(len(usable)), np.zeros(count)])
    found = (
        milp(worth, integrality=whole, bounds=Bounds(0, 1), constraints=rules, options={"mip_rel_gap": 0}) if count else None
    )
    return None if found is None or found.x is None else np.flatnonzero(found.x[: len(usable)] > 0.5)


def choice_of(groups: Sequence[int], gain: Array) -> Choice:
    """The choice of these sets, each task answered by the best of them by ``gain`` ``(N, T)``.

    Raises:
        SpecError: a task is in none of them.
    """
    chosen = np.array(groups)
    known = np.where(np.isfinite(gain[chosen]), gain[chosen], -np.inf)
    if not np.isfinite(known.max(axis=0)).all():
        raise SpecError("every task must be in a network, found one that is in none; put it into one.")
    reads = chosen[known.argmax(axis=0)].tolist()
    return Choice(tuple(dict.fromkeys(sorted(reads))), tuple(reads))


def partitions(tasks: int, groups: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """All ways to divide so many tasks into so many groups.

    >>> list(partitions(3, 2))
    [((0, 1), (2,)), ((0, 2), (1,)), ((0,), (1, 2))]
    """
    if groups == 1:
        yield (tuple(range(tasks)),)
        return
    if groups > tasks or groups < 1:
        return
    others = range(1, tasks)
    for size in range(len(others), -1, -1):
        for mates in combinations(others, size):
            rest = [task for task in others if task not in mates]
            for division in partitions(len(rest), groups - 1) if rest else ():
                yield ((0, *mates), *(tuple(rest[place] for place in group) for group in division))
