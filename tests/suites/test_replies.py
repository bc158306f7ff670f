"""What is told of outputs and targets, against the kinds' own reading of them."""

import numpy as np
import pytest
import torch
from seqeval.metrics.sequence_labeling import get_entities

from mtl_core.kinds.kind import kind_of
from mtl_core.kinds.span import decoded
from mtl_core.suites.replies import Asked, Reply, reply, truth
from mtl_core.suites.suite import Task

RNG = np.random.default_rng(11)
PLACES = 14
TAGS = ("O", "B-a", "I-a", "B-b", "I-b")
SPAN, TAGGING = Task("q", "span"), Task("t", "tagging", 5, labels=TAGS)
WORDS = tuple("abcdefghij")


def test_a_class_is_told_with_its_probability_and_the_next_ones() -> None:
    task = Task("digit", "classification", 4, labels=("w", "x", "y", "z"))
    logits = np.array([0.0, 2.0, 1.0, -1.0])
    told = reply(Asked(task), logits)
    answer, certainty = kind_of("classification").answer(torch.tensor(logits)[None, None])
    assert (told.words, told.probability) == ("x", pytest.approx(certainty.item()))
    assert answer.item() == 1
    assert [name for name, _ in told.choices] == ["x", "y", "w", "z"]
    assert sum(chance for _, chance in told.choices) == pytest.approx(1)
    assert truth(Asked(task), np.int64(2)).words == "y"


def test_numbers_are_told_in_their_own_units() -> None:
    told = reply(Asked(Task("n", "regression", outputs=3), (10.0, 2.0)), np.array([0.5, -1, 0]))
    assert told.values == (11.0, 8.0, 10.0)
    assert told.words == "11; 8; 10"
    assert truth(Asked(Task("n", "regression"), (10.0, 2.0)), np.float32(0.5)).values == (11.0,)


def test_labels_are_those_above_even_odds() -> None:
    task = Task("m", "multilabel", 3, labels=("x", "y", "z"))
    told = reply(Asked(task), np.array([2.0, -0.1, 0.1]))
    assert told.words == "x, z"
    assert told.probability == pytest.approx(np.prod([1 / (1 + np.exp(-odds)) for odds in (2.0, 0.1, 0.1)]))
    assert reply(Asked(task), np.full(3, -1.0)).words == "none"
    assert truth(Asked(task), np.array([0.0, 1.0, 1.0])).choices == (("y", 1.0), ("z", 1.0))


def marked(told: Reply) -> list[tuple[str, int, int]]:
    return [(mark.label, mark.first, mark.last) for mark in told.marks]


def test_entities_are_those_that_seqeval_reads() -> None:
    for _ in range(200):
        tags = RNG.integers(len(TAGS), size=len(WORDS))
        logits = 9 * np.eye(len(TAGS))[np.pad(tags, (2, 2))]
        asked = Asked(TAGGING, words=WORDS, before=2)
        told = reply(asked, logits)
        assert marked(told) == get_entities([TAGS[tag] for tag in tags])
        assert marked(truth(asked, np.pad(tags, (2, 2), constant_values=-100))) == marked(told)
        assert all(0 < (mark.probability or 0) <= 1 for mark in told.marks)


def test_an_answer_in_a_text_is_the_one_that_is_measured() -> None:
    for _ in range(200):
        scores = RNG.normal(size=(PLACES, 2))
        scores[0] += RNG.choice([-2, 1])
        before, many = 3, len(WORDS)
        told = reply(Asked(SPAN, words=WORDS, before=before), scores)
        padded = scores.copy()
        padded[before + many :] = -1e4  # no word stands there
        first, last = (int(each) for each in decoded(torch.tensor(padded)[None, None], torch.tensor([[before]])))
        assert marked(told) == ([("", first - before, last - before)] if last else [])
        assert 0 < (told.probability or 0) < 1
    assert marked(truth(Asked(SPAN, words=WORDS, before=3), np.array([4, 6, 3, *[0] * 14]))) == [("", 1, 3)]
    assert truth(Asked(SPAN, words=WORDS, before=3), np.array([0, 0, 3, *[0] * 14])).words == "none"
