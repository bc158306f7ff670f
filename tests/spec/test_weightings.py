"""Sets of tasks as fixed weightings."""

import numpy as np
import pytest

from mtl_core.errors import SpecError
from mtl_core.exporting.command import command, snippet
from mtl_core.spec import Study, plan
from mtl_core.spec.notation import read_weights, write_weights
from mtl_core.spec.plan import weighting_label
from mtl_core.spec.weightings import members_of, scattered, set_count, set_point, task_sets


def test_every_set_is_a_run_beside_the_tasks_alone() -> None:
    study = Study(suite="sprites", weights="subsets", seeds=2)
    labels = list(dict.fromkeys(run.label for run in plan(study)))
    names = study.tasks
    assert len(names) == 5
    assert len(labels) == 2**5 - 1
    assert labels[:5] == [f"{name} alone" for name in names]
    assert labels[5] == "equal"  # all of them, as any study calls it
    assert labels[6] == f"{{{names[0]}, {names[1]}}}"
    assert (len(plan(study)), study.run_count) == (31 * 2, 31 * 2 + 2)  # which counts at most: all of them twice


def test_a_set_trains_its_own_tasks_alone() -> None:
    study = Study(suite="sprites", weights="subsets:3", methods=[], seeds=1)
    for run in plan(study):
        members = [name for name, on in zip(study.tasks, run.trains(5), strict=True) if on]
        assert run.label == (f"{members[0]} alone" if len(members) == 1 else f"{{{', '.join(members)}}}")
        assert len(members) <= 3


@pytest.mark.parametrize(
    ("given", "tasks", "canonical"),
    [
        ("subsets", 4, "subsets"),
        ("subsets:4", 4, "subsets"),
        ("subsets:9", 4, "subsets"),
        ("subsets:3", 4, "subsets:3"),
        (" pairs ", 4, "pairs"),
        ("subsets:2", 4, "pairs"),
        ("pairs", 2, "subsets"),
    ],
)
def test_one_question_has_one_form(given: str, tasks: int, canonical: str) -> None:
    study = Study(suite="digits_pair" if tasks == 2 else "digits_scarce", weights=given)
    assert study.weights == canonical
    assert len(task_sets(given, tasks)) == set_count(given, tasks)
    assert Study.from_dict(study.to_dict()) == study
    assert read_weights(write_weights(canonical)) == canonical
    assert "weights" in command(study)
    assert f'weights="{canonical}"' in snippet(study)


def test_too_many_sets_are_refused_with_a_way_on() -> None:
    with pytest.raises(SpecError, match=r"limit is 2,000; choose fewer seeds or tasks, smaller sets"):
        Study(suite="subspace", weights="subsets", seeds=50)
    with pytest.raises(SpecError, match="up to two or more"):
        Study(weights="subsets:1")
    with pytest.raises(SpecError, match="weights must be"):
        Study(weights="subset")


def test_a_point_is_a_set_where_its_weights_are_equal() -> None:
    for members in task_sets("subsets", 6):
        assert members_of(set_point(members, 6)) == members
    assert members_of((0.6, 0.4)) is None
    study = Study(suite="digits_scarce", weights=[[0.5, 0.5, 0, 0]])
    assert weighting_label(study, (0.5, 0.5, 0.0, 0.0)) == "0.5 / 0.5 / 0 / 0"  # as it was asked for


def test_scattered_points_fill_the_simplex_evenly() -> None:
    points = np.array(scattered(400, 4))
    assert points.shape == (400, 4)
    np.testing.assert_allclose(points.sum(axis=1), 1, atol=3e-6)
    np.testing.assert_allclose(points.mean(axis=0), 1 / 4, atol=0.02)
    assert abs((points[:, 0] > 0.5).mean() - 0.5**3) < 0.02, "a uniform point has more than half on one of four with 1/8"
    assert len(np.unique(points, axis=0)) == 400
    assert scattered(10, 4) == scattered(400, 4)[:10], "more points are added to the same"
    study = Study(suite="digits_scarce", weights=" scattered:12 ", methods=[], seeds=1)
    assert (study.weights, study.run_count, len(plan(study))) == ("scattered:12", 16, 16)
    for wrong in ("scattered", "scattered:0", "scattered:501", "scattered:x"):
        with pytest.raises(SpecError, match="weights must be"):
            Study(weights=wrong)
