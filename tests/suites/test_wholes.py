"""Answers kept whole in few bytes are told as those that were not kept are."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from mtl_core.records import Examples, Packed
from mtl_core.suites.replies import Asked, reply, truth
from mtl_core.suites.suite import UNLABELLED, Task
from mtl_core.suites.wholes import MOST, NOWHERE, told, true, whole

RNG = np.random.default_rng(5)
WORDS = tuple("abcdefgh")
TAGS = ("O", "B-a", "I-a", "B-b", "I-b")
TEXTS = {
    "labels": (Asked(Task("m", "multilabel", 4, labels=tuple("wxyz"))), (4,)),
    "tags": (Asked(Task("t", "tagging", 5, labels=TAGS), words=WORDS, before=3), (14, 5)),
    "span": (Asked(Task("q", "span"), words=WORDS, before=3), (14, 2)),
    "numbers": (Asked(Task("n", "regression", outputs=3), (10.0, 2.0)), (3,)),
    "box": (Asked(Task("b", "box")), (4,)),
    "pixels": (Asked(Task("s", "segmentation", 3, labels=tuple("xyz"))), (3, 6, 7)),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_what_is_told_of_it_is_what_is_told_of_the_answer(kind: str) -> None:
    asked, shape = TEXTS[kind]
    for _ in range(50):
        output = RNG.normal(size=shape)
        kept = whole(asked, output)
        found, wanted = told(asked, kept), reply(asked, output)
        assert sorted(found.words.split(", ")) == sorted(wanted.words.split(", "))
        places = [[(mark.first, mark.last, mark.label) for mark in each.marks] for each in (found, wanted)]
        assert places[0] == places[1]
        assert kept.nbytes <= 4 * kept.size <= 4 * MOST


def test_what_is_true_is_told_alike() -> None:
    for kind, target in (
        ("labels", np.array([0.0, 1.0, 1.0, 0.0])),
        ("tags", np.array([UNLABELLED] * 3 + [0, 1, 2, 0, 3, 3, 0, 0] + [UNLABELLED] * 3)),
        ("span", np.array([4, 6, 3, *range(14)])),
        ("span", np.zeros(17, dtype=np.int64)),
        ("numbers", np.array([0.5, -1.0, 2.0])),
        ("pixels", RNG.choice([UNLABELLED, 0, 1, 2], size=(6, 7))),
    ):
        asked = TEXTS[kind][0]
        assert told(asked, true(asked, target)) == truth(asked, target)


def test_maps_are_the_pictures_that_answers_are_shown_as() -> None:
    depth, normals = (Asked(Task(kind, kind)) for kind in ("depth", "normals"))
    values = RNG.normal(size=(1, 5, 6))
    np.testing.assert_array_equal(whole(depth, values)[None], np.array(reply(depth, values).picture))
    vectors = RNG.normal(size=(3, 5, 6))
    np.testing.assert_array_equal(whole(normals, vectors), np.array(reply(normals, vectors).picture))
    assert not true(depth, np.full((5, 6), UNLABELLED)).any()
    maze = np.zeros((4, 5, 5))
    maze[0, 1, 2] = 1
    policy = Asked(Task("p", "policy", 4, labels=("up", "right", "down", "left")), example=maze)
    moves = RNG.normal(size=(4, 5, 5))
    kept = whole(policy, moves)
    assert kept[1, 2] == NOWHERE
    np.testing.assert_array_equal(np.where(maze[0] > 0, NOWHERE, moves.argmax(0)), kept)
    assert true(policy, moves).size == 0


def test_they_come_back_from_json() -> None:
    kept = (
        Packed.of(RNG.integers(0, 255, (2, 3, 4), dtype=np.uint8)),
        None,
        Packed.of(np.array([[1.5], [2]], dtype=np.float32)),
    )
    examples = Examples((), (), (1.0, 1.0, 1.0), kept)
    back = Examples.from_dict(json.loads(json.dumps(asdict(examples))))
    assert back == examples
    assert back.wholes[2] is not None
    np.testing.assert_array_equal(back.wholes[2].array, [[1.5], [2]])
    old = {name: value for name, value in asdict(examples).items() if name != "wholes"}
    assert Examples.from_dict(old).wholes == ()
