"""Models that always answer the same."""

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import names
from mtl_core.diagnostics.scores import Scores
from mtl_core.records import Layout

ALWAYS = "commonest_answer"
"""The metric that is one where every answer is the same class."""


def always_the_same(layout: Layout, scores: Scores) -> pd.DataFrame:
    """The labels whose model gives every test example of a task the same class.

    Args:
        layout: what the records' axes mean.
        scores: what each run is judged by.

    Returns:
        ``label, task, n, seeds``: in how many of the runs with a test value; only rows with some.
    """
    labels = list(dict.fromkeys(run.label for run in layout.runs))
    rows = []
    for place, task in enumerate(layout.tasks):
        if ALWAYS not in task.metrics:  # another kind, or a study of a version that did not measure it
            continue
        share = scores.test[:, place, task.metrics.index(ALWAYS)]
        for label in labels:
            own = share[[run.index for run in layout.runs if run.label == label]]
            own = own[np.isfinite(own)]
            if count := int((own >= 1).sum()):
                rows.append((label, task.name, count, len(own)))
    table = pd.DataFrame(rows, columns=["label", "task", "n", "seeds"])
    kinds = {"label": names(labels), "task": names(task.name for task in layout.tasks)}
    return table.astype(kinds | {"n": np.int64, "seeds": np.int64})
