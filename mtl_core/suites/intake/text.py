"""A sentence, and a question about it where a suite asks such."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from mtl_core.errors import DataError, is_text, shown
from mtl_core.suites.intake.intake import ASKED, Given, Inputs, Intake, Taken
from mtl_core.suites.suite import Suite
from mtl_core.suites.text import MARK, PADDING, SPECIAL, UNKNOWN, Row, Text, asks_before
from mtl_core.suites.view import View

LONGEST = 2000
"""Signs of a text, at most; of how many words there is room for is another matter."""


class TextIntake(Intake):
    """Takes ``text``, and ``question`` where a task is asked of one.

    Args:
        suite: of texts.
        pattern: what a word is, as a regular expression; words are read in lower case, and what lies between them is not.
    """

    kind = "text"

    def __init__(self, suite: Suite, pattern: str) -> None:
        super().__init__(suite)
        self.pattern = pattern
        self.asks = any(task.kind == ASKED for task in suite.tasks)
        self._find = re.compile(pattern)
        self._numbers = {word: number for number, word in enumerate(suite.words) if number >= len(SPECIAL)}
        self._places = suite.train.inputs.shape[1]

    def read(self, given: Given) -> Taken:
        """See ``Intake.read``."""
        text, question = given.get("text", ""), given.get("question", "") or ""
        for value in (text, question):
            if not is_text(value) or len(value) > LONGEST:
                raise DataError(f"a text must have at most {LONGEST:,} signs, found {shown(value)}; give less.")
        found = list(self._find.finditer(text))
        asked = _lower(self._find.finditer(question))
        if not found:
            raise DataError(f"a text must have a word in it, found {shown(text)}; write one.")
        if asked and not self.asks:
            raise DataError(f"{self.suite.name} asks no question about a text, found {shown(question)}; leave it out.")
        tells = [task.kind != ASKED for task in self.suite.tasks]
        if not asked and not any(tells):
            raise DataError("these tasks need a question about the text, found none; ask one.")
        said = _lower(found)
        rows = [Row(said)] if any(tells) else []
        rows += [Row(said, question=asked)] if asked else []
        if (most := max(len(row.read) for row in rows)) > self._places:
            room = self._places - (len(asked) + 2 if asked else 0)
            more = "with this question " if asked else ""
            raise DataError(
                f"a text must {more}have at most {max(room, 0)} words, found {len(said)}; leave out {most - self._places}."
            )
        spans, told = [word.span() for word in found], {"text": text, "question": question}
        return self.taken(text, spans, self.encoded(rows), [row.before for row in rows], told)

    def encoded(self, rows: Sequence[Row]) -> Inputs:
        """``(n, places)`` the inputs that say these words."""
        inputs = np.full((len(rows), self._places), PADDING, dtype=np.int64)
        for line, row in zip(inputs, rows, strict=True):
            asked, said = ([self._numbers.get(word, UNKNOWN) for word in words] for words in (row.question, row.text))
            line[: len(row.read)] = [MARK, *asked, MARK, *said] if row.question else said
        return inputs

    def tell(self) -> dict[str, Any]:
        """And ``words``, what each number says; the ``pattern`` of a word, read in lower case (``lower``); the numbers of
        ``padding``, of a word that is ``unknown``, and of the ``mark`` that stands before a question and before its text;
        ``places``, the most words; and ``asks``, the tasks that are asked of mark, question, mark and text."""
        return super().tell() | {
            "words": list(self.suite.words),
            "pattern": self.pattern,
            "lower": True,
            "padding": PADDING,
            "unknown": UNKNOWN,
            "mark": MARK,
            "places": self._places,
            "asks": [task.name for task in self.suite.tasks if task.kind == ASKED],
        }

    def _of_example(self, example: Inputs) -> Taken:
        read = self.words_of(example)
        start = asks_before(read)
        said = read[start:]
        ends = np.cumsum([len(word) + 1 for word in said]) - 1
        words = [(int(end) - len(word), int(end)) for word, end in zip(said, ends, strict=True)]
        given = {"text": " ".join(said), "question": " ".join(read[1 : max(1, start - 1)])}
        return self.taken(given["text"], words, example[None], [start], given)

    def words_of(self, example: Inputs) -> list[str]:
        """The words that an input says, marks and all."""
        return [self.suite.words[number] for number in example if number != PADDING]

    def taken(
        self, text: str, words: Sequence[tuple[int, int]], inputs: Inputs, before: Sequence[int], given: dict[str, str]
    ) -> Taken:
        """A text and the inputs that say it, of which some have a question ``before`` its words."""
        # The row of the text alone, and that of the question with it.
        told = next((row for row, count in enumerate(before) if not count), None)
        asked = next((row for row, count in enumerate(before) if count), None)
        rows = tuple(asked if task.kind == ASKED else told for task in self.suite.tasks)
        unknown = tuple(self.unknown(inputs[0, before[0] :][: len(words)]))
        seen = (("question", given["question"]),) if given["question"] else ()
        view = View(row=(*seen, ("text", text)))
        return Taken(inputs, rows, view, dict(given), text=text, words=tuple(words), before=tuple(before), unknown=unknown)

    def unknown(self, said: Inputs) -> list[int]:
        """The places, among what says a text's words, of those that training never saw."""
        return np.flatnonzero(said == UNKNOWN).tolist()


def _lower(found: Iterable[re.Match[str]]) -> Text:
    return tuple(word.group().lower() for word in found)
