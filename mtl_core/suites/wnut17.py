"""WNUT17: names in posts that no earlier post has; whether a word names something, and what."""

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

ROWS = 3000
PLACES = 48
"""Words of the longest post; longer ones are left out."""

TYPES = ("person", "location", "corporation", "group", "product", "creative-work")
TAGS = ("O", *(f"{sign}-{each}" for each in TYPES for sign in "BI"))
ANY = ("O", "B-name", "I-name")

_FILES = ("wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated")

_WORD = r"https?://\S+|[@#]\w+|[^\W_]+|'\w+|\S"
"""Nearly as in the files, which have addresses, names of people and topics as one word, and signs by themselves."""


class Wnut17(EncodedSource):
    """Posts from Twitter, Reddit, YouTube and StackExchange, every word with a tag; 3,394 for training, of which ``rows`` are
    taken at random, 1,009 for validation and 1,287 for test. One task asks which words are a name at all, the other of which of
    six types.

    Names are rare, and those for validation and test were chosen to be new, so that few are found whatever is done. The
    vocabulary is that of the rows for training, words that occur once left out.

    Source: Derczynski, Nichols, van Erp & Limsopatham 2017. Deviation: posts of more than 48 words are left out, and for
    validation and test those that are read as an earlier split's; so what is found here is not the published measure.
    """

    origin = (
        "These are wnut17train.conll, emerging.dev.conll and emerging.test.annotated (CC BY 4.0) of "
        "github.com/leondz/emerging_entities_17."
    )

    def files(self, encoder: bool = False, **_options: Any) -> tuple[Wanted, ...]:
        """See ``FileSource.files``."""
        return (*(Wanted((f"wnut17/{name}",), 5_000_000) for name in _FILES), *(ENCODER if encoder else ()))

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        return (
            Task("name", "tagging", len(ANY), "Which words name somebody or something?", ANY),
            Task("type", "tagging", len(TAGS), "Which words name a person, a place, a product and the like?", TAGS),
        )

    def train_rows(self, rows: int = ROWS, **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return rows

    def intake(self, suite: Suite, **options: Any) -> TextIntake:
        """See ``SuiteSource.intake``."""
        return self.sentences(suite, _WORD, **options)

    def texts(self, sha256: str | None = None, **_options: Any) -> tuple[Text, ...]:
        """See ``SuiteSource.texts``: all posts for training, of which a study may have labels of a few."""
        return for_training(_parts(self.contents(sha256)))

    def load(
        self, rows: int = ROWS, encoder: bool = False, sha256: str | None = None, words: Text = (), **_options: Any
    ) -> Suite:
        """See ``SuiteSource.load``.

        Raises:
            DataError: a file that is not there, another than the study was made with, or not as WNUT17's are.
        """
        contents, files = self.with_encoder(sha256, encoder=encoder)
        return _load(rows, contents, words, files)


@lru_cache(maxsize=2)
def _parts(contents: tuple[bytes, ...]) -> tuple[list[Row], ...]:
    """The posts of each split, without those that are too long."""
    return tuple(
        [row for row in _read(name, content) if len(row.text) <= PLACES] for name, content in zip(_FILES, contents, strict=True)
    )


@lru_cache(maxsize=2)
def _load(rows: int, contents: tuple[bytes, ...], given: Text, files: tuple[Path, ...]) -> Suite:
    short, *others = _parts(contents)
    if len(short) < rows:
        raise DataError(
            f"{_FILES[0]} must have {rows} posts of at most {PLACES} words, found {len(short)}; ask for fewer rows."
        )
    taken = [short[place] for place in sorted(np.random.default_rng(0).permutation(len(short))[:rows])]
    words = vocabulary(row.text for row in taken)
    kept = unlike([taken, *others], words)
    gone = sum(len(found) for found in others) - sum(len(found) for found in kept[1:])
    notes = [
        f"Posts of more than {PLACES} words are left out, and {gone} for validation and test that are read as an earlier "
        "split's: what is found is not the published measure."
    ]
    if files:
        return encoded_suite("wnut17", SOURCE.tasks(), [(found, _split(found, words)) for found in kept], files, PLACES, notes)
    words = given or words  # what is left out hangs on the suite's own, so that it is the same whatever words are known
    return make_suite("wnut17", SOURCE.tasks(), (_split(found, words) for found in kept), notes, words=words)


def _read(name: str, content: bytes) -> list[Row]:
    """The posts of a file: a word and its tag a line, with a tab between, and a line without either behind each post."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise DataError(f"{name} must be text in UTF-8, found other signs ({error.reason}); save it so.") from error
    rows: list[Row] = []
    said: list[tuple[str, str]] = []
    # Not every sign that ends a line elsewhere does here: a word may be one.
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        word, _tab, tag = line.rstrip("\r").rpartition("\t")
        if not word and not tag.strip():
            if said:
                rows.append(Row(tuple(each.lower() for each, _ in said), tags=tuple(each for _, each in said)))
            said = []
            continue
        if not word.strip() or "\t" in word or tag not in TAGS:
            raise DataError(f"line {number} of {name} must be a word, a tab and a tag of WNUT17, found {shown(line)}.")
        said.append((word, tag))
    if not rows:
        raise DataError(f"{name} must have posts, found none; copy it anew.")
    return rows


def _split(rows: Sequence[Row], words: Text) -> Split:
    known, tags = ({name: place for place, name in enumerate(names)} for names in (words, TAGS))
    types = tagged(rows, tags, PLACES)
    # O is 0, and of every type B is odd and I is even.
    names = np.where(types > 0, 2 - types % 2, types)
    there = [True] * len(rows)
    return union(encoded(rows, known, PLACES), (names, types), (there, there))


SOURCE = Wnut17()
