"""Texts as numbers: words, vocabularies, tags, and rows of several sources in one suite."""

import re
import string
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mtl_core.suites.arrays import make_split
from mtl_core.suites.suite import UNLABELLED, Split

SPECIAL = ("", "…", "|", "▯")
"""What the first numbers say: padding, a word that training never saw, a mark before a question and a text, a hidden word."""

PADDING, UNKNOWN, MARK, HIDDEN = range(4)

PATTERN = re.compile(r"[A-Za-z]+|\d|\S")
_ARTICLES = frozenset(("a", "an", "the"))

Text = tuple[str, ...]
Ids = npt.NDArray[np.int64]


def words_of(text: str) -> Text:
    """A text's words in lower case: letters together, every digit and every other sign by itself.

    >>> words_of("Is it 21° in New York?")
    ('is', 'it', '2', '1', '°', 'in', 'new', 'york', '?')
    """
    return tuple(word.lower() for word in PATTERN.findall(text))


def asks_before(read: Sequence[str]) -> int:
    """How many words of a text as it is read stand before it: a question's and two marks."""
    mark = SPECIAL[MARK]
    return read.index(mark, 1) + 1 if read[0] == mark and mark in read[1:] else 0


def vocabulary(texts: Iterable[Text], least: int = 2) -> Text:
    """What each number says: ``SPECIAL``, then the words that occur at least so often, the commonest first."""
    counts = Counter(word for text in texts for word in text)
    known = sorted((word for word, count in counts.items() if count >= least), key=lambda word: (-counts[word], word))
    return (*SPECIAL, *(word for word in known if word not in SPECIAL))


@dataclass(frozen=True)
class Row:
    """One text with what is known of it; the suite's tasks say which of these they ask for.

    Args:
        text: its words.
        label: a class, or several labels.
        tags: one a word.
        question: words that are asked of the text; empty for a row that asks nothing.
        answer: the places of the answer's first and last word in the text; None for no answer.
        shown: the words as they are read, where that is not as they are: some may be hidden.
    """

    text: Text
    label: int | frozenset[int] | None = None
    tags: Text = ()
    question: Text = ()
    answer: tuple[int, int] | None = None
    shown: Text = field(default=())

    @property
    def read(self) -> tuple[str, ...]:
        """The words as a network reads them, marks and all."""
        shown = self.shown or self.text
        return (SPECIAL[MARK], *self.question, SPECIAL[MARK], *shown) if self.question else shown

    @property
    def before(self) -> int:
        """How many words of ``read`` stand before the text."""
        return len(self.question) + 2 if self.question else 0


def encoded(rows: Sequence[Row], known: Mapping[str, int], places: int) -> Ids:
    """``(N, places)`` numbers of words; ``known`` has those of the vocabulary."""
    found = np.zeros((len(rows), places), dtype=np.int64)
    for place, row in enumerate(rows):
        numbers = [known.get(word, UNKNOWN) for word in row.read]
        found[place, : len(numbers)] = numbers
    return found


def tagged(rows: Sequence[Row], tags: Mapping[str, int], places: int) -> Ids:
    """``(N, places)`` numbers of tags, ``UNLABELLED`` where there is none."""
    found = np.full((len(rows), places), UNLABELLED, dtype=np.int64)
    for place, row in enumerate(rows):
        found[place, row.before : row.before + len(row.tags)] = [tags[tag] for tag in row.tags]
    return found


def spans(rows: Sequence[Row], numbers: Mapping[str, int], places: int) -> Ids:
    """``(N, 3 + places)`` targets of ``mtl_core.kinds.span``; ``numbers`` has one for every word of every text."""
    found = np.zeros((len(rows), 3 + places), dtype=np.int64)
    for place, row in enumerate(rows):
        first, last = (0, 0) if row.answer is None else (row.before + row.answer[0], row.before + row.answer[1])
        found[place, :3] = first, last, row.before
        said = [0 if word in _ARTICLES or word in string.punctuation else numbers[word] for word in row.text]
        found[place, 3 + row.before : 3 + row.before + len(said)] = said
    return found


def for_training(parts: Sequence[Sequence[Row]]) -> tuple[Text, ...]:
    """The texts of the first split that no later one has."""
    train, *others = parts
    seen = {row.text for found in others for row in found}
    return tuple(row.text for row in train if row.text not in seen)


def unlike(parts: Sequence[Sequence[Row]], words: Text) -> list[list[Row]]:
    """The rows of each split, from the second on without those that are read as one of an earlier split.

    Args:
        parts: the rows of each split.
        words: a vocabulary; words that it lacks are read alike.
    """
    known = frozenset(words)

    def as_read(row: Row) -> Text:
        return tuple(word if word in known else SPECIAL[UNKNOWN] for word in row.text)

    first, *others = parts
    kept, seen = [list(first)], {as_read(row) for row in first}
    for found in others:
        kept.append([row for row in found if as_read(row) not in seen])
        seen |= {as_read(row) for row in kept[-1]}
    return kept


def union(inputs: Ids, targets: Sequence[npt.NDArray[np.generic]], observed: Sequence[Sequence[bool]]) -> Split:
    """A split of rows of several sources, each of which has the labels of its own tasks alone.

    Args:
        inputs: ``(N, places)``.
        targets: one a task.
        observed: for each task N times whether a row has its label.
    """
    return make_split(inputs, targets, np.array(observed, dtype=np.bool_).T)
