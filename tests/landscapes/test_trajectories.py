"""Trajectories: the table, what they do not depend on, and small known outcomes."""

import pandas as pd
import pytest
import torch

import mtl_core as mtl
from mtl_core.errors import SpecError
from mtl_core.landscapes import PROBLEMS, ConcaveFront, Quadratics, Walk
from mtl_core.landscapes.problem import Problem
from mtl_core.spec import METHODS

trajectories = mtl.landscapes.trajectories
EVERY = [name for name, entry in METHODS.items() if entry.selectable]
FIXED = {"name": "fixed", "weights": (0.3, 0.7)}


def ends(table: pd.DataFrame) -> pd.DataFrame:
    return table.groupby(["method", "start"], observed=True, sort=False).last()


def test_the_table_has_a_row_for_each_method_start_and_kept_step() -> None:
    table = trajectories("valley", ["equal", "cagrad:c=0.5", FIXED], [(0, 0), (9, 9)], steps=3, scale=1)
    assert list(table.columns) == ["method", "start", "step", "x1", "x2", "L1", "L2", "distance_to_front"]
    assert list(table["method"].cat.categories) == ["equal", "cagrad(c=0.5)", "0.3 / 0.7"]
    assert len(table) == 3 * 2 * 4
    first = table[table["step"] == 0]
    assert first["x1"].tolist() == [0, 9] * 3
    assert first["L1"].tolist() == pytest.approx([0, 7.9439] * 3, abs=1e-4)
    assert set(table.dtypes[["x1", "x2", "L1", "L2", "distance_to_front"]]) == {torch.empty(0).double().numpy().dtype}


def test_long_trajectories_are_thinned_evenly_and_keep_their_end() -> None:
    table = trajectories("concave", ["equal"], [(0.2, 0.5)], steps=1201)
    steps = table["step"].tolist()
    assert len(steps) <= 501
    assert steps[:3] == [0, 3, 6]
    assert steps[-1] == 1201
    assert len(trajectories("concave", ["equal"], [(0.2, 0.5)], steps=500)) == 501


@pytest.mark.parametrize("problem", PROBLEMS)
def test_equal_questions_have_equal_answers_whatever_else_is_in_the_batch(problem: str) -> None:
    methods = ["rlw", "graddrop", *(name for name in EVERY if name not in ("rlw", "graddrop"))]
    starts = [(0.3, 0.9), (-1.1, 1.6), (0.7, 0.2)]
    whole = trajectories(problem, methods, starts, steps=6)
    pd.testing.assert_frame_equal(whole, trajectories(problem, methods, starts, steps=6))
    for name in EVERY:
        alone = trajectories(problem, [name], starts[1:2], steps=6)
        mine = whole[(whole["method"] == name) & (whole["start"] == 1)]
        pd.testing.assert_frame_equal(
            alone.drop(columns=["method", "start"]), mine.drop(columns=["method", "start"]).reset_index(drop=True)
        )


