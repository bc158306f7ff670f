"""Classes: one answer each, votes that open and close, limits, and nothing that says who it was."""

import hashlib
import json
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from mtl_core.errors import SpecError
from mtl_core.store import Store, classes, open_store
from mtl_core.store.classes import LONGEST_NAME, Vote, class_name, pseudonym

ANN, BEN = pseudonym("ann's secret", "physics"), pseudonym("ben's secret", "physics")


@pytest.fixture
def physics(store: Store) -> Store:
    store.open_class("physics")
    return store


def test_the_later_answer_replaces_the_one_before_while_the_vote_is_open(physics: Store) -> None:
    assert physics.vote("physics", "capacity") == Vote("open", 0)
    assert physics.hand_in("physics", "capacity", ANN, {"answer": [1, 2.5]}) == "kept"
    assert physics.hand_in("physics", "capacity", BEN, {"answer": ["more"]}) == "kept"
    assert physics.hand_in("physics", "capacity", ANN, {"answer": [3]}) == "kept"
    assert physics.vote("physics", "capacity") == Vote("open", 2)
    assert sorted(map(json.dumps, physics.answers("physics", "capacity"))) == ['{"answer": ["more"]}', '{"answer": [3]}']
    assert physics.answer_of("physics", "capacity", ANN) == {"answer": [3]}
    for state in ("closed", "uncovered"):
        physics.set_vote("physics", "capacity", state)
        assert physics.hand_in("physics", "capacity", ANN, {"answer": [4]}) == "late"
        assert physics.vote("physics", "capacity") == Vote(state, 2)
    assert physics.hand_in("physics", "seeds", ANN, {"answer": [4]}) == "kept", "another lesson's vote is its own"
    physics.set_vote("physics", "capacity", "open")
    assert physics.hand_in("physics", "capacity", ANN, {"answer": [4]}) == "kept"
    assert physics.answer_of("physics", "capacity", ANN) == {"answer": [4]}


def test_clearing_a_class_leaves_nothing_of_it_and_touches_no_other(physics: Store) -> None:
    physics.open_class("maths")
    physics.hand_in("physics", "capacity", ANN, {"answer": [1]})
    physics.hand_in("maths", "capacity", BEN, {"answer": [2]})
    physics.set_vote("physics", "capacity", "uncovered")
    physics.clear_class("physics")
    assert physics.vote("physics", "capacity") == Vote("open", 0)
    assert physics.answers("physics", "capacity") == []
    assert physics.answers("maths", "capacity") == [{"answer": [2]}]
    assert physics.hand_in("physics", "capacity", ANN, {"answer": [1]}) == "kept"


def test_a_class_that_no_teacher_opened_takes_no_answer(store: Store) -> None:
    assert store.vote("physics", "capacity") is None
    assert store.hand_in("physics", "capacity", ANN, {"answer": [1]}) == "unknown"
    store.set_vote("physics", "capacity", "closed")
    assert store.vote("physics", "capacity") is None


def test_a_class_that_no_teacher_opened_for_a_month_goes_with_its_answers(physics: Store) -> None:
    physics.hand_in("physics", "capacity", ANN, {"answer": [1]})
    with physics.engine.begin() as connection:
        connection.execute(text(f"UPDATE seesaw_classes SET used = used - {classes.UNUSED - 60}"))
    physics.open_class("maths")
    assert physics.vote("physics", "capacity") == Vote("open", 1)
    with physics.engine.begin() as connection:
        connection.execute(text("UPDATE seesaw_classes SET used = used - 120 WHERE name = 'physics'"))
    physics.open_class("maths")
    assert physics.vote("physics", "capacity") is None
    with physics.engine.begin() as connection:
        assert connection.scalar(text("SELECT COUNT(*) FROM seesaw_answers")) == 0


def test_classes_answers_and_their_sizes_are_bounded(physics: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classes, "MOST_CLASSES", 2)
    physics.open_class("maths")
    physics.open_class("physics")
    with pytest.raises(SpecError, match="may have 2 classes, found 2"):
        physics.open_class("art")
    monkeypatch.setattr(classes, "MOST_ANSWERS", 1)
    assert physics.hand_in("physics", "capacity", ANN, {"answer": [1]}) == "kept"
    assert physics.hand_in("physics", "capacity", BEN, {"answer": [1]}) == "full"
    assert physics.hand_in("physics", "capacity", ANN, {"answer": [2]}) == "kept", "one's own may still be changed"
    with pytest.raises(SpecError, match=r"at most 4000 bytes, found \d+; say less"):
        physics.hand_in("physics", "capacity", ANN, {"answer": [0.123] * 1000})
    with pytest.raises(SpecError, match="name of a lesson"):
        physics.hand_in("physics", "../capacity", ANN, {"answer": [1]})
    with pytest.raises(SpecError, match="must be open, closed, uncovered, found 'ajar'"):
        physics.set_vote("physics", "capacity", "ajar")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["physics", "7b", "多任务学习-2", "Größe_1", "कक्षा", "x" * LONGEST_NAME])
def test_names_of_all_languages(name: str) -> None:
    assert class_name(f" {name} ") == name
    assert class_name(unicodedata.normalize("NFD", name)) == name


def test_a_store_keeps_such_a_name_and_refuses_others(store: Store) -> None:
    store.open_class("多任务学习-2")
    assert store.vote("多任务学习-2", "capacity") == Vote("open", 0)
    with pytest.raises(SpecError, match="found 'a b'"):
        store.open_class("a b")


@pytest.mark.parametrize(
    "name", ["", "  ", "a b", "a/b", "<b>", "a\0", "x" * (LONGEST_NAME + 1), "\ud800", None, ["a"], "x" * 10**6]
)
def test_what_is_no_name_is_refused_in_words(name: Any) -> None:
    with pytest.raises(SpecError, match=r"1 to 40 letters, digits, - and _, found .*; choose another") as refused:
        class_name(name)
    assert len(str(refused.value)) < 500


def test_many_hand_in_at_once_and_none_is_lost(physics: Store) -> None:
    def answer(number: int) -> str:
        return physics.hand_in("physics", "capacity", pseudonym(str(number % 30), "physics"), {"answer": [number]})

    with ThreadPoolExecutor(8) as many:
        assert set(many.map(answer, range(60))) == {"kept"}
    assert physics.vote("physics", "capacity") == Vote("open", 30)


def test_the_store_cannot_tell_who_it_was(tmp_path: Path) -> None:
    secret = "the browser's own secret"
    with open_store(tmp_path / "class.db") as store:
        for name in ("physics", "maths"):
            store.open_class(name)
            store.hand_in(name, "capacity", pseudonym(secret, name), {"answer": [1]})
        with store.engine.begin() as connection:
            rows = connection.execute(text("SELECT * FROM seesaw_answers")).mappings().all()
            first, second = (row["visitor"] for row in rows)
            assert set(rows[0]) == {"class_name", "lesson", "visitor", "answer", "given"}
    assert first != second, "one person's answers in two classes cannot be joined"
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for word in (secret, hashlib.sha256(secret.encode()).hexdigest()):
        assert word.encode() not in kept
