"""Recordings of 42 people with Parkinson's disease: two scores, age and sex from how the voice trembles."""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError, shown, some_of
from mtl_core.suites.arrays import Floats, centre_and_scale, make_split, make_suite, standardise
from mtl_core.suites.folder import FileSource, Wanted
from mtl_core.suites.suite import Suite, Task
from mtl_core.suites.text_table import TextTable, read_table
from mtl_core.suites.view import Field

FILE = "parkinsons/parkinsons_updrs.data"

PERSON, TIME, SEX = "subject#", "test_time", "sex"
VALUES = ("motor_UPDRS", "total_UPDRS", "age")

VOICE = {
    "Jitter(%)": "jitter (%)",
    "Shimmer(dB)": "shimmer (dB)",
    "NHR": "noise / harmonics",
    "HNR": "harmonics / noise (dB)",
    "RPDE": "period entropy (RPDE)",
    "DFA": "fractal scaling (DFA)",
    "PPE": "pitch entropy (PPE)",
    "Jitter(Abs)": "jitter (s)",
    "Jitter:RAP": "jitter RAP",
    "Jitter:PPQ5": "jitter PPQ5",
    "Jitter:DDP": "jitter DDP",
    "Shimmer": "shimmer",
    "Shimmer:APQ3": "shimmer APQ3",
    "Shimmer:APQ5": "shimmer APQ5",
    "Shimmer:APQ11": "shimmer APQ11",
    "Shimmer:DDA": "shimmer DDA",
}
"""The measures of the voice, as the file and as a person calls them; those that differ most from each other first."""

PLAIN = ("HNR", "RPDE", "DFA", "PPE")
"""Measures that are read as they are; of the others the logarithm."""

PARTS = (0.7, 0.8)
"""Where training and where validation end."""

_SEED = 20260

NOTES = {
    "time": "Of each person's recordings the first 70 % are for training, the next 10 % for validation and the last 20 % for "
    "test: the people are the same everywhere, so the test tells of a later day of a known person, and nothing of new people.",
    "person": "70 % of the people are for training, 10 % for validation and 20 % for test: the test tells of people who were "
    "never heard, of whom a model of so few people knows next to nothing, and which of them it is decides how little.",
}
"""What the ways to divide the recordings mean."""


class Parkinsons(FileSource):
    """The 16 voice measures of a recording, without its day. The two scores are nearly one (r = .95), and age and sex are facts
    of the person: what is learned of them is the person, so that the way recordings are divided decides what a test says."""

    origin = (
        "It is 'parkinsons_updrs.data' of Parkinsons Telemonitoring, set 189 of the UCI Machine Learning Repository "
        "(archive.ics.uci.edu), CC BY 4.0."
    )

    def files(self, **_options: Any) -> tuple[Wanted, ...]:
        """See ``FileSource.files``."""
        return (Wanted((FILE, "parkinsons_updrs.data"), 20_000_000),)

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        return (
            Task("motor", "regression", help="How strong are the signs in the person's movements (motor UPDRS, 0 to 108)?"),
            Task("total", "regression", help="How strong are all signs of the disease (total UPDRS, 0 to 176)?"),
            Task("age", "regression", help="How old is the person?"),
            Task("sex", "classification", 2, "Is the person a man or a woman?", ("male", "female")),
        )

    def load(self, split: str = "time", sha256: str | None = None, **_options: Any) -> Suite:
        """See ``SuiteSource.load``.

        Raises:
            DataError: the file is not there, is another than it was, or is not the table of the data set.
        """
        return _load(*self.contents(sha256), split)


