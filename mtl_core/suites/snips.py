"""SNIPS: what a spoken request wants, and which of its words say what."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from mtl_core.errors import DataError, shown
from mtl_core.suites.arrays import make_suite
from mtl_core.suites.encoded import EncodedSource, encoded_suite
from mtl_core.suites.encoder import FILES as ENCODER
from mtl_core.suites.folder import Wanted
from mtl_core.suites.intake.text import TextIntake
from mtl_core.suites.suite import Split, Suite, Task
from mtl_core.suites.text import Row, Text, encoded, for_training, tagged, union, unlike, vocabulary

ROWS = 2000
PLACES = 24
"""Words of the longest request for validation and test; the eleven for training that are longer are left out."""

INTENTS = (
    "AddToPlaylist",
    "BookRestaurant",
    "GetWeather",
    "PlayMusic",
    "RateBook",
    "SearchCreativeWork",
    "SearchScreeningEvent",
)
_ONE_WORD = (
    *("best_rating", "condition_description", "condition_temperature", "party_size_number", "rating_unit", "rating_value"),
    "year",
)
_SLOTS = (
    *("album", "artist", "city", "country", "cuisine", "current_location", "entity_name", "facility", "genre"),
    *("geographic_poi", "location_name", "movie_name", "movie_type", "music_item", "object_location_type", "object_name"),
    *("object_part_of_series_type", "object_select", "object_type", "party_size_description", "playlist", "playlist_owner"),
    *("poi", "restaurant_name", "restaurant_type", "served_dish", "service", "sort", "spatial_relation", "state"),
    *("timeRange", "track"),
)
TAGS = ("O", *(f"B-{slot}" for slot in _ONE_WORD), *(f"{sign}-{slot}" for slot in _SLOTS for sign in "BI"))

_WORD = r"[^\s.,;:!?'’\"()]+"
"""The published files have a space for these signs."""

_PARTS, _FILES = ("train", "valid", "test"), ("seq.in", "seq.out", "label")


class Snips(EncodedSource):
    """Requests to a voice assistant, each with one of seven intents and a tag a word; 13,084 for training, of which ``rows``
    are taken at random, 700 for validation and 700 for test. The vocabulary is that of the rows for training, words that occur
    once left out.

    Source: Coucke et al. 2018 (arXiv:1805.10190); in words and tags by Goo et al. 2018 (slot-gated modelling).
    """

    origin = (
        "These are the tokenised files of SNIPS (CC0 1.0), train, valid and test with seq.in, seq.out and label in each, as in "
        "MiuLab/SlotGated-SLU."
    )

    def files(self, encoder: bool = False, **_options: Any) -> tuple[Wanted, ...]:
        """See ``FileSource.files``."""
        places = ((f"snips/bio_split/{part}/{name}", f"snips/{part}/{name}") for part in _PARTS for name in _FILES)
        return (*(Wanted(each, 5_000_000) for each in places), *(ENCODER if encoder else ()))

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        return (
            Task("intent", "classification", len(INTENTS), "What does the request want?", INTENTS),
            Task("slots", "tagging", len(TAGS), "Which words name a song, a place, a time and the like?", TAGS),
        )

    def train_rows(self, rows: int = ROWS, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return rows

    def intake(self, suite: Suite, **options: Any) -> TextIntake:
        """See ``SuiteSource.intake``."""
        return self.sentences(suite, _WORD, **options)

    def texts(self, sha256: str | None = None, **_options: Any) -> tuple[Text, ...]:
        """See ``SuiteSource.texts``: all requests for training, of which a study may have labels of a few."""
        return for_training(_parts(self.contents(sha256)))

    def load(
        self, rows: int = ROWS, encoder: bool = False, sha256: str | None = None, words: Text = (), **_options: Any
    ) -> Suite:
        """See ``SuiteSource.load``.

        Raises:
            DataError: a file that is not there, another than the study was made with, or not as SNIPS's are.
        """
        contents, files = self.with_encoder(sha256, encoder=encoder)
        return _load(rows, contents, words, files)


@lru_cache(maxsize=2)
def _parts(contents: tuple[bytes, ...]) -> tuple[list[Row], ...]:
    """The requests of each split; those for training that are too long are left out."""
    parts = [_read(part, contents[3 * place : 3 * place + 3]) for place, part in enumerate(_PARTS)]
    for part, found in zip(_PARTS[1:], parts[1:], strict=True):
        if long := [row for row in found if len(row.text) > PLACES]:
            raise DataError(f"requests of {part} must have at most {PLACES} words, found one of {len(long[0].text)}.")
    return ([row for row in parts[0] if len(row.text) <= PLACES], *parts[1:])


@lru_cache(maxsize=2)
def _load(rows: int, contents: tuple[bytes, ...], given: Text, files: tuple[Path, ...]) -> Suite:
    short, *others = _parts(contents)
    order = np.random.default_rng(0).permutation(len(short))[:rows]
    taken = [short[place] for place in sorted(order)]
    words = vocabulary(row.text for row in taken)
    kept = unlike([taken, *others], words)
    gone = sum(len(found) for found in others) - sum(len(found) for found in kept[1:])
    notes = [f"{gone} requests for validation and test that are read as an earlier split's are left out."] if gone else []
    if files:
        return encoded_suite("snips", SOURCE.tasks(), [(found, _split(found, words)) for found in kept], files, PLACES, notes)
    words = given or words  # what is left out hangs on the suite's own, so that it is the same whatever words are known
    return make_suite("snips", SOURCE.tasks(), (_split(found, words) for found in kept), notes, words=words)


def _read(part: str, contents: Sequence[bytes]) -> list[Row]:
    lines = []
    for name, content in zip(_FILES, contents, strict=True):
        try:
            lines.append([line.split() for line in content.decode().splitlines()])
        except UnicodeDecodeError as error:
            raise DataError(f"{part}/{name} must be text in UTF-8, found other signs ({error.reason}); save it so.") from error
    counts = [len(each) for each in lines]
    if len(set(counts)) > 1 or not counts[0]:
        raise DataError(f"{part}'s seq.in, seq.out and label must have a line for every request, found {counts} lines.")
    rows = []
    intents, tags = {name: place for place, name in enumerate(INTENTS)}, frozenset(TAGS)
    for number, (said, marked, wanted) in enumerate(zip(*lines, strict=True), start=1):
        if len(said) != len(marked) or not said:
            raise DataError(f"line {number} of {part} must have a tag a word, found {len(said)} words and {len(marked)} tags.")
        if unknown := [tag for tag in marked if tag not in tags] or [name for name in wanted if name not in intents]:
            raise DataError(f"line {number} of {part} must have tags and intents of SNIPS, found {shown(unknown[0])}.")
        rows.append(Row(tuple(word.lower() for word in said), intents[" ".join(wanted)], tuple(marked)))
    return rows


def _split(rows: Sequence[Row], words: Text) -> Split:
    known, tags = ({name: place for place, name in enumerate(names)} for names in (words, TAGS))
    targets = (np.array([row.label for row in rows]), tagged(rows, tags, PLACES))
    there = [True] * len(rows)
    return union(encoded(rows, known, PLACES), targets, (there, there))


SOURCE = Snips()
