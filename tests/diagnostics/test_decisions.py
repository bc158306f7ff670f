"""The sentence that answers a page: what it says of numbers whose answer is known."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mtl_core.diagnostics import Result, decision_words, decisions
from mtl_core.diagnostics.judged import held_against
from mtl_core.diagnostics.remarks import Remark
from mtl_core.spec import Study

ALONE = (0.8, 0.8)
METHODS = ("equal", "pcgrad", "cagrad")


def _result(
    invented: Callable[..., Any], gains: Mapping[str, tuple[float, float]], *, seeds: int = 6, noise: float = 0.01
) -> Result:
    """Both tasks reach 0.8 alone; each label gains so much with each seed, but for a little that seeds differ by."""
    made = invented(seeds=seeds, methods=METHODS, points=())
    draw = np.random.default_rng(0)
    values = np.zeros((made.count, 2, 3), dtype=np.float32)
    for run in made.layout.runs:
        values[run.index] = np.add(ALONE, gains.get(run.label, (0.0, 0.0)))[:, None] + draw.normal(0, noise, (2, 1))
    study = Study(methods=list(METHODS), weights=[], seeds=seeds)
    return Result(study, made.layout, [made.evaluation(300, validation=values, test=values)], "finished")


def _templates(found: tuple[Remark, ...]) -> list[str]:
    return [remark.template for remark in found]


def _on_transfer(result: Result) -> tuple[Remark, ...]:
    return decisions.on_transfer(result, result.compared(), METHODS)


def test_nothing_but_noise_is_unclear_and_equal_weights_will_do(invented: Callable[..., Any]) -> None:
    found = _on_transfer(_result(invented, {}))
    assert (found[0].many or found[0].template) == decision_words.UNCLEAR[1]
    assert found[-1].template == decision_words.EQUAL_ALIKE
    assert str(found[0]).startswith("Share: unclear for all 3")
    assert "pcgrad" in str(found[-1])


def test_a_loss_of_all_says_do_not_share_and_names_the_least(invented: Callable[..., Any]) -> None:
    result = _result(invented, {"equal": (-0.2, -0.1), "pcgrad": (-0.1, -0.05), "cagrad": (-0.3, -0.2)})
    first = str(_on_transfer(result)[0])
    assert first.startswith("Do not share: all 3 lose")
    assert "pcgrad least" in first


def test_a_gain_names_the_best_and_what_is_as_good(invented: Callable[..., Any]) -> None:
    found = _on_transfer(_result(invented, {"equal": (0.01, 0.01), "pcgrad": (0.12, 0.1), "cagrad": (0.115, 0.105)}))
    assert found[0].template == decision_words.GAINS
    ties = next(remark for remark in found if remark.template == decision_words.TIES)
    best = found[0].values["label"]
    assert ties.values["labels"] == ({"pcgrad", "cagrad"} - {best}).pop(), "equal is clearly behind, the other is not"
    assert decision_words.BEST_WEIGHTS in _templates(found)


def test_one_seed_gives_no_answer(invented: Callable[..., Any]) -> None:
    result = _result(invented, {"equal": (0.3, 0.3)}, seeds=1)
    assert _templates(_on_transfer(result)) == [decision_words.ONE_SEED]
    assert _templates(decisions.together(result)) == [decision_words.ONE_SEED]


def test_together_tells_points_and_what_the_tasks_share(invented: Callable[..., Any]) -> None:
    found = [str(remark) for remark in decisions.together(_result(invented, {"equal": (-0.06, 0.0)}, noise=0.003))]
    assert found[0].startswith("Together costs left 6.")
    assert " points [" in found[0]
    assert found[1].startswith("Together is unclear for right ")
    assert found[2] == "Both tasks use the same 32 units a layer."


def test_trade_off_says_the_price_and_the_weights(invented: Callable[..., Any]) -> None:
    found = decisions.on_tradeoff(_result(invented, {"equal": (-0.06, 0.0), "pcgrad": (-0.2, -0.2), "cagrad": (-0.06, 0.0)}))
    assert found[0].template == decision_words.COSTS
    assert found[-1].template == decision_words.EQUAL_BEST
    assert found[-1].values["labels"] == "pcgrad"


def test_conflict_is_held_against_what_chance_gives(invented: Callable[..., Any]) -> None:
    made = invented(seeds=4, methods=METHODS, points=())
    steps = list(range(1, 61))

    def said(share: float) -> tuple[Remark, ...]:
        record = made.conflict(steps, np.random.default_rng(1))
        cosine = np.where(np.arange(60) < 60 * share, -0.5, 0.5)[:, None, None, None]
        record.arrays["cosine"][:] = cosine
        result = Result(Study(methods=list(METHODS), seeds=4), made.layout, [record], "finished")
        return decisions.on_conflict(result, METHODS, "all")

    assert said(0.8)[1].template == decision_words.APART
    assert said(0.2)[1].template == decision_words.AGREE
    assert said(0.52)[1].template == decision_words.HALF_AMONG, "seeds that agree on few steps are no proof"


def test_seeds_that_disagree_leave_conflict_open_however_many_steps_there_are(invented: Callable[..., Any]) -> None:
    """60 % of 4,000 steps would be clear of half by the steps alone."""
    made = invented(seeds=4, methods=("equal",), points=())
    record = made.conflict(list(range(1, 1001)), np.random.default_rng(1))
    for run, share in zip(made.runs("equal"), (0.9, 0.9, 0.3, 0.3), strict=True):
        record.arrays["cosine"][:, run] = np.where(np.arange(1000) < 1000 * share, -0.5, 0.5)[:, None, None]
    result = Result(Study(methods=["equal"], seeds=4), made.layout, [record], "finished")
    (said,) = decisions.on_conflict(result, ["equal"], "all")
    assert said.template == decision_words.HALF
    assert said.values["low"] < 50 < said.values["high"]


def _two_ways(invented: Callable[..., Any], gain: float) -> Result:
    """Hard sharing reaches what each task reaches alone; a mixture of experts gains so much, and seeds differ by little."""
    made = invented(seeds=6, methods=("hard · equal", "mmoe · equal"), points=())
    runs = tuple(replace(run, strategy="mmoe" if run.label.startswith("mmoe") else "hard") for run in made.layout.runs)
    (hard,) = made.layout.models
    models = (hard, replace(hard, name="mmoe", strategy="mmoe", parameters=2468))
    layout, draw = replace(made.layout, runs=runs, models=models), np.random.default_rng(0)
    values = np.zeros((made.count, 2, 3), dtype=np.float32)
    for run in runs:
        values[run.index] = 0.8 + (gain if run.strategy == "mmoe" else 0) + draw.normal(0, 0.003, (2, 1))
    study = Study(strategies=["hard", "mmoe"], methods=["equal"], weights=[], seeds=6)
    return Result(study, layout, [made.evaluation(300, validation=values, test=values)], "finished")


def test_a_strategy_is_held_against_hard_sharing(invented: Callable[..., Any]) -> None:
    # So little that at half the usual error, which ties are told at, hard sharing would not be clearly behind.
    better = decisions.on_sharing(_two_ways(invented, 0.002), "equal")
    assert better[0].template == decision_words.USE
    assert better[0].values["label"] == "mmoe · equal"
    assert decision_words.TIES not in _templates(better), "what it gains over is not behind it and beside it at once"
    cost = next(remark for remark in better if remark.template == decision_words.AT_PARAMETERS)
    assert cost.values["times"] == 2
    assert decisions.on_sharing(_two_ways(invented, 0.0), "equal")[0].template == decision_words.HARD_ALIKE
    assert decisions.on_sharing(_two_ways(invented, -0.05), "equal")[0].template == decision_words.HARD_BEST


def test_nothing_is_said_of_strategies_before_they_are_tested(invented: Callable[..., Any]) -> None:
    made = invented(seeds=5, methods=("equal",), points=())
    result = Result(Study(methods=["equal"], seeds=5), made.layout, [], "finished")
    assert decisions.on_sharing(result, "equal") == ()


def test_what_one_seed_alone_has_is_no_tie(invented: Callable[..., Any]) -> None:
    """All but one run of a label diverged: nothing can be said of it beside the best."""
    result = _result(invented, {"equal": (0.01, 0.01), "pcgrad": (0.12, 0.1), "cagrad": (0.0, 0.0)})
    lost = [run.index for run in result.layout.runs if run.label == "cagrad"][1:]
    for split in ("validation", "test"):
        result.records[0].arrays[split][lost] = np.nan
    assert held_against(result, "pcgrad", METHODS, result.compared()) == ([], ["equal"])


def test_nothing_is_clearly_behind_what_is_no_better_than_chance(invented: Callable[..., Any]) -> None:
    lost = dict.fromkeys(METHODS, (0.1, -0.8))
    result = _result(invented, lost | {"pcgrad": (0.15, -0.8)})
    assert held_against(result, "pcgrad", METHODS, result.compared()) == ([], [])


def test_every_sentence_is_in_the_catalogue() -> None:
    from dashboard.locale.collect import catalogue

    told = catalogue()
    assert decision_words.HARD_BEST in told
    assert decision_words.ALL_LOSE[0] in told
