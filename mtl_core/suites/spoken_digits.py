"""A spoken digit: what is said, who says it, and with which accent. The Free Spoken Digit Dataset, from its own files."""

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError, shown, some_of
from mtl_core.suites.arrays import make_split, make_suite
from mtl_core.suites.cache import Arrays, cached
from mtl_core.suites.folder import FileSource, Wanted, fingerprint, listed, read
from mtl_core.suites.intake.sound import SoundIntake
from mtl_core.suites.speech import FLOOR, heard, log_mel, samples, wave_file
from mtl_core.suites.suite import Suite, Task
from mtl_core.suites.view import Field, View

SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
ACCENTS = ("American", "Belgian French", "German", "Greek")
ACCENT_OF = (3, 0, 2, 1, 0, 2)
"""The accent of each speaker."""

TAKES = 5
"""Takes of each digit and speaker for testing, those numbered from 0, and as many for validation, the next ones."""

MOST_TAKES = 40

HELD_OUT = (2, 4)
"""Lucas for validation and theo for testing where speakers are held out: each has a trained speaker of the same accent."""

_VERSION = "spoken_digits 1"
"""Changes with what features are."""

_MOST = 200_000_000
_MOST_EACH = 1_000_000
_MOST_FILES = 20_000
_NAME = re.compile(r"([0-9])_([a-z]+)_([0-9]{1,5})\.wav")

Ids = npt.NDArray[np.int64]


