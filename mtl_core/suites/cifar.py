"""Small colour pictures of ten classes, read as several tasks: CIFAR-10's own binary files, all of them or some."""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError
from mtl_core.suites.arrays import make_split, make_suite
from mtl_core.suites.folder import FileSource, Wanted, data_folder
from mtl_core.suites.intake.picture import PictureIntake
from mtl_core.suites.suite import Split, Suite, Task
from mtl_core.suites.view import Field

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
ANIMALS = (2, 3, 4, 5, 6, 7)
VEHICLES = (0, 1, 8, 9)

SHAPE = (3, 32, 32)
RECORD = 1 + 3 * 32 * 32
"""Bytes of a picture: its class, then the red, the green and the blue plane, row by row."""

HELD_BACK = 10
"""Of so many training pictures one is for validation; so many of each class are the least to learn from."""

TESTED = 5
"""Of so many times as many training pictures there is one for testing."""

FOLDERS = ("cifar10_subset", "cifar10", "cifar-10-batches-bin")
BATCHES = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
TEST_BATCH = "test_batch.bin"

_MOST = 40_000_000
"""Bytes of a file; those of CIFAR-10 have 30,730,000."""

Bytes = npt.NDArray[np.uint8]
Ids = npt.NDArray[np.int64]


class Cifar(FileSource):
    """Ten classes of pictures, read in one of three ways.

    - ``groups``: animal or vehicle; which of six animals, with no label for vehicles; which of four vehicles, with none for
      animals.
    - ``one_vs_rest``: for each class, is it one or not? One picture in ten is, so average precision stands for each task.
    - ``class_group``: which of ten classes, and animal or vehicle.

    The first pictures of each class are read, the same number of each. Of the training files' the last tenth is for
    validation. Colours are standardised by the mean and the standard deviation of each channel over the pixels of train.
    """

    origin = "CIFAR-10 in binary form comes from https://www.cs.toronto.edu/~kriz/cifar.html (Krizhevsky 2009)."

    def files(self, **_options: Any) -> tuple[Wanted, ...]:
        """See ``FileSource.files``: of the first folder that has any, every training file that is there, then the test file."""
        folder = data_folder()

        def there(name: str) -> bool:
            return any((folder / (name + ending)).is_file() for ending in ("", ".gz"))

        for place in FOLDERS:
            found = [f"{place}/{name}" for name in BATCHES if there(f"{place}/{name}")]
            if found:
                return tuple(Wanted((name,), _MOST) for name in (*found, f"{place}/{TEST_BATCH}"))
        return tuple(Wanted(tuple(f"{place}/{name}" for place in FOLDERS), _MOST) for name in (BATCHES[0], TEST_BATCH))

    def tasks(self, reading: str = "groups", **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        if reading == "one_vs_rest":
            return tuple(
                Task(
                    name,
                    "classification",
                    2,
                    f"Is it {'an' if name[0] == 'a' else 'a'} {name}?",
                    ("no", "yes"),
                    judged_by="average_precision",
                )
                for name in CLASSES
            )
        group = Task("group", "classification", 2, "Is it a vehicle or an animal?", ("vehicle", "animal"))
        if reading == "class_group":
            return Task("class", "classification", 10, "Which of ten animals and vehicles is it?", CLASSES), group
        animals, vehicles = (tuple(CLASSES[each] for each in members) for members in (ANIMALS, VEHICLES))
        return (
            group,
            Task("animal", "classification", 6, "If it is an animal, which of six?", animals),
            Task("vehicle", "classification", 4, "If it is a vehicle, which of four?", vehicles),
        )

    def intake(self, suite: Suite, **_options: Any) -> PictureIntake:
        """See ``SuiteSource.intake``."""
        return PictureIntake(suite, [each.centre for each in suite.fields], [each.scale for each in suite.fields])

    def train_rows(self, pictures: int = 5000, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``: what is asked for; files with less give less."""
        return pictures - pictures // HELD_BACK

    def load(self, reading: str = "groups", pictures: int = 5000, sha256: str | None = None, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load(reading, pictures, self.settle(sha256=sha256)["sha256"])


@lru_cache(maxsize=3)
def _load(reading: str, pictures: int, sha256: str) -> Suite:
    *batches, test = SOURCE.contents(sha256=sha256)
    names = [each.places[0] for each in SOURCE.files()]
    records = np.concatenate([_records(content, name) for content, name in zip(batches, names, strict=False)])
    tested = _records(test, names[-1])
    each = pictures // len(CLASSES)
    of_class = _first_of_each(records, each, HELD_BACK, names[0])
    held = min(map(len, of_class)) // HELD_BACK
    train = records[np.sort(np.concatenate([places[:-held] for places in of_class]))]
    validation = records[np.sort(np.concatenate([places[-held:] for places in of_class]))]
    test_rows = tested[np.sort(np.concatenate(_first_of_each(tested, each // TESTED, 1, names[-1])))]
    centre, scale = _centre_and_scale(train)
    # Every byte's value once: pictures are looked up, so that nothing larger than they are is made of them.
    values = ((np.arange(256) - centre[:, None]) / scale[:, None]).astype(np.float32)
    splits = [_split(rows, values, reading) for rows in (train, validation, test_rows)]
    fields = tuple(
        Field(name, place, centre=centre[place] / 255, scale=scale[place] / 255)
        for place, name in enumerate(("red", "green", "blue"))
    )
    notes = (
        f"{len(train)} training and {len(test_rows)} test pictures in the layout of CIFAR-10: what is measured on them is not "
        "what is known as CIFAR-10's accuracy.",
    )
    return make_suite("cifar", SOURCE.tasks(reading=reading), splits, notes, fields=fields)


def _records(content: bytes, name: str) -> Bytes:
    """A file's records ``(N, RECORD)``; raises DataError where it has none."""
    if not content or len(content) % RECORD:
        raise DataError(
            f"{name} must be whole records of {RECORD} bytes, a class and 32x32 pixels in three colours, found "
            f"{len(content)} bytes; copy it anew from the binary version of CIFAR-10."
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    if (largest := int(records[:, 0].max())) >= len(CLASSES):
        raise DataError(
            f"{name} must have classes from 0 to 9, found {largest}; copy the binary version of CIFAR-10, not CIFAR-100."
        )
    return records


def _first_of_each(records: Bytes, most: int, least: int, name: str) -> list[Ids]:
    """The places of the first ``most`` records of each class; raises DataError where there are fewer than ``least``."""
    of_class = [np.flatnonzero(records[:, 0] == place)[:most] for place in range(len(CLASSES))]
    for label, places in zip(CLASSES, of_class, strict=True):
        if len(places) < least:
            raise DataError(
                f"{name} must have at least {least} pictures of each class, found {len(places)} of class {label}; use a file "
                "with more of them."
            )
    return of_class


def _centre_and_scale(records: Bytes) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The mean and the standard deviation of each channel's bytes, from how often each value occurs."""
    pixels = records[:, 1:].reshape(len(records), 3, -1)
    counts = np.stack([np.bincount(pixels[:, channel].reshape(-1), minlength=256) for channel in range(3)])
    share = counts / counts.sum(1, keepdims=True)
    centre = share @ np.arange(256)
    scale = np.sqrt((share * (np.arange(256) - centre[:, None]) ** 2).sum(1))
    return centre, np.where(scale > 0, scale, 1)


def _split(records: Bytes, values: npt.NDArray[np.float32], reading: str) -> Split:
    labels = records[:, 0].astype(np.int64)
    planes = records[:, 1:].reshape(-1, *SHAPE)
    inputs = np.stack([values[channel][planes[:, channel]] for channel in range(3)], axis=1)
    animal = np.isin(labels, ANIMALS)
    if reading == "one_vs_rest":
        return make_split(inputs, [(labels == place).astype(np.int64) for place in range(len(CLASSES))])
    if reading == "class_group":
        return make_split(inputs, (labels, animal.astype(np.int64)))
    which = [np.searchsorted(members, labels) for members in (ANIMALS, VEHICLES)]
    observed = np.stack([np.ones_like(animal), animal, ~animal], axis=1)
    return make_split(inputs, (animal.astype(np.int64), *which), observed)


SOURCE = Cifar()
