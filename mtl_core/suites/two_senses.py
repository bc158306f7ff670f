"""A written digit beside a spoken one: two senses, an encoder for each, and a question that needs both."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.suites.arrays import make_split, make_suite
from mtl_core.suites.folder import FileSource, Wanted, fingerprint, read
from mtl_core.suites.idx import CLASSES, SIDE
from mtl_core.suites.mnist_files import CLASS_NAMES, DIGITS, MEAN, SPREAD, IdxSource, Sources, standardised, wanted
from mtl_core.suites.speech import BANDS, FRAMES
from mtl_core.suites.spoken_digits import SOURCE as SPOKEN
from mtl_core.suites.spoken_digits import TAKES, Loudness, heard_of, recordings
from mtl_core.suites.suite import InputPart, Suite, Task
from mtl_core.suites.view import Field, View

PARTS = (InputPart("written", (1, SIDE, SIDE)), InputPart("spoken", (1, BANDS, FRAMES)))
PAIRS = (3000, 1000, 2000)

_GAP = 4
_SEED = 20265

Ids = npt.NDArray[np.int64]


class TwoSenses(FileSource):
    """Pairs of a written digit, an image of MNIST, and a spoken one, a spectrogram of the Free Spoken Digit Dataset: which
    digit is written, which is said, and are they the same? Half of the pairs agree; of the others every wrong digit is as
    likely. So who has one sense alone is right half of the time about the other's digit, and by chance about agreement.

    Recordings have their turn in an order drawn once, every one once before any is there twice; images are drawn beside them.
    Both are divided as ``mnist_two`` and ``spoken_digits`` (by takes) divide them, so that nothing seen or heard in one split
    is in another, and standardised as there. With one of the ``senses`` alone the other's numbers are 0, the mean.
    """

    origin = f"{IdxSource.origin} {SPOKEN.origin}"

    def files(self, **_options: Any) -> tuple[Wanted, ...]:
        """See ``FileSource.files``: MNIST's four, then the recordings."""
        return (*wanted(DIGITS), *SPOKEN.files())

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        names = CLASS_NAMES[DIGITS]
        return (
            Task("written", "classification", CLASSES, "Which digit is written?", names),
            Task("spoken", "classification", CLASSES, "Which digit is said?", names),
            Task("agree", "classification", 2, "Is the written digit the one that is said?", ("no", "yes")),
        )

    def train_rows(self, pairs: int = PAIRS[0], **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return pairs

    def load(self, **options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        options = self.settle(**options)
        return _load(options["sha256"], options["senses"], options["pairs"])

    def sound(self, number: int, senses: str = "both", sha256: str | None = None, **_options: Any) -> bytes:
        """See ``SuiteSource.sound``; what is not heard is not given."""
        if senses == PARTS[0].name:
            return b""
        sound = self.checked(sha256)[-1]
        found = recordings(sound, fingerprint((sound,)))
        tested = np.flatnonzero(found["takes"] < TAKES)
        return heard_of(sound, found, int(tested[_turns(_draws(2), PAIRS[2], len(tested))[number - 1]]))

    def view(self, suite: Suite, example: npt.NDArray[np.float32]) -> View:
        """See ``SuiteSource.view``: the digit on the left, and the recording beside it with low frequencies at the bottom."""
        written, spoken = (
            field.centre + field.scale * part.reshape(each.shape)[0]
            for field, each, part in zip(suite.fields, PARTS, np.split(example, [PARTS[0].size]), strict=True)
        )
        sheet = np.zeros((1, BANDS, SIDE + _GAP + FRAMES), dtype=np.float32)
        above = (BANDS - SIDE) // 2
        sheet[0, above : above + SIDE, :SIDE] = written
        sheet[0, :, -FRAMES:] = spoken[::-1]
        shades = np.rint(255 * np.clip(sheet, 0, 1)).astype(int).tolist()
        return View(tuple(tuple(tuple(line) for line in channel) for channel in shades))


@lru_cache(maxsize=4)
def _load(sha256: str, senses: str, pairs: int) -> Suite:
    *idx, sound = SOURCE.checked(sha256)
    images = Sources.of(DIGITS, tuple(read(file, each.most) for file, each in zip(idx, wanted(DIGITS), strict=True)))
    heard = recordings(sound, fingerprint((sound,)))
    takes = heard["takes"]
    chosen = (takes >= 2 * TAKES, (takes >= TAKES) & (takes < 2 * TAKES), takes < TAKES)
    loudness = Loudness.of(heard["pictures"][chosen[0]])
    splits = []
    for place, (count, rows) in enumerate(zip((pairs, *PAIRS[1:]), chosen, strict=True)):
        said = heard["digits"][rows]
        one, other, same = drawn(place, count, images.labels[place], said)
        written = standardised(images.images[place][one]).reshape(count, -1)
        spoken = loudness.standardised(heard["pictures"][rows][other]).reshape(count, -1)
        if senses != "both":
            blank = spoken if senses == PARTS[0].name else written
            blank[:] = 0
        targets = (images.labels[place][one], said[other], same.astype(np.int64))
        splits.append(make_split(np.concatenate([written, spoken], axis=1), targets))
    shades = (Field(PARTS[0].name, 0, centre=MEAN, scale=SPREAD), replace(loudness.field, place=PARTS[0].size))
    return make_suite("two_senses", SOURCE.tasks(), splits, images.notes, fields=shades, parts=PARTS)


def drawn(place: int, count: int, written: Ids, said: Ids) -> tuple[Ids, Ids, npt.NDArray[np.bool_]]:
    """The images, the recordings, and whether they agree, of ``count`` pairs of a split (0 train, 1 validation, 2 test)."""
    rng = _draws(place)
    other = _turns(rng, count, len(said))
    same = rng.permutation(np.arange(count) % 2 == 0)
    wanted_digit = (said[other] + np.where(same, 0, rng.integers(1, CLASSES, count))) % CLASSES
    one = np.empty(count, dtype=np.int64)
    for digit in range(CLASSES):
        here = wanted_digit == digit
        one[here] = rng.choice(np.flatnonzero(written == digit), here.sum())
    return one, other, same


def _draws(place: int) -> np.random.Generator:
    return np.random.default_rng([_SEED, place])


def _turns(rng: np.random.Generator, count: int, recordings: int) -> Ids:
    """Which of so many recordings each of ``count`` pairs has: what is drawn first."""
    return np.resize(rng.permutation(recordings), count)


SOURCE = TwoSenses()
