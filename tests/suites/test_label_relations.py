"""How labels of two tasks go together, beside SciPy's and scikit-learn's numbers."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import pearsonr
from scipy.stats.contingency import association, crosstab
from sklearn.feature_selection import f_classif

from mtl_core.suites import Split, Suite, load_suite
from mtl_core.suites.label_relations import correlation, correlation_ratio, cramer, label_relations
from mtl_core.suites.suite import Task

N = 300
DRAWN = np.random.default_rng(0)
VALUE = DRAWN.normal(size=N).astype(np.float32)
OTHER = (0.5 * VALUE + DRAWN.normal(size=N)).astype(np.float32)
CLASS = np.digitize(VALUE + DRAWN.normal(size=N), [-1, 0.5]).astype(np.int64)
FOUR = (CLASS + DRAWN.integers(0, 2, size=N)).astype(np.int64)
TASKS = (Task("a", "regression"), Task("b", "regression"), Task("c", "classification", 3), Task("d", "classification", 4))


def suite(tasks: tuple[Task, ...], targets: tuple[npt.NDArray[Any], ...], known: npt.NDArray[np.bool_] | None = None) -> Suite:
    split = Split(np.zeros((N, 1), np.float32), targets, np.ones((N, len(tasks)), bool) if known is None else known)
    return Suite("made", tasks, split, split, split)


def test_each_pair_of_kinds_has_its_measure() -> None:
    found = np.array(label_relations(suite(TASKS, (VALUE, OTHER, CLASS, FOUR))), dtype=float)
    assert np.array_equal(found, found.T)
    assert np.diag(found).tolist() == [1.0] * 4
    assert found[0, 1] == pytest.approx(abs(pearsonr(VALUE, OTHER).statistic), abs=1e-6)
    assert found[2, 3] == pytest.approx(association(crosstab(CLASS, FOUR).count, method="cramer"), abs=1e-6)
    ((f, *_), _) = f_classif(VALUE[:, None].astype(np.float64), CLASS)
    assert found[0, 2] == pytest.approx(np.sqrt(2 * f / (2 * f + N - 3)), abs=1e-6)


def test_for_two_classes_all_three_are_one_number() -> None:
    x, y = (VALUE > 0).astype(np.int64), (OTHER > 0.3).astype(np.int64)
    expected = correlation(x, y)
    assert cramer(x, y) == pytest.approx(expected)
    assert correlation_ratio(x, y) == pytest.approx(expected)


def test_only_examples_with_both_labels_count_and_few_are_no_number() -> None:
    known = np.ones((N, 4), dtype=bool)
    known[100:, 0] = False
    known[9:, 2] = False
    found = label_relations(suite(TASKS, (np.where(known[:, 0], VALUE, 0), OTHER, CLASS, FOUR), known))
    assert found[0][1] == pytest.approx(abs(pearsonr(VALUE[:100], OTHER[:100]).statistic), abs=1e-5)
    assert found[2][:2] == (None, None)


def test_what_does_not_vary_goes_with_nothing() -> None:
    found = label_relations(suite(TASKS, (np.full(N, 0.1, np.float32), OTHER, np.ones(N, np.int64), FOUR)))
    assert found[0][1:] == (None, None, None)
    assert found[2][3] is None
    assert found[1][3] is not None


def test_examples_of_different_tasks_and_answers_of_several_parts_are_not_compared() -> None:
    assert {value for row in label_relations(load_suite("domains")) for value in row} == {None}
    assert label_relations(load_suite("mixed_heads")) == ((1.0, None), (None, None))
