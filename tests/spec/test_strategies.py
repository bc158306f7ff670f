"""Several sharing strategies in one study: which runs it has, and what it is called by."""

import pytest

from mtl_core.errors import SpecError
from mtl_core.spec import STRATEGIES, Study, plan


def test_one_strategy_is_asked_for_as_before() -> None:
    assert Study(strategy="hard") == Study(strategies=["hard"]) == Study(strategies="hard") == Study()
    assert Study(strategy={"name": "mmoe", "experts": 2}).strategies[0].options["experts"] == 2
    given = {name: value for name, value in Study(seeds=2).to_dict().items() if name != "strategies"}
    assert Study.from_dict(given | {"strategy": {"name": "hard"}}).id == Study(seeds=2).id


def test_hard_sharing_alone_keeps_its_ids() -> None:
    # As they were when a study had one strategy: its question is the same.
    assert Study().id == "112a8373cf6f"
    assert Study(methods=["equal", "pcgrad"], seeds=2).id == "98bfb9d037e7"
    assert len({Study(strategies=given).id for given in (["hard"], ["mmoe"], ["hard", "mmoe"], ["mmoe", "hard"])}) == 3
    assert Study(strategies=["hard", "mmoe"]) == Study(strategies=["mmoe", "hard"]), "the same question in another order"


def test_baselines_are_trained_once_for_all() -> None:
    study = Study(strategies=["hard", "single_task", "mmoe"], methods=["equal", "pcgrad"], weights=3, seeds=2)
    runs = plan(study)
    assert len(runs) <= study.run_count
    assert [run.index for run in runs] == list(range(len(runs)))
    assert {run.label for run in runs if run.role == "baseline"} == {"left alone", "right alone"}
    assert {run.strategy for run in runs if run.role == "baseline"} == {"hard"}
    assert sum(run.role == "baseline" for run in runs) == 4
    labels = list(dict.fromkeys(run.label for run in runs if run.role != "baseline"))
    corners = ["1 / 0", "0 / 1"]
    assert labels == [
        *("hard · equal", "hard · pcgrad"),
        *(f"{name} · {point}" for name in ("single_task", "mmoe") for point in ("equal", "pcgrad", *corners)),
    ]
    for label in labels:
        assert [run.seed for run in runs if run.label == label] == [0, 1]


def test_a_strategy_alone_is_named_unless_it_is_hard() -> None:
    assert {run.label for run in plan(Study(weights=[])) if run.role == "method"} == {"equal"}
    found = plan(Study(strategies=[{"name": "mmoe", "experts": 2}], weights=[]))
    assert {run.label for run in found if run.role == "method"} == {"mmoe(experts=2) · equal"}
    assert {run.strategy for run in found} == {"hard", "mmoe(experts=2)"}


def test_matched_widths_leave_the_baselines_plain() -> None:
    runs = plan(Study(strategies=["hard", "mmoe"], weights=3, equal_parameters="single_task"))
    assert {run.strategy for run in runs if run.role == "baseline"} == {"plain"}
    assert "hard · 1 / 0" in {run.label for run in runs}, "hard sharing has another width, so its corners are its own"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["hrad"], "did you mean 'hard'"),
        (["hard", "hard"], "a strategy is listed twice: hard"),
        ([{"name": "mmoe", "expert": 2}], "did you mean 'experts'"),
        ([{"name": "mmoe", "experts": 99}], "mmoe.experts must be between"),
        ([], "one or more"),
        (7, "one or more"),
        ([3], "must be a name or a mapping"),
    ],
)
def test_what_cannot_be_asked_is_refused(asked: object, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Study(strategies=asked)


def test_the_same_strategy_twice_with_other_options_are_two() -> None:
    study = Study(strategies=["mmoe", {"name": "mmoe", "experts": 2}], weights=[])
    assert [study.sharing(strategy) for strategy in study.strategies] == ["mmoe", "mmoe(experts=2)"]


def test_too_many_runs_are_refused() -> None:
    with pytest.raises(SpecError, match="the limit is"):
        Study(suite="subspace", strategies=list(STRATEGIES)[:4], weights=6)
