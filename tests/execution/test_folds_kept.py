"""A study with folds in a store: kept whole, asked, and gone on with."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import mtl_core as mtl
from mtl_core.errors import SpecError
from mtl_core.execution.predicting import in_hand
from mtl_core.spec import Study
from mtl_core.spec.extension import with_seeds
from mtl_core.store import open_store

STUDY = Study(suite="vitals", folds=3, nested=True, seeds=1, steps=2, weights=[[0.2, 0.3, 0.5]], batch_size=16)


def test_folds_are_kept_asked_and_extended(tmp_path: Path) -> None:
    address = str(tmp_path / "store.db")
    found = mtl.run(STUDY, store=address)
    kept = mtl.load(found.id, address)
    assert kept.layout == found.layout
    assert kept.layout.inner
    assert kept.selection["choices"].tolist() == [3, 3]
    assert kept.runs["fold"].tolist() == [0, 1, 2] * 5
    assert set(kept.pairs["fold"]) == {0, 1, 2}
    assert kept.tradeoff["fold"].nunique() == 3
    assert any(note.startswith("Runs are of 3 folds and 1 seeds each") for note in kept.notes)
    # Paired by seed and fold, and an interval that knows that folds share examples.
    own = kept.pairs[(kept.pairs["label"] == "equal") & (kept.pairs["metric"] == "r2")]
    told = kept.transfer[(kept.transfer["label"] == "equal") & (kept.transfer["metric"] == "r2")].set_index("task")
    for task, rows in own.groupby("task", observed=True):
        reach = stats.t.ppf(0.975, 2) * rows["difference"].std() * np.sqrt(1 / 3 + 1 / 2)
        assert len(rows) == told.loc[task, "n"] == 3
        assert told.loc[task, "high"] - told.loc[task, "difference"] >= reach * (1 - 1e-6)
    answered = mtl.predict(found.id, {"example": 1}, "equal", store=address)
    with open_store(address) as store:
        first = in_hand(store, found.id, next(run.index for run in kept.layout.runs if run.label == "equal"))
        # The network of the first fold, on examples as it sees them; its answers are in their own units.
        assert abs(first.suite.train.inputs.mean()) < 1e-5
        assert len(first.suite.train) < len(mtl.load_suite("vitals").train) + len(first.suite.validation)
        assert answered.replies.keys() == {task.name for task in first.suite.tasks}
        with pytest.raises(SpecError, match="networks of the first fold"):
            in_hand(store, found.id, next(run.index for run in kept.layout.runs if run.fold == 1))
    later = mtl.run(with_seeds(STUDY, 2), store=address)
    assert later.selection["n"].tolist() == [6, 6]
    same = [run.index for run in later.layout.runs if run.seed == 0]
    assert np.array_equal(later.scores.test[same], kept.scores.test, equal_nan=True)
