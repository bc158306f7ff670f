"""Which tasks together, in words: what is said follows from intervals alone."""

from dataclasses import replace

import numpy as np
import pytest

from mtl_core.diagnostics.predictors import square, trained_pairs
from mtl_core.diagnostics.together import Together, pair_gains
from mtl_core.diagnostics.together_told import on_groups, on_together
from mtl_core.errors import SpecError
from tests.diagnostics.test_grouping import drawn


def planted(seeds: int = 4, *, noise: float = 0.1) -> Together:
    """Of four tasks a gains nothing from others and costs them; b, c and d gain two points together."""
    found = drawn(4, 0, seeds)
    rng = np.random.default_rng(1)
    for table in (found.validation, found.test):
        for place, members in enumerate(found.sets):
            if len(members) > 1:
                table[place][:, list(members)] = (-3.0 if 0 in members else len(members) - 1.0) + noise * rng.normal(
                    size=(seeds, len(members))
                )
    return Together(found, np.ones(len(found.sets)))


def told(*args: object, **more: object) -> str:
    return " ".join(map(str, on_together(*args, **more)))  # type: ignore[arg-type]


def test_the_answer_says_the_groups_the_gain_and_what_one_network_costs() -> None:
    words = told(planted(), 2)
    assert words.startswith(
        "With up to 2 networks: {a} and the rest, +1.5 points mean gain [+1.5, +1.6]; one network for all: "
    )
    assert "That is 4.6 points [" in words
    assert words.endswith("It gains over the tasks alone.")
    one = told(planted(), 1)
    assert one.startswith("With 1 network: all tasks together, −3.0 points mean gain [")
    assert one.endswith("It loses against the tasks alone.")
    assert "one network for all" not in one
    assert told(planted(), 2.0, "parameters").startswith("Within 2 times the parameters of a network for one task: {a} and")


def test_what_is_open_is_called_so_and_one_seed_is_no_answer() -> None:
    words = told(planted(noise=30.0), 2)
    assert "is unclear" in words
    assert "better than one network for all." not in words
    assert "One seed says nothing of others" in told(planted(seeds=1), 2)
    assert "no interval" in told(planted(seeds=1), 2)
    nothing = planted()
    nothing.cost[:] = 3.0
    nothing.counted = False
    assert told(nothing, 1.0, "flops") == "No networks that were trained answer all tasks within this budget: allow more."


def test_tasks_alone_are_what_gains_are_held_against() -> None:
    asked = planted()
    asked.found.validation[4:] -= 50
    words = told(asked, 4)
    assert "every task alone, which is what gains are held against" in words
    assert "gains over the tasks alone" not in words


def test_own_groups_have_their_regret() -> None:
    asked = planted()
    yours, lost = map(str, on_groups(asked, asked.own([[0, 1], [2, 3]])))
    assert yours.startswith("Yours, 2 networks: {a, b} {c, d}, −1.0 points mean gain [")
    assert lost.startswith("The best at that cost, {a} and the rest, gains 2.5 points [")
    assert lost.endswith("more: clear.")
    assert str(on_groups(asked, asked.own([[0], [1, 2, 3]]))[1]) == "Chosen on validation there is none better at that cost."
    with pytest.raises(SpecError):
        asked.own([[0, 1]])


def test_a_table_of_pairs_is_the_matrix_of_pairs() -> None:
    found = drawn(4, 3)
    table = trained_pairs(None, (), found)  # type: ignore[arg-type]
    np.testing.assert_allclose(square(found.tasks, table), pair_gains(found))
    assert ((table["low"] < table["value"]) & (table["value"] < table["high"])).all()
    assert set(table["seeds"]) == {3}


def test_folds_that_share_rows_make_the_words_more_careful() -> None:
    asked = planted(noise=3.0)
    apart = told(asked, 2)
    asked.found = replace(asked.found, shared=2.0)
    asked._kept.clear()
    assert "That is " in apart
    assert "is unclear" in told(asked, 2)
