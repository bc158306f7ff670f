"""Which tasks together: exact groupings against brute force, and planted answers."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtl_core.diagnostics.grouping import best_grouping, choice_of, partitions
from mtl_core.diagnostics.subsets import Gains
from mtl_core.diagnostics.together import Together, higher_order, pair_gains
from mtl_core.errors import SpecError
from mtl_core.spec.weightings import task_sets


def drawn(tasks: int, seed: int, seeds: int = 3) -> Gains:
    """Random gains of all sets."""
    rng = np.random.default_rng(seed)
    sets = (*((task,) for task in range(tasks)), *task_sets("subsets", tasks))
    inside = np.array([[task in members for task in range(tasks)] for members in sets])[:, None, :]
    tables = []
    for _ in range(2):
        table = np.where(inside, rng.normal(size=(len(sets), seeds, tasks)), np.nan)
        table[:tasks] = np.where(inside[:tasks], 0.0, np.nan)
        tables.append(table)
    names = tuple("abcdef"[:tasks])
    labels = tuple("+".join(names[task] for task in members) for members in sets)
    return Gains(names, sets, labels, tuple(range(seeds)), *tables)


def brute(gain: np.ndarray, cost: np.ndarray, networks: int, budget: float, *, partition: bool) -> float:
    """The best mean gain over all choices of up to so many sets."""
    best = -np.inf
    inside = np.isfinite(gain)
    for count in range(1, networks + 1):
        for chosen in map(list, combinations(range(len(gain)), count)):
            if cost[chosen].sum() > budget + 1e-9 or not inside[chosen].any(axis=0).all():
                continue
            if partition and not (inside[chosen].sum(axis=0) == 1).all():
                continue
            best = max(best, float(np.where(inside[chosen], gain[chosen], -np.inf).max(axis=0).mean()))
    return best


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), tasks=st.integers(2, 4), networks=st.integers(1, 3), partition=st.booleans())
def test_the_programme_finds_what_brute_force_finds(seed: int, tasks: int, networks: int, partition: bool) -> None:
    gain = drawn(tasks, seed).mean()
    cost = np.random.default_rng(seed).uniform(0.5, 1.5, len(gain))
    found = best_grouping(gain, np.ones(len(gain)), networks, partition=partition)
    assert found.value(gain) == pytest.approx(brute(gain, cost, networks, np.inf, partition=partition))
    budget = float(cost[:tasks].sum())  # so that the tasks alone fit
    found = best_grouping(gain, cost, budget=budget, partition=partition)
    assert cost[list(found.sets)].sum() <= budget + 1e-9
    assert found.value(gain) == pytest.approx(brute(gain, cost, tasks, budget, partition=partition))


def test_what_was_not_trained_or_fits_nowhere_is_said() -> None:
    gain = drawn(3, 0).mean()
    with pytest.raises(SpecError, match=r"answer all 3 tasks within 1 networks; allow more"):
        best_grouping(gain[:-1], np.ones(len(gain) - 1), 1)
    with pytest.raises(SpecError, match=r"within a budget of 0\.5"):
        best_grouping(gain, np.ones(len(gain)), budget=0.5)
    with pytest.raises(SpecError, match="every task must be in a network"):
        choice_of([0, 1], gain)
    known = drawn(3, 0)
    pairs = Gains(known.tasks, known.sets[:-1], known.labels[:-1], known.seeds, known.validation[:-1], known.test[:-1])
    with pytest.raises(SpecError, match=r"a set that was trained, found \{a, b, c\}; train all subsets"):
        Together(pairs, np.ones(6)).own([[0, 1, 2]])
    assert Together(pairs, np.ones(6)).one() is None


def test_planted_groups_are_found_and_regret_is_paired() -> None:
    found = drawn(4, 1, seeds=4)
    for table in (found.validation, found.test):
        for place, members in enumerate(found.sets):
            if len(members) > 1:  # {a, b} and {c, d} help one another; whatever mixes them hurts
                together = set(members) <= {0, 1} or set(members) <= {2, 3}
                table[place][:, list(members)] = (3.0 if together else -1.0) + 0.1 * np.arange(4)[:, None]
    study = Together(found, np.ones(len(found.sets)), {"pairs": higher_order(found, pair_gains(found))})
    best = study.grouping(2)
    assert study.told(best) == "{a, b} {c, d}"
    assert best.values == pytest.approx([3.0, 3.1, 3.2, 3.3])
    one = study.one()
    assert one is not None
    lost = study.regret(one, 2)
    assert (lost.mean, lost.spread) == (pytest.approx(4.0), pytest.approx(0.0, abs=1e-9))
    table = study.groupings().set_index(["rule", "budget"])
    assert table.loc[("pairs", 2.0), "regret"] == pytest.approx(0)
    assert table.loc[("random", 2.0), "value"] < table.loc[("exact", 2.0), "value"]
    assert table.loc[("worst random", 2.0), "value"] == pytest.approx(-0.85, abs=0.5)
    assert table.loc[("alone", 4.0), "value"] == 0
    assert study.answers(best)["network"].tolist() == ["{a, b}", "{a, b}", "{c, d}", "{c, d}"]


def test_the_choice_is_made_on_validation_alone() -> None:
    found = drawn(4, 5)
    study = Together(found, np.ones(len(found.sets)))
    chosen = study.grouping(2)
    found.test[:] = -found.test
    assert Together(found, np.ones(len(found.sets))).grouping(2).choice == chosen.choice


def test_higher_order_is_the_mean_of_pairs() -> None:
    found = drawn(4, 2)
    pairs = pair_gains(found)
    predicted = higher_order(found, pairs)
    for place, members in enumerate(found.sets):
        for task in range(4):
            others = [other for other in members if other != task]
            wanted = np.mean([pairs[other, task] for other in others]) if task in members and others else np.nan
            np.testing.assert_allclose(predicted[place, task], wanted)


def test_partitions_are_counted_by_stirling() -> None:
    assert [len(list(partitions(6, groups))) for groups in range(1, 8)] == [1, 31, 90, 65, 15, 1, 0]
    assert len({frozenset(division) for division in partitions(6, 3)}) == 90


def test_a_set_of_which_a_member_is_not_known_is_no_candidate() -> None:
    found = drawn(3, 4)
    for table in (found.validation, found.test):
        table[3][:, 1] = np.nan  # b in {a, b}
        table[3][:, 0] = 100.0
    study = Together(found, np.ones(len(found.sets)))
    assert all("{a, b}" not in study.told(study.grouping(budget)) for budget in (1, 2, 3))
