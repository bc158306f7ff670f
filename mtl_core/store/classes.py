"""Classes: a name in a link, the votes on its lessons, and what each visitor predicted in them.

Nothing personal is kept. Whoever asks for something here names the visitor by ``pseudonym``: a hash under the browser's secret,
another one in each class, so that nobody who has the store can tell who answered, nor that two classes share somebody.
"""

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from mtl_core.errors import SpecError, is_text, shown
from mtl_core.store.database import Database
from mtl_core.store.tables import answers, classes, votes

LONGEST_NAME = 40
"""The most characters of a class's name."""

ANSWER_BYTES = 4000
"""The most bytes of an answer, as JSON."""

MOST_ANSWERS = 10_000
"""The most answers of a class, over all its lessons."""

MOST_CLASSES = 200
"""The most classes of a store."""

UNUSED = 30 * 24 * 3600.0
"""Seconds after which a class goes that no teacher opened."""

_LESSON = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)

VoteState = Literal["open", "closed", "uncovered"]
VOTE_STATES: tuple[VoteState, ...] = ("open", "closed", "uncovered")
"""Answers are taken; they are not any more; and the truth is seen as well."""

Receipt = Literal["kept", "late", "full", "unknown"]
"""What became of an answer: it counts; the vote is over; the class has as many as it may; there is no such class."""


class Vote(NamedTuple):
    """How a class's vote on a lesson stands, and how many have answered."""

    state: VoteState
    answers: int


def class_name(text: object) -> str:
    """A class's name as it is kept.

    >>> class_name(" 信号-2_b ")
    '信号-2_b'

    Raises:
        SpecError: it is empty, too long, or has other signs than letters, digits, - and _.
    """
    name = ""
    if isinstance(text, str) and is_text(text) and len(text) <= 4 * LONGEST_NAME:
        name = unicodedata.normalize("NFC", text.strip())  # one name, however a keyboard composes its letters
    # Marks are parts of letters in many languages, such as vowels.
    if not 0 < len(name) <= LONGEST_NAME or not all(unicodedata.category(sign)[0] in "LMN" or sign in "-_" for sign in name):
        raise SpecError(
            f"the name of a class must have 1 to {LONGEST_NAME} letters, digits, - and _, found {shown(text)}; choose another."
        )
    return name


def pseudonym(secret: str, name: str) -> str:
    """Who answers in a class: the same at each answer there, another in every other class, and nobody's outside.

    Args:
        secret: of the visitor's browser; the store never sees it.
        name: of the class.
    """
    return hmac.new(secret.encode(), f"class {name}".encode(), hashlib.sha256).hexdigest()


