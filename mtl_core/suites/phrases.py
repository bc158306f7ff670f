"""Generated sentences to a machine in the house: what is wanted, which words say what, and questions about them."""

from collections.abc import Sequence
from functools import lru_cache
from math import log
from typing import Any

import numpy as np

from mtl_core.suites import grammar
from mtl_core.suites.arrays import make_suite
from mtl_core.suites.intake.text import TextIntake
from mtl_core.suites.suite import Split, Suite, SuiteSource, Task
from mtl_core.suites.text import HIDDEN, SPECIAL, Row, Text, encoded, spans, tagged, union, vocabulary

UTTERANCES = (150, 300, 500)
HIDE = 0.15
MORE = 3000
"""Utterances to pretrain on."""

TAGS = ("O", *(f"{sign}-{slot}" for slot in grammar.QUESTIONS for sign in "BI"))
INTENTS = tuple(grammar.TEMPLATES)

_SEED = 20260


class Phrases(SuiteSource):
    """Utterances of one grammar (``mtl_core.suites.grammar``), drawn uniformly: prefix, intent, template, values, suffix.

    Values are shared between roles (a city is where a journey begins or ends, some are names of people; numbers are
    temperatures, durations and hours), so that the context alone decides. Each utterance is a row with its intent and its
    words' tags; two rows more ask a question about it, one that a part of it answers and one that none does. Each row has the
    labels of its own tasks. Some words are hidden from the network, in every split; what they are part of is asked all the
    same. What occurs word for word in an earlier split, as a network reads it, is left out of the later one.
    """

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        return (
            Task("intent", "classification", len(INTENTS), "What does the sentence want?", INTENTS),
            Task("slots", "tagging", len(TAGS), "Which words say where, when, who or what?", TAGS),
            Task("question", "span", help="Which words answer the question, if any do?", at_chance=log(grammar.ASKED)),
        )

    def train_rows(self, utterances: int = UTTERANCES[0], **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return 3 * utterances

    def intake(self, suite: Suite, **_options: Any) -> TextIntake | None:
        """See ``SuiteSource.intake``."""
        return TextIntake(suite, r"[^\W_]+") if suite.words else None

    def texts(self, utterances: int = UTTERANCES[0], hidden: float = HIDE, draw: int = 0, **_options: Any) -> tuple[Text, ...]:
        """See ``SuiteSource.texts``: ``MORE`` utterances that nobody labelled, and questions about them."""
        parts = _parts(utterances, hidden, draw)
        said = {row.text for part in parts[1:] for row in part}
        places = max(len(row.read) for part in parts for row in part)
        rng = np.random.default_rng([_SEED, draw, 1])
        drawn = [row for _ in range(MORE) for row in _rows(grammar.utterance(rng), hidden, rng)]
        return tuple(row.read for row in drawn if row.text not in said and len(row.read) <= places)

    def load(
        self, utterances: int = UTTERANCES[0], hidden: float = HIDE, draw: int = 0, words: Text = (), **_options: Any
    ) -> Suite:
        """See ``SuiteSource.load``."""
        return _load(utterances, hidden, draw, words)


@lru_cache(maxsize=4)
def _load(utterances: int, hidden: float, draw: int, given: Text) -> Suite:
    parts = _parts(utterances, hidden, draw)
    words = given or vocabulary(row.read for row in parts[0])
    return make_suite("phrases", SOURCE.tasks(), (_split(part, words, parts) for part in parts), words=words)


@lru_cache(maxsize=4)
def _parts(utterances: int, hidden: float, draw: int) -> list[list[Row]]:
    """The rows of each split."""
    rng = np.random.default_rng([_SEED, draw])
    parts: list[list[Row]] = []
    seen: set[Text] = set()
    for count in (utterances, *UTTERANCES[1:]):
        drawn = [_rows(grammar.utterance(rng), hidden, rng) for _ in range(count)]
        parts.append([row for rows in drawn if seen.isdisjoint(row.read for row in rows) for row in rows])
        seen |= {row.read for row in parts[-1]}
    return parts


def _rows(said: grammar.Utterance, hidden: float, rng: np.random.Generator) -> list[Row]:
    shown = tuple(
        SPECIAL[HIDDEN] if hide else word for word, hide in zip(said.words, rng.random(len(said.words)) < hidden, strict=True)
    )
    rows = [Row(said.words, INTENTS.index(said.intent), said.tags, shown=shown)]
    present = list(said.slots)
    absent = [slot for slot in grammar.QUESTIONS if slot not in said.slots]
    for slot in (present[rng.integers(len(present))], absent[rng.integers(len(absent))]):
        asked = grammar.QUESTIONS[slot]
        question = tuple(asked[rng.integers(len(asked))].split())
        rows.append(Row(said.words, question=question, answer=said.slots.get(slot), shown=shown))
    return rows


def _split(rows: Sequence[Row], words: Text, parts: Sequence[Sequence[Row]]) -> Split:
    every = [row for part in parts for row in part]
    places = max(len(row.read) for row in every)
    numbers = {word: number for number, word in enumerate(dict.fromkeys(w for row in every for w in row.text), start=1)}
    known = {word: number for number, word in enumerate(words)}
    tags = {tag: number for number, tag in enumerate(TAGS)}
    targets = (
        np.array([row.label or 0 for row in rows]),
        tagged(rows, tags, places),
        spans(rows, numbers, places),
    )
    asks = [bool(row.question) for row in rows]
    tells = [not each for each in asks]
    return union(encoded(rows, known, places), targets, (tells, tells, asks))


SOURCE = Phrases()
