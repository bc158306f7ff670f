"""What stands for a task whose classes are not alike."""

import numpy as np
import pytest

import mtl_core as mtl
from mtl_core.errors import SpecError
from mtl_core.suites.arrays import make_split, make_suite
from mtl_core.suites.imbalance import judged
from mtl_core.suites.suite import Suite, Task


def suite(share: float, rows: int = 1000, classes: int = 2) -> Suite:
    rng = np.random.default_rng(0)
    tasks = (Task("rare", "classification", classes, "Is it?", ("no", "yes", "other")[:classes]), Task("size", "regression"))
    splits = []
    for _ in range(3):
        labels = (np.arange(rows) < share * rows).astype(int)
        splits.append(make_split(rng.normal(size=(rows, 2)), (labels, rng.normal(size=rows))))
    return make_suite("made", tasks, splits)


@pytest.mark.parametrize(
    ("share", "headline", "positive"),
    [(0.05, "average_precision", 1), (0.19, "average_precision", 1), (0.2, "accuracy", 1), (0.5, "accuracy", 1),
     (0.8, "accuracy", 1), (0.81, "average_precision", 0), (0.99, "average_precision", 0)],
)  # fmt: skip
def test_average_precision_stands_for_a_rare_class(share: float, headline: str, positive: int) -> None:
    found = judged(suite(share), {})
    assert (found.tasks[0].headline, found.tasks[0].positive) == (headline, positive)
    assert found.tasks[1].headline == "r2"
    assert len(found.notes) == (headline == "average_precision")
    if found.notes:
        assert f"are {('no', 'yes')[positive]}, so average precision stands for the task" in found.notes[0]


def test_a_metric_that_is_asked_for_stands() -> None:
    found = judged(suite(0.05), {"rare": "balanced_accuracy", "size": "mae"})
    assert [task.headline for task in found.tasks] == ["balanced_accuracy", "mae"]
    assert not found.notes
    assert judged(suite(0.05, classes=3), {}).tasks[0].headline == "accuracy"


def test_a_metric_that_is_not_measured_is_refused() -> None:
    with pytest.raises(SpecError, match="headline of task 'size' 'accuracy'"):
        judged(suite(0.5), {"size": "accuracy"})
    with pytest.raises(SpecError, match="headline of task 'rare' 'commonest_answer'"):
        judged(suite(0.5), {"rare": "commonest_answer"})
    with pytest.raises(SpecError, match="headline's task 'rear'; did you mean 'rare'"):
        judged(suite(0.5), {"rear": "accuracy"})


def test_a_suite_of_which_the_labels_say_nothing_new_is_the_same_object() -> None:
    plain = suite(0.5)
    assert judged(plain, {}) is plain


def test_a_study_says_what_stands_for_a_task() -> None:
    plain = mtl.Study(suite="digits_pair")
    asked = mtl.Study(suite="digits_pair", headline={"left": "macro_f1"})
    assert plain.headline == ()
    assert asked.id != plain.id
    assert mtl.Study.from_dict(asked.to_dict()) == asked
    assert mtl.Study.from_dict(plain.to_dict() | {"headline": {}}).id == plain.id
    assert (
        mtl.Study.from_dict({k: v for k, v in plain.to_dict().items() if k not in ("headline", "class_weights")}).id == plain.id
    )
    with pytest.raises(SpecError, match="headline's task 'lef'; did you mean 'left'"):
        mtl.Study(suite="digits_pair", headline={"lef": "macro_f1"})
    with pytest.raises(SpecError, match="headline of 'left' 'accurcy'; did you mean 'accuracy'"):
        mtl.Study(suite="digits_pair", headline={"left": "accurcy"})


def test_the_result_of_a_study_is_judged_by_it() -> None:
    study = mtl.Study(suite="digits_pair", headline={"left": "macro_f1"}, seeds=2, steps=10, weights=[])
    result = mtl.run(study)
    assert [task.headline for task in result.layout.tasks] == ["macro_f1", "accuracy"]
    first = result.transfer[result.transfer["label"] == "equal"].iloc[0]
    assert (first["task"], first["metric"]) == ("left", "macro_f1")
    assert "commonest_answer" not in set(result.transfer["metric"])
    assert "commonest_answer" in set(result.curves["metric"])