@lru_cache(maxsize=2)
def _load(content: bytes, split: str) -> Suite:
    table = _table(content)
    voice = np.stack([_measure(table, name) for name in VOICE], axis=1)
    people, times, sex = (_known(table, name) for name in (PERSON, TIME, SEX))
    if set(np.unique(sex)) != {0, 1}:
        raise DataError(f"{table.name} must say 0 and 1 in column 'sex', found {shown(np.unique(sex).tolist())}; copy it anew.")
    rows = _by_time(people, times) if split == "time" else _by_person(people, sex)
    for name, part in zip(("training", "validation", "test"), rows, strict=True):
        if not len(part) or (name == "training" and len(np.unique(sex[part])) < 2):
            raise DataError(
                f"{table.name} must have people enough for three splits and both sexes in training, found "
                f"{len(np.unique(people))} people and {len(part)} recordings for {name}; copy it anew."
            )
    answers = np.stack([_known(table, name) for name in VALUES], axis=1)
    inputs = standardise(*(voice[part] for part in rows))
    values = standardise(*(answers[part] for part in rows))
    splits = (make_split(x, [*y.T, sex[part].astype(np.int64)]) for x, y, part in zip(inputs, values, rows, strict=True))
    scales, units = (
        list(zip(*(each.tolist() for each in centre_and_scale(columns[rows[0]])), strict=True)) for columns in (voice, answers)
    )
    fields = tuple(
        Field(words, place, centre=scales[place][0], scale=scales[place][1], log=name not in PLAIN)
        for place, (name, words) in enumerate(VOICE.items())
    )
    # Recordings of one moment, or of one person where people are what is divided.
    whole = people[:, None] if split != "time" else np.stack([people, times], axis=1)
    together = np.unique(whole, axis=0, return_inverse=True)[1].reshape(-1)
    more: dict[str, Any] = {"rows": rows, "fields": fields, "units": (*units, (0.0, 1.0))}
    return make_suite(
        "parkinsons", SOURCE.tasks(), splits, (NOTES[split],), groups=tuple(together[part] for part in rows[:2]), **more
    )


def _table(content: bytes) -> TextTable:
    table = read_table(content, FILE.rpartition("/")[2], "\t", 100_000)
    if missing := [name for name in (PERSON, TIME, SEX, *VALUES, *VOICE) if name not in table.header]:
        raise DataError(f"{table.name} must have the columns of the data set, found no {some_of(missing)}; it is another file.")
    return table


def _known(table: TextTable, column: str) -> Floats:
    values = table.numbers(column)
    if (empty := np.isnan(values)).any():
        line = table.lines[int(np.argmax(empty))]
        raise DataError(f"{table.name} must have a number in every cell, found none for {column} in line {line}; copy it anew.")
    return values


def _measure(table: TextTable, column: str) -> Floats:
    values = _known(table, column)
    if column in PLAIN:
        return values
    if (low := values <= 0).any():
        line = table.lines[int(np.argmax(low))]
        raise DataError(
            f"{table.name} must have {column} above 0, for its logarithm is learned from, found {values[low][0]:g} "
            f"in line {line}; copy it anew."
        )
    return np.asarray(np.log(values))


def _by_time(people: Floats, times: Floats) -> tuple[npt.NDArray[np.int64], ...]:
    """The places of the first, the next and the last of each person's recordings.

    Up to six recordings were made at one moment: they stay together, in the later part, or the test would be of the minute that
    training ends in.
    """
    parts: tuple[list[int], ...] = ([], [], [])
    for person in np.unique(people):
        own = np.flatnonzero(people == person)
        own = own[np.argsort(times[own], kind="stable")]
        ends = np.searchsorted(times[own], times[own][_ends(len(own))])
        for part, places in zip(parts, np.split(own, ends), strict=True):
            part += places.tolist()
    return tuple(np.sort(np.array(part, dtype=np.int64)) for part in parts)


def _by_person(people: Floats, sex: Floats) -> tuple[npt.NDArray[np.int64], ...]:
    """The places of the recordings of three groups of people, men and women in equal shares."""
    rng = np.random.default_rng(_SEED)
    own = [rng.permutation(np.unique(people[sex == each])) for each in (0, 1)]
    groups = zip(*(np.split(numbers, _ends(len(numbers))) for numbers in own), strict=True)
    return tuple(np.flatnonzero(np.isin(people, np.concatenate(group))) for group in groups)


def _ends(count: int) -> list[int]:
    return [int(part * count) for part in PARTS]


SOURCE = Parkinsons()
