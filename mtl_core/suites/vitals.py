"""442 people of the diabetes study: disease progression, body mass index and blood pressure from the other columns."""

from functools import lru_cache
from typing import Any

import numpy as np

from mtl_core.suites.arrays import centre_and_scale, make_split, make_suite, standardise
from mtl_core.suites.suite import Suite, SuiteSource, Task
from mtl_core.suites.view import Field

INPUTS = ("age", "sex", "s1", "s2", "s3", "s4", "s5", "s6")
SAID = {
    "age": "age",
    "sex": "sex (1 or 2)",
    "s1": "cholesterol",
    "s2": "LDL",
    "s3": "HDL",
    "s4": "cholesterol / HDL",
    "s5": "log triglycerides",
    "s6": "blood sugar",
}
"""What the columns are, as a person reads them."""

ROWS = (266, 88, 88)

_SEED = 20242


class Vitals(SuiteSource):
    """Three noisy regressions on few people: differences between runs are mostly chance, and intervals must say so."""

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        return (
            Task("progression", "regression", help="How far has the diabetes progressed one year later?"),
            Task("bmi", "regression", help="What is the person's body mass index?"),
            Task("bp", "regression", help="What is the person's mean blood pressure?"),
        )

    def train_rows(self, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return ROWS[0]

    def load(self, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load()


@lru_cache(maxsize=1)
def _load() -> Suite:
    from sklearn.datasets import load_diabetes  # a slow import that only loading needs

    # Unscaled: scikit-learn's scaled table was standardised on all rows, test rows included.
    data = load_diabetes(scaled=False)
    column = {name: data.data[:, place] for place, name in enumerate(data.feature_names)}
    table = np.stack([*(column[name] for name in INPUTS), data.target, column["bmi"], column["bp"]], axis=1)
    order = np.random.default_rng(_SEED).permutation(len(table))
    split = [table[part] for part in np.split(order, np.cumsum(ROWS)[:-1])]
    parts, scales = standardise(*split), list(zip(*(each.tolist() for each in centre_and_scale(split[0])), strict=True))
    splits = (make_split(part[:, : len(INPUTS)], list(part[:, len(INPUTS) :].T)) for part in parts)
    fields = tuple(Field(SAID[name], place, (), *scales[place]) for place, name in enumerate(INPUTS))
    return make_suite("vitals", SOURCE.tasks(), splits, fields=fields, units=tuple(scales[len(INPUTS) :]))


SOURCE = Vitals()
