"""Requests: one question, one answer, whoever asks and however often."""

import pytest
from sqlalchemy import text

from mtl_core.errors import SpecError
from mtl_core.store import requests
from mtl_core.store.requests import ATTEMPTS


def test_a_question_is_answered_once_for_all_who_ask(store):
    identity = store.ask("walk", {"b": 1, "a": [2]})
    assert store.ask("walk", {"a": [2], "b": 1}) == identity
    assert store.ask("table", {"a": [2], "b": 1}) != identity
    assert store.request(identity).state == "waiting"
    taken = store.take_request("one")
    assert (taken.id, taken.kind, taken.arguments, taken.state) == (identity, "walk", {"a": [2], "b": 1}, "waiting")
    assert store.request(identity).state == "working"
    assert store.tell_progress(identity, "one", 0.5)
    assert store.request(identity).progress == 0.5
    store.answer(identity, "one", b"\0bytes")
    done = store.request(identity)
    assert (done.state, done.progress, done.answer) == ("answered", 1.0, b"\0bytes")
    assert store.ask("walk", {"a": [2], "b": 1}) == identity
    assert store.request(identity).answer == b"\0bytes", "an answer is kept for whoever asks again"


def test_the_longest_waiting_is_taken_first_and_by_one(store):
    first, second = store.ask("walk", {"n": 1}), store.ask("walk", {"n": 2})
    assert store.requests_waiting() == 2
    assert [store.take_request(name).id for name in ("one", "two")] == [first, second]
    assert store.take_request("three") is None
    assert store.requests_waiting() == 0


def test_a_refusal_is_told_and_the_question_can_be_put_again(store):
    identity = store.ask("walk", {})
    store.take_request("one")
    store.refuse(identity, "one", "too\0 much")
    assert (store.request(identity).state, store.request(identity).reason) == ("refused", "too much")
    assert store.ask("walk", {}) == identity
    assert store.request(identity).state == "waiting"


def test_one_whose_worker_falls_silent_waits_again_and_is_refused_in_the_end(store):
    identity = store.ask("walk", {})
    for attempt in range(ATTEMPTS):
        taken = store.take_request(f"worker {attempt}")
        assert taken is not None
        assert taken.id == identity
        with store.engine.begin() as connection:
            connection.execute(text("UPDATE seesaw_requests SET lease = lease - 100"))
        assert not store.tell_progress(identity, "somebody else", 0.1)
    assert store.take_request("the next") is None
    assert "ended before it was done" in store.request(identity).reason


def test_what_a_dead_process_was_at_is_released_at_once(store):
    identity = store.ask("walk", {})
    store.take_request("one")
    store.release_requests("one")
    assert store.request(identity).state == "waiting"
    store.take_request("two")
    store.answer(identity, "one", b"late")
    assert store.request(identity).state == "working", "who was relieved of it changes nothing"


def test_answers_are_bounded_and_the_least_lately_asked_goes(store, monkeypatch):
    monkeypatch.setattr(requests, "KEPT", 2)
    ids = [store.ask("walk", {"n": number}) for number in range(3)]
    for identity in ids[:2]:
        store.take_request("one")
        store.answer(identity, "one", b"x")
    store.ask("walk", {"n": 0})  # asked again, so the other one is the oldest
    store.take_request("one")
    store.answer(ids[2], "one", b"x")
    assert [store.request(identity) is not None for identity in ids] == [True, False, True]


def test_the_queue_is_bounded(store, monkeypatch):
    monkeypatch.setattr(requests, "MOST_WAITING", 2)
    store.ask("walk", {"n": 1}), store.ask("walk", {"n": 2})
    with pytest.raises(SpecError, match="at most 2 requests may wait, found 2"):
        store.ask("walk", {"n": 3})
    assert store.ask("walk", {"n": 1}), "one that waits already may be asked again"
