"""Texts as numbers, the grammar of phrases, and what files of text must be like."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mtl_core.errors import DataError
from mtl_core.suites import grammar, load_suite
from mtl_core.suites.suite import UNLABELLED, Suite
from mtl_core.suites.text import MARK, SPECIAL, UNKNOWN, Row, encoded, spans, tagged, vocabulary, words_of

PLACES = 9
KNOWN = {word: place for place, word in enumerate((*SPECIAL, "a", "train", "to"))}


def test_words_are_letters_together_and_signs_alone() -> None:
    assert words_of("It's 21 °C, OK?") == ("it", "'", "s", "2", "1", "°", "c", ",", "ok", "?")


def test_a_vocabulary_begins_with_what_is_no_word_and_leaves_rare_words_out() -> None:
    assert vocabulary([("b", "a", "|"), ("a", "c", "b"), ("a",)]) == (*SPECIAL, "a", "b")


def test_rows_are_numbers_tags_and_spans_at_the_same_places() -> None:
    row = Row(("a", "train", "to", "rio"), tags=("O", "O", "O", "B-to"))
    asked = Row(row.text, question=("to",), answer=(3, 3))
    np.testing.assert_array_equal(encoded([row], KNOWN, PLACES)[0, :5], [4, 5, 6, UNKNOWN, 0])
    np.testing.assert_array_equal(encoded([asked], KNOWN, PLACES)[0], [MARK, 6, MARK, 4, 5, 6, UNKNOWN, 0, 0])
    np.testing.assert_array_equal(tagged([row], {"O": 0, "B-to": 1}, PLACES)[0], [0, 0, 0, 1, *[UNLABELLED] * 5])
    numbers = {"a": 1, "train": 2, "to": 3, "rio": 4}
    # The answer's ends and the text's beginning, then the words that count: an article does not.
    np.testing.assert_array_equal(spans([asked], numbers, PLACES)[0], [6, 6, 3, 0, 0, 0, 0, 2, 3, 4, 0, 0])


def test_an_utterance_says_what_its_tags_and_slots_say() -> None:
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(300):
        said = grammar.utterance(rng)
        seen.add(said.intent)
        assert len(said.words) == len(said.tags)
        for slot, (first, last) in said.slots.items():
            assert " ".join(said.words[first : last + 1]) in grammar.VALUES[slot]
            assert said.tags[first : last + 1] == (f"B-{slot}", *[f"I-{slot}"] * (last - first))
        assert {tag[2:] for tag in said.tags} - {""} == set(said.slots)
    assert seen == set(grammar.TEMPLATES)


def test_every_slot_can_be_asked_about_and_occurs() -> None:
    occurring = {
        slot
        for templates in grammar.TEMPLATES.values()
        for each in templates
        for slot in grammar.VALUES
        if f"{{{slot}}}" in each
    }
    assert occurring == set(grammar.QUESTIONS) == set(grammar.VALUES)


def texts(suite: Suite, split: str = "train") -> list[str]:
    return [" ".join(suite.words[number] for number in row if number) for row in getattr(suite, split).inputs]


def test_phrases_hide_the_part_of_words_that_was_asked_for() -> None:
    plain, hidden = (load_suite({"name": "phrases", "hidden": part}) for part in (0, 0.3))
    assert not any("▯" in text for text in texts(plain))
    words = [word for text in texts(hidden) for word in text.split() if word != "|"]
    told = hidden.train.observed[:, 0]
    share = np.mean([word == "▯" for text, tells in zip(texts(hidden), told, strict=True) if tells for word in text.split()])
    assert len(words) > 1000
    assert share == pytest.approx(0.3, abs=0.04)


def test_questions_of_phrases_have_an_answer_half_the_time() -> None:
    suite = load_suite("phrases")
    asked = suite.train.observed[:, 2]
    assert asked.sum() == 2 * suite.train.observed[:, 0].sum() == 300
    assert (suite.train.targets[2][asked][:, 1] > 0).mean() == 0.5


def test_snips_are_what_was_published(real_data: Path) -> None:
    suite = load_suite({"name": "snips", "rows": 13_000})
    assert len(suite.tasks[0].labels) == 7
    assert len(suite.tasks[1].labels) == 72
    assert len(suite.train) == 13_000
    assert len(suite.test) > 650
    assert "are left out" in suite.notes[0]


def test_nlupp_has_the_rows_that_the_data_notes_say(real_data: Path) -> None:
    banking, hotels = (load_suite({"name": "nlupp", "domain": domain}) for domain in ("banking", "hotels"))
    assert [len(suite.tasks[0].labels) for suite in (banking, hotels)] == [48, 40]
    assert banking.train.observed[:, 0].sum() == pytest.approx(1658, abs=40)  # folds 0 to 15, texts that occur twice once
    answerable = banking.test.targets[2][banking.test.observed[:, 2]][:, 1] > 0
    assert 0.2 < answerable.mean() < 0.5, "72 % of the questions for test have no answer"


def test_wnut17_has_the_posts_and_names_that_the_data_notes_say(real_data: Path) -> None:
    suite = load_suite({"name": "wnut17", "rows": 3393})
    assert [len(task.labels) for task in suite.tasks] == [3, 13]
    assert len(suite.train) == 3393
    assert (len(suite.validation), len(suite.test)) == pytest.approx((1001, 1235), abs=45), "without long ones, and each once"
    names, types = suite.train.targets
    known = types != UNLABELLED
    np.testing.assert_array_equal(known, suite.train.inputs > 0)
    assert (names[~known] == UNLABELLED).all()
    for mine, others in ((0, ("O",)), (1, "B"), (2, "I")):
        labels = [place for place, label in enumerate(suite.tasks[1].labels) if label[0] in others]
        np.testing.assert_array_equal(names == mine, np.isin(types, labels))
    assert int((names == 1).sum()) == pytest.approx(1975, abs=12), "names in the file, but for one long post"


Damage = Callable[[Path], None]


def cut(name: str) -> Damage:
    return lambda folder: (folder / name).write_text("".join((folder / name).read_text().splitlines(keepends=True)[:-1]))


def written(name: str, content: bytes) -> Damage:
    return lambda folder: (folder / name).write_bytes(content) and None


@pytest.mark.parametrize(
    ("suite", "damage", "words"),
    [
        ("snips", cut("snips/bio_split/valid/label"), "a line for every request"),
        ("snips", written("snips/bio_split/test/seq.in", b"caf\xe9\n" * 700), "UTF-8"),
        ("snips", lambda folder: (folder / "snips/bio_split/train/seq.out").unlink(), "must be in the data folder"),
        ("snips", lambda folder: _swap(folder / "snips/bio_split/train/seq.out", "B-artist", "B-<b>"), "found 'B-<b>'"),
        ("wnut17", written("wnut17/emerging.dev.conll", b"caf\xe9\tO\n"), "UTF-8"),
        ("wnut17", written("wnut17/emerging.dev.conll", b"here\tO\nlima\tB-town\n"), r"line 2 .*found 'lima\\tB-town'"),
        ("wnut17", written("wnut17/emerging.dev.conll", b"here O\n"), "line 1 .*a word, a tab and a tag"),
        ("wnut17", written("wnut17/emerging.dev.conll", b"\n\n"), "must have posts"),
        ("nlupp", written("nlupp/banking/fold3.json", b"[{"), "must be JSON"),
        (
            "nlupp",
            written("nlupp/banking/fold3.json", json.dumps([{"text": "hello", "intents": ["fly"]}]).encode()),
            "found otherwise",
        ),
        ("nlupp", written("nlupp/banking/fold3.json", b"[[1]]"), "found otherwise"),
        ("nlupp", written("nlupp/ontology.json", b"{}"), "ontology.json must describe"),
    ],
)
def test_files_that_are_not_as_they_should_be_are_refused_in_words(
    suite: str, damage: Damage, words: str, real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(real_data / suite, tmp_path / "data" / suite, ignore=shutil.ignore_patterns("official", "hotels"))
    damage(tmp_path / "data")
    monkeypatch.setenv("SEESAW_DATA", str(tmp_path / "data"))
    with pytest.raises(DataError, match=words):
        load_suite(suite)


def _swap(file: Path, old: str, new: str) -> None:
    file.write_text(file.read_text().replace(old, new))