class Classes(Database):
    """Operations on classes."""

    def open_class(self, name: str) -> None:
        """Note that a teacher opens a class, making it where there is none; classes that nobody opened for long go.

        Raises:
            SpecError: there are as many classes as a store may have, or it is no name.
        """
        name = class_name(name)
        with self._writing() as connection:
            connection.execute(delete(classes).where(classes.c.used < self._now() - UNUSED))
            if connection.execute(update(classes).where(classes.c.name == name).values(used=self._now())).rowcount:
                return
            count = connection.scalar(select(func.count()).select_from(classes)) or 0
            if count >= MOST_CLASSES:
                raise SpecError(f"a store may have {MOST_CLASSES} classes, found {count}; use one of them, or another store.")
            connection.execute(insert(classes).values(name=name, used=self._now()))

    def vote(self, name: str, lesson: str) -> Vote | None:
        """How a class's vote on a lesson stands; None where there is no such class."""
        known, count = _of(votes.c, name, lesson), select(func.count()).where(_of(answers.c, name, lesson)).scalar_subquery()
        state = select(votes.c.state).where(known).scalar_subquery()
        with self._reading() as connection:
            row = connection.execute(select(state, count).where(classes.c.name == name)).one_or_none()
        return None if row is None else Vote(_state(row[0]), int(row[1]))

    def set_vote(self, name: str, lesson: str, state: VoteState) -> None:
        """Open, close or uncover a class's vote on a lesson; nothing where there is no such class.

        Raises:
            SpecError: it is no name of a lesson, or no state.
        """
        _check(lesson)
        if state not in VOTE_STATES:
            raise SpecError(f"a vote must be {', '.join(VOTE_STATES)}, found {shown(state)}; choose one of them.")
        with self._writing() as connection:
            if not self._hold(connection, name):
                return
            connection.execute(delete(votes).where(_of(votes.c, name, lesson)))
            connection.execute(insert(votes).values(class_name=name, lesson=lesson, state=state))

    def hand_in(self, name: str, lesson: str, visitor: str, answer: Mapping[str, Any]) -> Receipt:
        """Keep a visitor's answer in the place of the one before, while the vote is open; says what became of it.

        Args:
            name: of the class.
            lesson: its name.
            visitor: the visitor's ``pseudonym`` in this class.
            answer: what JSON can say.

        Raises:
            SpecError: the answer is too large, or it is no name of a lesson.
        """
        _check(lesson)
        text = json.dumps(answer, separators=(",", ":"))
        if len(text.encode()) > ANSWER_BYTES:
            raise SpecError(f"an answer must have at most {ANSWER_BYTES} bytes, found {len(text.encode())}; say less.")
        mine = _of(answers.c, name, lesson) & (answers.c.visitor == visitor)
        with self._writing() as connection:
            if not self._hold(connection, name):
                return "unknown"
            if _state(connection.scalar(select(votes.c.state).where(_of(votes.c, name, lesson)))) != "open":
                return "late"
            values = {"answer": text, "given": self._now()}
            if connection.execute(update(answers).where(mine).values(values)).rowcount:
                return "kept"
            count = connection.scalar(select(func.count()).where(answers.c.class_name == name)) or 0
            if count >= MOST_ANSWERS:
                return "full"
            connection.execute(insert(answers).values(values | {"class_name": name, "lesson": lesson, "visitor": visitor}))
        return "kept"

    def answers(self, name: str, lesson: str) -> list[dict[str, Any]]:
        """What a class answered in a lesson, in an order that says nothing of when or who."""
        asked = select(answers.c.answer).where(_of(answers.c, name, lesson)).order_by(answers.c.visitor)
        with self._reading() as connection:
            return [json.loads(text) for text in connection.scalars(asked)]

    def answer_of(self, name: str, lesson: str, visitor: str) -> dict[str, Any] | None:
        """What a visitor answered in a lesson of a class; None for nothing."""
        asked = select(answers.c.answer).where(_of(answers.c, name, lesson), answers.c.visitor == visitor)
        with self._reading() as connection:
            text = connection.scalar(asked)
        found: dict[str, Any] | None = None if text is None else json.loads(text)
        return found

    def clear_class(self, name: str) -> None:
        """Forget all answers and votes of a class. Its name stays: the links lead to it."""
        with self._writing() as connection:
            for table in (answers, votes):
                connection.execute(delete(table).where(table.c.class_name == name))

    def _hold(self, connection: Connection, name: str) -> bool:
        """Let nobody else change this class before the transaction's end; False where there is none."""
        held = select(classes.c.name).where(classes.c.name == name).with_for_update()
        return connection.scalar(held) is not None


def _of(columns: Any, name: str, lesson: str) -> ColumnElement[bool]:
    mine: ColumnElement[bool] = (columns.class_name == name) & (columns.lesson == lesson)
    return mine


def _state(found: str | None) -> VoteState:
    """A vote that nobody touched is open."""
    return next((state for state in VOTE_STATES if state == found), "open")


def _check(lesson: object) -> None:
    if not isinstance(lesson, str) or not _LESSON.fullmatch(lesson):
        raise SpecError(
            f"the name of a lesson must have letters, digits, - and _, found {shown(lesson)}; see the list of them."
        )
