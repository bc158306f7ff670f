"""Weightings beyond the grid, asked of Optuna and trained into the same study."""

import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mtl_core as mtl
from mtl_core.cli import main
from mtl_core.diagnostics.searched_points import parts_of, searched_points, weighting_of
from mtl_core.errors import SpecError
from mtl_core.spec.extension import with_points


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_a_weighting_and_its_parts_are_the_same(parts):
    weighting = weighting_of(np.array(parts))
    assert (weighting >= 0).all()
    assert weighting.sum() == pytest.approx(1)
    assert weighting_of(parts_of(weighting)) == pytest.approx(weighting, abs=1e-9)


def test_uniform_parts_are_uniform_on_the_simplex():
    drawn = np.array([weighting_of(parts) for parts in np.random.default_rng(0).random((20_000, 3))])
    # Of a flat Dirichlet with four parts each is Beta(1, 3): mean 1/4, P(w <= 1/2) = 1 - (1/2)^3.
    assert drawn.mean(axis=0) == pytest.approx([0.25] * 4, abs=0.01)
    assert (drawn <= 0.5).mean(axis=0) == pytest.approx([0.875] * 4, abs=0.01)


def test_what_is_asked_is_trained_into_the_same_study_and_told(file_store):
    pytest.importorskip("optuna")
    study = mtl.Study(steps=20, weights=5, seeds=2, methods=[])
    first = mtl.run(study, file_store)
    asked = first.next_points(3, search="optuna")
    assert len(asked) == 3
    assert asked.equals(mtl.load(study.id, file_store).next_points(3, search="optuna")), "the study is all that it knows"
    weights = asked["weights"].to_list()
    known = [(0.25, 0.75), (0.5, 0.5), (0.75, 0.25)]
    assert (asked["told"] == len(known)).all(), "the corners train one task alone"
    assert all(sum(point) == pytest.approx(1) and min(point) > 0 for point in weights)
    assert all(b - a > 0.01 for a, b in pairwise(sorted(point[0] for point in known + weights)))
    later = mtl.run(with_points(study, weights), file_store)
    assert (later.next_points(1, search="optuna")["told"] == 6).all()


def test_the_best_region_is_searched_more_and_test_is_not_looked_at(invented):
    pytest.importorskip("optuna")
    from mtl_core.diagnostics.scores import scores

    places = np.linspace(0.03, 0.97, 40).round(4)
    study = invented(points=[(float(w), round(1 - float(w), 4)) for w in places])
    good = np.full((study.count, 2, 3), np.nan)
    for run in study.layout.runs:
        if run.weights is not None:
            good[run.index] = -abs(run.weights[0] - 0.8)
    found = {
        sign: searched_points(study.layout, scores(study.layout, [study.evaluation(9, validation=good, test=sign * good)]), 8)
        for sign in (1, -1)
    }
    assert found[1].equals(found[-1]), "the test split is not looked at"
    firsts = np.array([point[0] for point in found[1]["weights"]])
    assert np.median(abs(firsts - 0.8)) < 0.15


def test_by_command_and_without_optuna(file_store, capsys, monkeypatch):
    study = mtl.Study(steps=10, weights=3, seeds=2, methods=[])
    mtl.run(study, file_store)
    place = ("--store", file_store.address)
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "optuna", None)  # as where it is not installed
        with pytest.raises(SpecError, match=r"pip install 'seesaw-mtl\[search\]'"):
            mtl.load(study.id, file_store).next_points(1, search="optuna")
        assert main(["more", study.id, "--search", "optuna", "--points", "2", *place]) != 0
        assert "seesaw-mtl[search]" in capsys.readouterr().err
    with pytest.raises(SpecError, match="one of front, optuna"):
        mtl.load(study.id, file_store).next_points(1, search="guess")
    assert main(["more", study.id, "--search", "optuna", *place]) != 0
    assert "--points COUNT" in capsys.readouterr().err
    pytest.importorskip("optuna")
    assert main(["more", study.id, "--search", "optuna", "--points", "2", *place]) == 0
    assert "by Optuna from 1 trained" in capsys.readouterr().err
    (later,) = (info.study for info in file_store.list() if info.study.refined)
    assert len(later.refined[0]) == 2
