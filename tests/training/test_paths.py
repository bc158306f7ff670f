"""Weights that change with time: what is asked, what they come to at every step, and when a study is evaluated."""

from typing import Any

import numpy as np
import pytest
import torch

import mtl_core as mtl
from mtl_core.errors import SpecError
from mtl_core.spec.notation import read_choice, write_choice
from mtl_core.spec.paths import path_ends, path_rows, row_at, row_ends
from mtl_core.training.trainer import Trainer

OWN = [[0.7, 0.2, 0.1], [0, 0, 1], [0, 0.5, 0.5], [1, 0, 0]]


def asked(*ways: Any, **changes: Any) -> mtl.Study:
    """A small study with equal weights and paths."""
    usual = {"suite": "vitals", "steps": 30, "seeds": 2, "weights": 0, "batch_size": 16, "evaluate_every": 12}
    return mtl.Study(**usual | {"methods": ["equal", *({"name": "path", "way": way} for way in ways)]} | changes)


@pytest.mark.parametrize("steps", [4, 7, 30, 100])
@pytest.mark.parametrize("rows", [2, 3, 4])
def test_every_row_has_an_equal_share_of_the_steps(rows: int, steps: int) -> None:
    places = [row_at("own", rows, step, steps) for step in range(steps)]
    shares = np.bincount(places, minlength=rows)
    assert places == sorted(places)
    assert shares.max() - shares.min() <= 1
    assert row_ends("own", rows, steps) == tuple(np.cumsum(shares)[:-1])
    assert [row_at("alternating", rows, step, steps) for step in range(4)] == [step % rows for step in range(4)]


def test_named_paths_follow_from_the_tasks() -> None:
    assert path_rows("joining", 3) == ((1, 0, 0), (1 / 2, 1 / 2, 0), (1 / 3, 1 / 3, 1 / 3))
    assert path_rows("sequential", 3) == path_rows("alternating", 3) == ((1, 0, 0), (0, 1, 0), (0, 0, 1))


def test_paths_are_told_apart_and_read_back() -> None:
    study = asked("joining", "sequential", OWN)
    labels = [study.label(method) for method in study.methods]
    assert labels == ["equal", "path", "path(way=sequential)", "path(way=0.7/0.2/0.1; 0/0/1; 0/0.5/0.5; 1/0/0)"]
    for method in study.methods:
        assert (
            mtl.spec.choice.choose("method", mtl.METHODS, read_choice(write_choice(method, mtl.METHODS), mtl.METHODS)) == method
        )
    again = mtl.Study.from_dict(study.to_dict())
    assert (again, again.id) == (study, study.id)
    assert read_choice("path:way=1,0;0.5,0.5,learning_rate=0.1", mtl.METHODS)["way"] == "1,0;0.5,0.5"
    assert asked("1,0,0;0,.5,.5") == asked([[1, 0, 0], [0, 0.5, 0.5]])


@pytest.mark.parametrize(
    ("way", "changes", "said"),
    [
        ([[1, 0], [0, 1]], {}, "row 1 of a path must have 3 weights, one for each task, found 2"),
        ([[1, 0, 0], [0.5, 0.6, 0]], {}, "row 2 of path.way must be a point on the simplex"),
        ([[1, 0, 0], [None, 0, 1]], {}, "row 2 of path.way must be a point on the simplex"),
        ([[1, 0, 0], [1, -0.5, 0.5]], {}, "row 2 of path.way must be a point on the simplex"),
        ([[1, 0, 0]], {}, "2 to 100 rows of weights, found 1; for one row choose fixed weights"),
        ("1,0,0", {}, "2 to 100 rows of weights, found 1"),
        ([[1, 0, 0]] * 101, {}, "2 to 100 rows"),
        ([[1, 0, 0], [0.5, 0.5, 0]], {}, "every task must have weight in some row of path.way, found none for bp"),
        ("joinin", {}, "did you mean 'joining'"),
        (7, {}, "joining, sequential, alternating or rows of weights"),
        ("joining", {"steps": 2}, "no more rows than a run has steps, found 3 rows and 2 steps"),
        ("joining", {"phases": [{"steps": 30}]}, "leave the phases or the path out"),
        ("joining", {"strategy": "adashare"}, "leave the method 'path' or the strategy out"),
    ],
)
def test_what_is_no_path_is_refused_in_words(way: Any, changes: Any, said: str) -> None:
    with pytest.raises(SpecError) as refusal:
        asked(way, **changes)
    assert said in str(refusal.value)


def test_recorded_weights_are_the_rows_and_a_study_is_evaluated_where_they_change() -> None:
    study = asked("joining", "alternating", OWN)
    result = mtl.run(study)
    seen = {label: result.of(label).weights for label in ("path", "path(way=alternating)")}
    first = {label: table[table["run"] == table["run"].min()] for label, table in seen.items()}
    wide = {
        label: table.pivot_table(index="step", columns="task", values="weight", observed=True) for label, table in first.items()
    }
    joined, turns = (table[[*study.tasks]].to_numpy() for table in wide.values())
    np.testing.assert_allclose(joined, np.repeat(path_rows("joining", 3), 10, 0), atol=1e-6)
    np.testing.assert_array_equal(turns, np.tile(np.eye(3), (10, 1)))
    ends = path_ends(study)
    assert ends == (7, 10, 15, 20, 22)
    for label in ("equal", "path", "progression alone"):
        told = result.of(label).curves
        assert sorted(set(told[told["split"] == "validation"]["step"])) == [0, 7, 10, 12, 15, 20, 22, 24, 30]


def test_a_task_without_weight_has_no_gradient_and_a_path_depends_on_no_other() -> None:
    """Plain descent has no momentum: the heads of tasks without weight stand still."""
    study = asked("sequential", optimizer={"name": "sgd", "momentum": 0.0})
    trainer = Trainer(study)
    cohort = next(each for each in trainer._cohorts if any(run.method.name == "path" for run in each.runs))
    own = [place for place, run in enumerate(cohort.runs) if run.method.name == "path"]
    heads = [name for name in cohort.views if name.startswith("head.")]
    stood = {name: cohort.views[name][own].detach().clone() for name in cohort.views}
    for learned, until in enumerate((10, 20, 30)):
        while trainer.step < until:
            trainer.advance()
        moved = {name for name in stood if not torch.equal(stood[name], cohort.views[name][own])}
        assert {name for name in heads if name in moved} == {name for name in heads if name.startswith(f"head.{learned}.")}
        assert moved - {*heads}
        stood = {name: cohort.views[name][own].detach().clone() for name in cohort.views}


@pytest.mark.parametrize("stop", [10, 17])
def test_a_path_resumes_bit_by_bit(stop: int) -> None:
    study = asked("joining", "alternating")
    whole = Trainer(study)
    while whole.step < stop:
        whole.advance()
    whole.flush()
    resumed = Trainer(study, whole.checkpoint())
    for trainer in (whole, resumed):
        while not trainer.finished:
            trainer.advance()
    for one, other in zip(whole._cohorts, resumed._cohorts, strict=True):
        assert torch.equal(one.parameters, other.parameters)


def test_a_path_of_equal_rows_is_equal_weights() -> None:
    study = asked([[1 / 3] * 3] * 2)
    result = mtl.run(study)
    one, other = (result.of(study.label(method)).curves["value"].to_numpy() for method in study.methods)
    np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
