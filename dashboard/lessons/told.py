"""How lessons tell numbers and read a study's tables: what several of them need. No Streamlit."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.words import _
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.intervals import CONFIDENCE, interval
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.records import Moment

Row = tuple[float, ...]


def gains(result: Result, label: str, against: str = "alone") -> pd.DataFrame:
    """The paired differences of a label's headline metrics, positive where better, a row a task in the study's order.

    Columns as in ``Result.transfer``: ``difference``, ``low``, ``high``, ``verdict_holm`` and the rest.
    """
    comparison = result.against(against)
    table = headline_rows(result.layout, comparison.transfer)
    return table[table["label"] == label].set_index("task").reindex(list(result.study.tasks))


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed(["size"]), listed(["x", "y", "angle"])
    ('size', 'x, y and angle')
    """
    if len(names) < 2:
        return "".join(names)
    return _("{first} and {last}").format(first=", ".join(names[:-1]), last=names[-1])


def by_seed(result: Result, label: str = "equal", at: Moment | None = None) -> pd.DataFrame:
    """The paired differences of a label's headline metrics seed by seed: a row a seed, a column a task in the study's order."""
    pairs = headline_rows(result.layout, result.compared(at=at).pairs)
    mine = pairs[pairs["label"] == label]
    return mine.pivot_table(index="seed", columns="task", values="difference", observed=True).reindex(
        columns=list(result.study.tasks)
    )


def means(values: np.ndarray, confidence: float = CONFIDENCE) -> tuple[Row, Row, Row]:
    """Means of columns over seeds with their intervals: ``(S, N)`` to three rows of N; NaN ends where there is one seed."""
    found = interval(np.asarray(values, dtype=np.float64), confidence=confidence)
    return tuple(map(float, found.mean)), tuple(map(float, found.low)), tuple(map(float, found.high))
