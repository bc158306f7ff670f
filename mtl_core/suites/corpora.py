"""Texts without labels to pretrain on: a suite's own, general ones, or a file that a person names."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from mtl_core.errors import DataError, shown
from mtl_core.spec.suites import SUITES
from mtl_core.suites.folder import Wanted, find, read
from mtl_core.suites.nlupp import DOMAINS, PARTS
from mtl_core.suites.text import Text, vocabulary, words_of

MOST_WORDS = 6000
"""Words of a vocabulary, a suite's own among them."""

LARGEST = 50_000_000
"""Bytes of a file that a person names."""

_SHORTEST = 3
"""Words of a text from which anything can be learned of another."""

_ENDS = frozenset(".!?")


@dataclass(frozen=True)
class Corpus:
    """Texts to pretrain on.

    Args:
        name: what they are, in words.
        texts: each as a network reads it, as long as it reads at most.
    """

    name: str
    texts: tuple[Text, ...]

    @cached_property
    def sha256(self) -> str:
        """The hash of the texts."""
        return hashlib.sha256("\n".join(" ".join(text) for text in self.texts).encode()).hexdigest()

    def words(self, own: Text) -> Text:
        """A vocabulary of at most ``MOST_WORDS``: a suite's own words, then the commonest of the corpus that occur twice."""
        known = frozenset(own)
        more = (word for word in vocabulary(self.texts) if word not in known)
        return (*own, *(word for _, word in zip(range(MOST_WORDS - len(own)), more, strict=False)))


def corpus(asked: str, suite: str, options: dict[str, Any], places: int) -> Corpus:
    """The texts that are meant.

    Args:
        asked: ``own`` for the suite's own for training, those without a label among them; ``general`` for Python's help texts
            with, where the data folder has them, the paragraphs of XQuAD and the utterances of NLU++ for training; else the
            path of a text in UTF-8.
        suite, options: of the suite that will be learned.
        places: words of the longest text that a network reads; longer sentences are cut.

    Raises:
        DataError: there are no such texts, or too few.
    """
    match asked:
        case "own":
            name, texts = f"own text of {suite}", SUITES[suite].load().texts(**options)
        case "general":
            parts = dict(_general())
            name, texts = f"general text ({', '.join(parts)})", (t for part in parts.values() for t in cut(part, places))
        case _:
            file = Path(asked).expanduser()
            name, texts = f"text of {file.name}", cut([_text(file)], places)
    kept = tuple(dict.fromkeys(text for text in texts if len(text) >= _SHORTEST))
    if len(kept) < 2:
        raise DataError(f"there must be sentences of {_SHORTEST} words or more to pretrain on, found none in {shown(name)}.")
    return Corpus(name, kept)


def cut(texts: Iterable[str], places: int) -> Iterator[Text]:
    """Sentences of at most so many words: each ends with a full stop, a question or an exclamation mark, or where it must."""
    for text in texts:
        sentence: list[str] = []
        for word in words_of(text):
            sentence.append(word)
            if word in _ENDS or len(sentence) == places:
                yield tuple(sentence)
                sentence = []
        if sentence:
            yield tuple(sentence)


def _general() -> Iterator[tuple[str, list[str]]]:
    """What there is of general texts, by its name: paragraphs or utterances."""
    topics = import_module("pydoc_data.topics").topics
    yield "Python's help", [paragraph for text in topics.values() for paragraph in text.split("\n\n")]
    for name, place, read_texts in (("XQuAD", "xquad/xquad.en.json", _paragraphs), ("NLU++", "", _utterances)):
        try:
            found = read_texts(place)
        except DataError:
            continue  # no data folder, or not there
        yield name, found


def _paragraphs(place: str) -> list[str]:
    found = _parsed(place)
    try:
        return [str(part["context"]) for article in found["data"] for part in article["paragraphs"]]
    except (KeyError, TypeError) as error:
        raise DataError(f"{place} must have paragraphs as SQuAD has them, found none; copy it anew.") from error


def _utterances(_place: str) -> list[str]:
    """Of the folds for training alone, for the suite ``nlupp`` tests with the others."""
    try:
        places = [f"nlupp/{domain}/fold{fold}.json" for domain in DOMAINS for fold in PARTS[0]]
        return [str(said["text"]) for place in places for said in _parsed(place)]
    except (KeyError, TypeError) as error:
        raise DataError("nlupp must have utterances with text, found others; copy it anew.") from error


def _parsed(place: str) -> Any:
    wanted = Wanted((place,), LARGEST)
    try:
        return json.loads(read(find(wanted, ""), wanted.most))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{place} must be JSON in UTF-8, found something else; copy it anew.") from error


def _text(file: Path) -> str:
    try:
        if not file.is_file():
            raise DataError(
                f"the corpus must be 'own', 'general' or a file of text, found none at {shown(str(file), 300)}; name another."
            )
        if file.stat().st_size > LARGEST:
            raise DataError(f"{shown(file.name)} must have at most {LARGEST / 1e6:.0f} MB, found more; take a part of it.")
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{shown(file.name)} must be text in UTF-8, found other signs ({error.reason}); save it so.") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{shown(str(file), 300)} must be readable, found: {error}; check its permissions.") from error