class SpokenDigits(FileSource):
    """Recordings of a digit as spectrograms in 32 bands and 64 frames (``log_mel``), standardised by one mean and one standard
    deviation over train.

    With the split ``takes`` the takes 0-4 of each digit and speaker are for testing, 5-9 for validation, and the first
    ``per_cell`` of the others are trained on. With ``speakers`` nobody trained on is tested: all takes of one speaker are for
    validation, all of another for testing, the first ``per_cell`` from take 10 on of the other four are trained on, and who
    speaks is not asked.
    """

    origin = (
        "The Free Spoken Digit Dataset comes from https://github.com/Jakobovski/free-spoken-digit-dataset; put its recordings "
        "there as a zip file, or as a folder."
    )

    def files(self, **_options: Any) -> tuple[Wanted, ...]:
        """See ``FileSource.files``."""
        places = ("fsdd/recordings.zip", "fsdd/recordings", "free-spoken-digit-dataset/recordings")
        return (Wanted(places, _MOST, folder=True),)

    def tasks(self, split: str = "takes", **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        digit = Task("digit", "classification", 10, "Which digit is said?", tuple(str(number) for number in range(10)))
        speaker = Task("speaker", "classification", len(SPEAKERS), "Which of six people says it?", SPEAKERS)
        accent = Task("accent", "classification", len(ACCENTS), "Which accent does the speaker have?", ACCENTS)
        return (digit, speaker, accent) if split == "takes" else (digit, accent)

    def train_rows(self, per_cell: int = MOST_TAKES, split: str = "takes", **_options: Any) -> int:
        """See ``SuiteSource.train_rows``: what is asked for; fewer recordings give less."""
        return per_cell * 10 * (len(SPEAKERS) if split == "takes" else len(SPEAKERS) - len(HELD_OUT))

    def load(self, per_cell: int = MOST_TAKES, split: str = "takes", sha256: str | None = None, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load(per_cell, split, self.settle(sha256=sha256)["sha256"])

    def intake(self, suite: Suite, **_options: Any) -> SoundIntake:
        """See ``SuiteSource.intake``."""
        assert suite.scaling is not None  # noqa: S101 - it is given where the suite is made
        return SoundIntake(suite, *(float(each) for each in suite.scaling))

    def sound(self, number: int, split: str = "takes", sha256: str | None = None, **_options: Any) -> bytes:
        """See ``SuiteSource.sound``."""
        (file,) = self.checked(sha256)
        found = recordings(file, fingerprint((file,)))
        tested = found["takes"] < TAKES if split == "takes" else found["speakers"] == HELD_OUT[1]
        return heard_of(file, found, int(np.flatnonzero(tested)[number - 1]))

    def view(self, suite: Suite, example: npt.NDArray[np.float32]) -> View:
        """See ``SuiteSource.view``: low frequencies lie at the bottom."""
        return super().view(suite, example[:, ::-1])


@lru_cache(maxsize=4)
def _load(per_cell: int, split: str, sha256: str) -> Suite:
    (file,) = SOURCE.checked(sha256)
    found = recordings(file, sha256)
    pictures, digits, speakers, takes = (found[name] for name in ("pictures", "digits", "speakers", "takes"))
    taken = (takes >= 2 * TAKES) & (takes < 2 * TAKES + per_cell)
    if split == "takes":
        chosen = [taken, (takes >= TAKES) & (takes < 2 * TAKES), takes < TAKES]
        cells = [(digit, speaker) for digit in range(10) for speaker in range(len(SPEAKERS))]
        needed = [cells, cells, cells]
    else:
        held = [speakers == speaker for speaker in HELD_OUT]
        chosen = [taken & ~held[0] & ~held[1], *held]
        trained = [speaker for speaker in range(len(SPEAKERS)) if speaker not in HELD_OUT]
        needed = [[(digit, speaker) for digit in range(10) for speaker in who] for who in (trained, *([x] for x in HELD_OUT))]
    for name, rows, cells in zip(("training", "validation", "testing"), chosen, needed, strict=True):
        _check_cells(file.name, name, digits[rows], speakers[rows], cells)
    loudness = Loudness.of(pictures[chosen[0]])
    splits = []
    for rows in chosen:
        labels = (digits[rows], speakers[rows], np.array(ACCENT_OF)[speakers[rows]])
        inputs = loudness.standardised(pictures[rows])[:, None]
        splits.append(make_split(inputs, labels if split == "takes" else (labels[0], labels[2])))
    groups = () if split == "takes" else tuple(speakers[rows].astype(np.int64) for rows in chosen[:2])
    more: dict[str, Any] = {"fields": (loudness.field,), "scaling": loudness.scaling, "groups": groups}
    return make_suite("spoken_digits", SOURCE.tasks(split=split), splits, **more)


@dataclass(frozen=True)
class Loudness:
    """What loudness in spectrograms is standardised by, and shown by: over what is trained on.

    Args:
        centre, scale: its mean and standard deviation.
        loudest: its largest value.
    """

    centre: float
    scale: float
    loudest: float

    @classmethod
    def of(cls, pictures: npt.NDArray[np.float32]) -> "Loudness":
        """That of the spectrograms to train on."""
        train = pictures.astype(np.float64)
        return cls(float(train.mean()), float(train.std()) or 1.0, float(train.max()))

    def standardised(self, pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.floating[Any]]:
        """Spectrograms as inputs."""
        return (pictures - self.centre) / self.scale

    @property
    def scaling(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """See ``Suite.scaling``."""
        return np.array(self.centre), np.array(self.scale)

    @property
    def field(self) -> Field:
        """A shade from the silence that frames are filled up with, dark, to the loudest of train."""
        dark = float(np.log(FLOOR))
        range_of = self.loudest - dark or 1.0
        return Field("loudness", 0, centre=(self.centre - dark) / range_of, scale=self.scale / range_of)


def recordings(file: Path, sha256: str) -> Arrays:
    """What is kept of all recordings: ``pictures`` (``log_mel``) and ``digits``, ``speakers``, ``takes`` ``(N,)``, in the order
    of digit, speaker and take; from the cache where they were read before.

    Args:
        file: the archive or the folder.
        sha256: the hash of its content.

    Raises:
        DataError: it is damaged, or recordings are not what they should be.
    """
    return cached(_VERSION, sha256, lambda: _features(file))


def heard_of(file: Path, found: Arrays, row: int) -> bytes:
    """A WAVE file of what networks hear of a recording.

    Args:
        file: the archive or the folder.
        found: what ``recordings`` tells of it.
        row: which of them.

    Raises:
        DataError: it is damaged or not there any more.
    """
    wanted = tuple(int(found[name][row]) for name in ("digits", "speakers", "takes"))
    for name, content in _recordings(file, lambda name: _told(name) == wanted):
        return wave_file(heard(samples(content, name)))
    raise DataError(f"{file.name} must have the recordings that the suite was made of, found one gone; copy it anew.")


def _check_cells(file: str, part: str, digits: Ids, speakers: Ids, cells: Iterable[tuple[int, int]]) -> None:
    there = set(zip(digits.tolist(), speakers.tolist(), strict=True))
    for digit, speaker in cells:
        if (digit, speaker) not in there:
            raise DataError(
                f"{file} must have takes of each digit and speaker for {part}, found none of {digit} by {SPEAKERS[speaker]}; "
                "copy all recordings."
            )


def _features(file: Path) -> Arrays:
    """See ``recordings``."""
    found: dict[tuple[int, int, int], npt.NDArray[np.int16]] = {}
    for name, content in _recordings(file):
        digit, speaker, take = _told(name)
        if (digit, speaker, take) in found:
            raise DataError(f"{file.name} must have every recording once, found {shown(name)} twice; remove one.")
        found[digit, speaker, take] = samples(content, name)
    if not found:
        raise DataError(f"{file.name} must have recordings named DIGIT_SPEAKER_TAKE.wav, found none; copy them anew.")
    order = sorted(found)
    digits, speakers, takes = np.array(order, dtype=np.int64).T
    return {"pictures": log_mel([found[each] for each in order]), "digits": digits, "speakers": speakers, "takes": takes}


def _told(name: str) -> tuple[int, int, int]:
    """The digit, the speaker's place and the take that a file's name tells; raises DataError."""
    told = _NAME.fullmatch(name)
    if not told or told[2] not in SPEAKERS:
        raise DataError(
            f"recordings must be named DIGIT_SPEAKER_TAKE.wav by {some_of(SPEAKERS)}, found {shown(name)}; remove or rename it."
        )
    return int(told[1]), SPEAKERS.index(told[2]), int(told[3])


def _recordings(file: Path, wanted: Callable[[str], bool] = lambda _: True) -> Iterator[tuple[str, bytes]]:
    """The names and contents of the ``wanted`` WAVE files of a folder or a zip archive, of which nothing is written anywhere.

    Raises:
        DataError: the archive is damaged, encrypted, too large, or has paths that lead out of it.
    """
    if file.is_dir():
        for name in listed(file):
            if name.endswith(".wav") and wanted(name):
                yield name, read(file / name, _MOST_EACH)
        return
    try:
        with zipfile.ZipFile(file) as archive:
            for entry in _checked_entries(file.name, archive.infolist()):
                name = entry.filename.rpartition("/")[2]
                if not wanted(name):
                    continue
                with archive.open(entry) as stream:
                    content = stream.read(_MOST_EACH + 1)
                if len(content) > _MOST_EACH:
                    raise DataError(_too_large(file.name, entry.filename))
                yield name, content
    except DataError:
        raise
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError, OSError) as error:
        # A damaged archive raises any of them, an encrypted entry RuntimeError, an unknown way of packing a kind of it.
        raise DataError(f"{file.name} must be a whole zip archive without a password, found another; copy it anew.") from error


def _checked_entries(file: str, entries: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The WAVE files among them, hidden ones left out; raises DataError."""
    if len(entries) > _MOST_FILES:
        raise DataError(f"{file} must have at most {_MOST_FILES} entries, found {len(entries)}; it is another file.")
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or ":" in parts[0]:
            raise DataError(f"{file} must have paths within it, found {shown(entry.filename)}; it is not to be trusted.")
    chosen = [
        entry for entry in entries if entry.filename.endswith(".wav") and not entry.filename.rpartition("/")[2].startswith(".")
    ]
    for entry in chosen:
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DataError(f"{file} must be packed by deflate, found {shown(entry.filename)} packed otherwise; pack it anew.")
        if entry.file_size > _MOST_EACH:
            raise DataError(_too_large(file, entry.filename))
    if (total := sum(entry.file_size for entry in chosen)) > _MOST:
        raise DataError(f"{file} must hold at most {_MOST / 1e6:.0f} MB, found {total / 1e6:.0f} MB; it is another file.")
    return chosen


def _too_large(file: str, name: str) -> str:
    return f"{file} must have recordings of at most {_MOST_EACH / 1e6:.0f} MB, found more in {shown(name)}; remove it."


SOURCE = SpokenDigits()