def test_random_methods_draw_from_the_seed() -> None:
    first, again, other = (trajectories("quadratics", ["rlw"], steps=20, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first["x1"].equals(other["x1"])


def test_global_random_numbers_are_left_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    trajectories("quadratics", ["rlw", "graddrop", "pcgrad"], steps=2)
    assert torch.equal(torch.rand(2), expected)


def test_plain_descent_is_the_recursion_by_hand() -> None:
    problem = Quadratics()
    sgd = {"name": "sgd", "momentum": 0}
    table = trajectories(problem, ["equal", FIXED], [(-3.5, 2.5)], steps=50, learning_rate=0.05, optimizer=sgd)
    for label, weights in (("equal", (0.5, 0.5)), ("0.3 / 0.7", (0.3, 0.7))):
        x = torch.tensor([[-3.5, 2.5]], dtype=torch.float64)
        for _ in range(50):
            jacobian = problem.gradients(x)[1]
            x = x - 0.05 * (torch.tensor(weights, dtype=torch.float64) @ jacobian)
        assert ends(table).loc[(label, 0), ["x1", "x2"]].tolist() == pytest.approx(x[0].tolist(), abs=1e-12)


def test_adam_is_pytorchs() -> None:
    x = torch.tensor([9.0, 9.0], dtype=torch.float64, requires_grad=True)
    problem: Problem = PROBLEMS["valley"].load()(scale=0.1)
    adam = torch.optim.Adam([x], lr=0.01)
    for _ in range(200):
        adam.zero_grad()
        problem.losses(x).mean().backward()
        adam.step()
    table = trajectories("valley", ["equal"], [(9, 9)], steps=200, learning_rate=0.01)
    assert ends(table).iloc[0][["x1", "x2"]].tolist() == pytest.approx(x.tolist(), abs=1e-9)


def test_every_gradient_method_reaches_the_front_of_two_bowls() -> None:
    sgd = {"name": "sgd", "momentum": 0}
    methods = ["equal", "mgda", "pcgrad", "cagrad", "nash_mtl", "imtl_g", "upgrad", "dualproj", "aligned_mtl"]
    starts = [(-3.5, 2.5), (3.0, -2.0)]
    table = trajectories("quadratics", methods, starts, steps=800, learning_rate=0.03, optimizer=sgd)
    last = ends(table)["distance_to_front"]
    assert (last < 0.05).all(), last.to_string()  # Nash-MTL never steps shorter than 0.03 times the root of two


def test_equal_weights_end_at_the_optimum_of_the_mean() -> None:
    table = trajectories("quadratics", ["equal"], steps=1500, learning_rate=0.02, optimizer="sgd")
    optimum = Quadratics().optimum(torch.tensor(0.5, dtype=torch.float64)).tolist()
    for row in ends(table)[["x1", "x2"]].to_numpy():
        assert row.tolist() == pytest.approx(optimum, abs=1e-6)


def test_fixed_weights_end_at_the_ends_of_a_concave_front_and_tchebycheff_between() -> None:
    weights = [{"name": "fixed", "weights": (share, 1 - share)} for share in (0.3, 0.5, 0.7)]
    table = trajectories("concave", [*weights, "stch"], [(0.3, 0.4), (-0.3, 0.4)], steps=600)
    last = ends(table)
    assert (last["distance_to_front"] < 1e-2).all()
    fixed, smooth = last.drop("stch", level=0), last.loc["stch"]
    assert (fixed[["L1", "L2"]].min(axis=1) < 0.02).all(), "one task is at its best, the other at its worst"
    assert smooth["L1"].between(0.4, 0.8).all()
    assert smooth["L2"].between(0.4, 0.8).all()


def test_a_step_that_is_not_finite_is_not_taken_and_hurts_nobody_else() -> None:
    wild = trajectories("quadratics", ["equal", "mgda"], [(1e6, 1e6), (0, 1)], steps=300, learning_rate=10, optimizer="sgd")
    assert wild[["x1", "x2"]].notna().all().all()
    tame = trajectories("quadratics", ["equal"], [(0, 1)], steps=300, learning_rate=10, optimizer="sgd")
    assert wild[(wild["method"] == "equal") & (wild["start"] == 1)]["x1"].tolist() == tame["x1"].tolist()


def test_the_papers_settings_are_the_defaults() -> None:
    asked = Walk("valley")
    assert (asked.scale, asked.steps, asked.learning_rate, asked.optimizer.name) == (0.1, 50_000, 1e-3, "adam")
    assert asked.starts == ((-8.5, 7.5), (0.0, 0.0), (9.0, 9.0), (-7.5, -0.5), (9.0, -1.0))


def test_a_walk_is_read_back_as_the_same() -> None:
    asked = Walk("concave", ["equal", "cagrad:c=0.5", FIXED], [(0.1, 0.2)], steps=7, optimizer={"name": "sgd", "momentum": 0.5})
    again = Walk.from_dict(asked.to_dict())
    assert again == asked
    assert again.id == asked.id
    assert Walk("concave", ["equal"]).id != Walk("concave", ["mgda"]).id


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"problem": "vally"}, "did you mean 'valley'"),
        ({"methods": ["mgd"]}, "did you mean 'mgda'"),
        ({"methods": []}, "one or more"),
        ({"methods": ["equal", "equal"]}, "each listed once"),
        ({"methods": ["fixed"]}, "weights"),
        ({"methods": [{"name": "fixed", "weights": (0.5, 0.6)}]}, "simplex"),
        ({"starts": [(1, 2, 3)]}, "2 numbers"),
        ({"starts": [(float("nan"), 2)]}, "finite"),
        ({"steps": 0}, "between 1 and"),
        ({"scale": -1}, "between"),
        ({"learning_rate": 0}, "between"),
        ({"optimizer": "adm"}, "did you mean 'adam'"),
    ],
)
def test_what_cannot_be_walked_is_refused_in_words(given: dict, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        Walk(**given)


def test_a_problem_of_ones_own_needs_starts_and_has_its_own_scale() -> None:
    with pytest.raises(SpecError, match="starts must be given"):
        trajectories(ConcaveFront(4), ["equal"])
    table = trajectories(ConcaveFront(4), ["equal"], [(0.1, 0.2, 0.3, 0.4), (0.5, 0.5)], steps=3)
    assert list(table.columns[3:7]) == ["x1", "x2", "x3", "x4"]
