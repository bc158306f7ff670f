"""What can be asked for, and how it is refused."""

import json
from dataclasses import fields, replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtl_core.errors import SpecError
from mtl_core.spec import BACKBONES, METHODS, OPTIMIZERS, OPTIONS, STRATEGIES, SUITES, TABLES, Choice, Study, grid, plan
from mtl_core.spec.plan import Run, inner_runs
from mtl_core.spec.tables import LISTED


def test_the_documented_defaults() -> None:
    study = Study(methods=["equal", "pcgrad"])
    assert study == Study(
        suite="digits_pair", tasks=None, strategy="hard", backbone="mlp", methods=["equal", "pcgrad"], weights=11, seeds=5,
        steps=300, batch_size=64, learning_rate=3e-3, optimizer="adam", device="auto",
    )  # fmt: skip
    assert study.weights == 11
    assert hash(study) == hash(Study(methods=["equal", "pcgrad"]))


def test_the_id_is_stable_and_tells_questions_apart() -> None:
    study = Study(methods=["equal", "pcgrad"])
    assert study.id == Study.from_dict(json.loads(json.dumps(study.to_dict()))).id
    assert study.id == Study(methods=["equal", {"name": "pcgrad"}], seeds=[0, 1, 2, 3, 4], tasks=["right", "left"]).id
    assert len({study.id, Study().id, Study(steps=301).id, Study(seeds=4).id, Study(weights=3).id}) == 5


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"suite": "digit_pair"}, "did you mean 'digits_pair'"),
        ({"methods": ["pcgard"]}, "did you mean 'pcgrad'"),
        ({"backbone": "mpl"}, "did you mean 'mlp'"),
        ({"strategy": "hrad"}, "did you mean 'hard'"),
        ({"optimizer": "adamm"}, "did you mean 'adam'"),
        ({"tasks": ["lft", "right"]}, "did you mean 'left'"),
        ({"tasks": ["left"]}, "needs two or more tasks"),
        ({"backbone": {"name": "mlp", "wdith": 3}}, "did you mean 'width'"),
        ({"backbone": {"name": "mlp", "width": 0}}, "mlp.width must be between 1 and 512"),
        ({"backbone": {"name": "mlp", "width": 2.5}}, "must be a whole number"),
        ({"backbone": {"name": "mlp", "normalise": "yes"}}, "must be true or false"),
        ({"suite": "vitals", "backbone": "cnn"}, "choose another backbone, such as 'mlp'"),
        ({"suite": "scenes", "backbone": "cnn"}, "'scenes' read map of a backbone, and 'cnn' gives vector; .* 'unet'"),
        ({"suite": "driving", "tasks": ["depth", "box"], "backbone": "transformer"}, "'transformer' gives vector, positions"),
        ({"steps": 20_001}, "steps must be between 1 and 20000 steps, found 20001"),
        ({"steps": "many"}, "steps must be a whole number"),
        ({"learning_rate": float("nan")}, "must be a finite number"),
        ({"learning_rate": -1}, "learning_rate must be between"),
        ({"seeds": 0}, "seeds must be between 1 and 50"),
        ({"seeds": [1, -1]}, "seeds must be"),
        ({"weights": [[0.5, 0.6]]}, "on the simplex .* sum 1.1; divide by the sum"),
        ({"weights": [[1, 10]]}, r"found \[1, 10\] with sum 11; divide by the sum, such as \[0.0909, 0.9091\]"),
        ({"weights": [[1.5, -0.5]]}, "between 0 and 1"),
        ({"weights": [[1.0]]}, "must have 2 numbers"),
        ({"weights": "all"}, "number of points a side, a list of weightings, 'subsets'"),
        ({"weights": 1000}, "weights must be between"),
        ({"suite": {"name": "subspace"}, "weights": 11}, "runs and the limit is 2,000"),
        ({"methods": ["equal", "equal"]}, "listed twice"),
        ({"warmup": 300}, "warmup must be shorter"),
        ({"device": 3}, "device must be text"),
        ({"suite": {"shared_tasks": 3}}, "a mapping with 'name'"),
        ({"schedule": "cosin"}, "did you mean 'cosine'"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_way_on(asked: dict[str, object], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Study(**asked)


def test_an_unknown_method_is_refused_with_those_that_can_be_chosen() -> None:
    with pytest.raises(SpecError, match="pcgrad") as refused:
        Study(methods=["no such thing at all"])
    assert "equal" in str(refused.value)
    assert "fixed" not in str(refused.value)


def test_an_unknown_setting_is_refused_with_the_nearest() -> None:
    with pytest.raises(SpecError, match="did you mean 'learning_rate'"):
        Study.from_dict({"learning_rat": 1})


def test_four_or_more_tasks_get_no_map_unless_asked() -> None:
    assert Study(suite="digits_scarce").weights == ()
    assert Study(suite="digits_scarce", weights=3).run_count == (4 + 1 + 10) * 5


def test_only_what_differs_from_the_defaults_is_changed() -> None:
    cagrad, csv = METHODS["cagrad"], SUITES["csv"]
    usual = cagrad.check({})
    assert cagrad.changed(usual) == {}
    assert cagrad.changed(usual | {"c": 0.9, "learning_rate": 0.1}) == {"c": 0.9, "learning_rate": 0.1}
    assert cagrad.label(usual | {"c": 0.9, "norm_match": True}) == "cagrad(c=0.9, norm_match)"
    # JSON has lists where the canonical form has tuples.
    lists = {name: list(value) if isinstance(value, tuple) else value for name, value in csv.check({"path": "a"}).items()}
    assert csv.changed(lists) == {"path": "a"}


def test_every_field_that_chooses_from_a_table_is_listed() -> None:
    study = Study()
    chosen = [field.name for field in fields(study) if isinstance(getattr(study, field.name), Choice)]
    assert set(TABLES) == {*chosen, *LISTED}
    assert all(getattr(study, name).name in TABLES[name] for name in chosen)


def test_a_method_may_have_a_rate_of_its_own() -> None:
    study = Study(methods=["pcgrad", {"name": "pcgrad", "learning_rate": 0.01}], weights=[])
    rates = {run.label: run.learning_rate for run in plan(study)}
    usual, own = dict.fromkeys(("left alone", "right alone", "pcgrad"), 3e-3), "(learning_rate=0.01)"
    assert rates == usual | {f"{label}{own}": 0.01 for label in usual}, "with baselines at that rate"
    assert {run.family for run in plan(study)} == set(usual)
    assert len(plan(study)) == study.run_count


def test_a_method_whose_own_rate_is_among_the_others_is_trained_once_at_it() -> None:
    methods = ["pcgrad", {"name": "pcgrad", "learning_rate": 0.01}]
    labels = [run.label for run in plan(Study(methods=methods, weights=[], seeds=1, learning_rates=[0.01]))]
    assert len(labels) == len(set(labels)) == 2 * 3


def test_everything_is_trained_at_each_learning_rate() -> None:
    study = Study(methods=["equal", "pcgrad"], weights=3, seeds=2, learning_rates=[1e-2, 1e-3, 3e-3])
    assert study.learning_rates == (1e-2, 1e-3), "its own rate is no further one"
    runs = plan(study)
    by_rate = {rate: [(run.family, run.seed) for run in runs if run.learning_rate == rate] for rate in (3e-3, 1e-2, 1e-3)}
    assert by_rate[3e-3] == by_rate[1e-2] == by_rate[1e-3]
    assert list(dict.fromkeys(run.label for run in runs))[:4] == [
        "left alone", "right alone", "left alone(learning_rate=0.01)", "right alone(learning_rate=0.01)",
    ]  # fmt: skip
    assert len({run.label for run in runs}) == 3 * 4
    assert study.id != Study(methods=["equal", "pcgrad"], weights=3, seeds=2).id


@given(st.integers(2, 6), st.integers(2, 5))
def test_the_grid_covers_the_simplex_once(points: int, tasks: int) -> None:
    listed = grid(points, tasks)
    assert len(set(listed)) == len(listed)
    assert all(abs(sum(point) - 1) < 1e-5 and min(point) >= 0 for point in listed)
    corners = {tuple(float(t == k) for k in range(tasks)) for t in range(tasks)}
    assert corners <= set(listed)


def test_the_plan_trains_corners_and_centre_once() -> None:
    runs = plan(Study(weights=11, seeds=5))
    labels = list(dict.fromkeys(run.label for run in runs))
    assert labels[:3] == ["left alone", "right alone", "equal"]
    assert len(labels) == 2 + 1 + 8  # eleven points: two corners, the centre, eight others
    assert [run.index for run in runs] == list(range(55))
    assert {run.role for run in runs} == {"baseline", "method", "fixed"}
    assert len(runs) <= Study(weights=11, seeds=5).run_count


@pytest.mark.parametrize("entries", [SUITES, BACKBONES, STRATEGIES, METHODS, OPTIMIZERS])
def test_every_line_explains_itself(entries: dict[str, object]) -> None:
    for name, entry in entries.items():
        assert entry.name == name
        assert entry.title
        assert entry.summary.endswith((".", "?"))
        assert all(option.help for option in entry.options)
        assert entry.check({}).keys() == {option.name for option in entry.options}


def test_every_setting_explains_itself() -> None:
    assert all(option.help and option.check(option.default) == option.default for option in OPTIONS)


HUGE = 10**400


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"steps": float("inf")}, "steps must be a whole number between 1 and 20000 steps, found inf"),
        ({"steps": float("nan")}, "steps must be a whole number"),
        ({"steps": HUGE}, "steps must be a whole number"),
        ({"steps": 1_000_000}, "found 1000000; choose a value"),
        ({"seeds": float("nan")}, "seeds must be a whole number"),
        ({"seeds": [-1]}, "between 0 and 2147483647"),
        ({"learning_rate": HUGE}, "learning_rate must be a finite number"),
        ({"weights": HUGE}, "weights must be a whole number"),
        ({"tasks": 5}, "tasks must be a list of names, found 5; choose from: left, right"),
        ({"methods": [{"name": ["pcgrad"]}]}, "unknown method"),
        ({"backbone": {"name": {}}}, "unknown backbone"),
        ({"suite": {"name": "csv", "path": "a.csv", "targets": ["a", "b"], "kinds": [1]}}, "kinds must map names to words"),
        ({"schedule": ["cosine"]}, "unknown schedule"),
    ],
)
def test_values_of_a_kind_that_nobody_expects_are_refused_in_words(asked: dict[str, object], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Study.from_dict(asked)


@pytest.mark.parametrize("given", [None, 5, ["digits_pair"]])
def test_a_study_that_is_no_mapping_is_refused(given: object) -> None:
    with pytest.raises(SpecError, match="a study must be a mapping of settings"):
        Study.from_dict(given)  # type: ignore[arg-type]


def test_numbers_of_numpy_are_numbers() -> None:
    asked = {
        "steps": np.int64(40),
        "learning_rate": np.float32(0.5),
        "seeds": np.arange(3),
        "weights": np.array([[0.25, 0.75]]),
    }
    study = Study(**asked, methods=[{"name": "cagrad", "c": np.float64(0.5)}])
    assert study == Study(steps=40, learning_rate=0.5, seeds=3, weights=[[0.25, 0.75]], methods=[{"name": "cagrad", "c": 0.5}])
    assert json.loads(json.dumps(study.to_dict())) == study.to_dict()


def test_folds_are_runs_and_cost_a_study_without_them_nothing() -> None:
    plain, folded = Study(weights=[], seeds=2), Study(weights=[], seeds=2, folds=4, nested=True)
    assert Study(folds=0, nested=False).id == Study().id
    assert plain.id != folded.id != replace(folded, nested=False).id
    assert len(plan(folded)) == 4 * len(plan(plain))
    assert len(plan(folded)) + len(inner_runs(folded)) == folded.run_count
    assert {(run.label, run.seed, run.fold) for run in plan(folded)} == {
        (run.label, run.seed, fold) for run in plan(plain) for fold in range(4)
    }
    pairs = [(run.label, run.seed, run.besides, run.fold) for run in inner_runs(folded)]
    assert sorted(pairs) == sorted(("equal", seed, a, b) for seed in range(2) for a, b in combinations(range(4), 2))
    assert [run.index for run in (*plan(folded), *inner_runs(folded))] == [*range(folded.run_count)]
    assert Run.from_dict(inner_runs(folded)[0].to_dict()) == inner_runs(folded)[0]
    assert "fold" not in plan(plain)[0].to_dict()
    assert inner_runs(plain) == ()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"folds": 1}, "0 for none, or 2 or more, found 1"),
        ({"nested": True}, "3 or more for nested ones, found 0"),
        ({"folds": 2, "nested": True}, "3 or more for nested ones, found 2"),
        ({"folds": 21}, "between 0 and 20 folds"),
        ({"folds": 20, "seeds": 20}, "seeds or folds"),
    ],
)
def test_folds_that_cannot_be_are_refused(asked: dict[str, object], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        Study(**asked)
