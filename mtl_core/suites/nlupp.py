"""NLU++: everything that a customer wants at once, which words say what, and questions answered from the text."""

import json
from collections.abc import Sequence
from functools import lru_cache
from math import log
from pathlib import Path
from typing import Any

import numpy as np

from mtl_core.errors import DataError, shown
from mtl_core.suites.arrays import make_suite
from mtl_core.suites.encoded import EncodedSource, encoded_suite
from mtl_core.suites.encoder import FILES as ENCODER
from mtl_core.suites.folder import Wanted
from mtl_core.suites.intake.text import TextIntake
from mtl_core.suites.suite import Split, Suite, Task
from mtl_core.suites.text import PATTERN, Row, Text, encoded, spans, tagged, union, vocabulary, words_of

PLACES = 48
FOLDS = 20
PARTS = (range(16), range(16, 18), range(18, 20))
"""The folds for training, validation and test."""

DOMAINS = ("banking", "hotels")

_GENERAL = (
    *("affirm", "deny", "dont_know", "acknowledge", "greet", "end_call", "handoff", "thank", "repeat"),
    *("cancel_close_leave_freeze", "change", "make_open_apply_setup_get_activate", "request_info", "how", "why", "when"),
    *("how_much", "how_long", "wrong_notworking_notshowing", "lost_stolen", "more_higher_after", "less_lower_before", "new"),
    *("existing", "limits", "refund"),
)
INTENTS = {
    "banking": (
        *_GENERAL,
        *("savings", "current", "business", "credit", "debit", "contactless", "international", "account"),
        *("transfer_payment_deposit", "appointment", "arrival", "balance", "card", "cheque", "direct_debit"),
        *("standing_order", "fees_interests", "loan", "mortgage", "overdraft", "withdrawal", "pin"),
    ),
    "hotels": (
        *_GENERAL,
        *("check_in", "check_out", "restaurant", "swimming_pool", "parking", "pets", "accesibility", "booking", "wifi", "gym"),
        *("spa", "room_ammenities", "housekeeping", "room_service"),
    ),
}
_TIMES = (
    *("date", "date_period", "date_from", "date_to", "time", "time_from", "time_to", "time_period", "person_name", "number"),
)
SLOTS = {
    "banking": (*_TIMES, "amount_of_money", "company_name", "shopping_category"),
    "hotels": (*_TIMES, "kids", "adults", "people", "rooms"),
}

INTENTS_SCALE = 10.0
"""What the mean over some fifty labels, nearly all of them absent, is multiplied by to be of the size of the other losses."""

_SEED = 20261


class NluPP(EncodedSource):
    """Utterances of customers of a bank or a hotel, 2,071 and 1,009, in twenty folds: 16 for training, 2 for validation, 2 for
    test.

    - ``intents``: all that it wants, any number of some fifty labels; an utterance without the entry has none.
    - ``slots``: dates, times, names and amounts in it. Where two overlap, which they do twice, the longer stays.
    - ``question``: a question about it, the ontology's own for a slot, answered by words of the text or by nothing: every slot
      that is there is asked, and one more that is not, drawn anew for each.

    An utterance is a row with its intents and tags, each question one more; rows of more than 48 words, and for validation and
    test utterances of an earlier split, are left out.

    Source: Casanueva, Vulić, Spithourakis & Budzianowski 2022 (arXiv:2204.13021).
    """

    origin = "It is part of NLU++ (CC BY 4.0), from PolyAI's task-specific-datasets: banking/, hotels/ and ontology.json."

    def files(self, domain: str = DOMAINS[0], encoder: bool = False, **_options: Any) -> tuple[Wanted, ...]:
        """See ``FileSource.files``."""
        folds = (f"nlupp/{domain}/fold{fold}.json" for fold in range(FOLDS))
        own = (Wanted((place,), 5_000_000) for place in ("nlupp/ontology.json", *folds))
        return (*own, *(ENCODER if encoder else ()))

    def tasks(self, domain: str = DOMAINS[0], **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        intents, tags = INTENTS[domain], _tags(domain)
        return (
            Task(
                "intents",
                "multilabel",
                len(intents),
                "Which of many things does the customer want?",
                intents,
                at_chance=log(2),
                loss_scale=INTENTS_SCALE,
            ),
            Task("slots", "tagging", len(tags), "Which words say when, who or how much?", tags),
            Task("question", "span", help="Which words answer the question, if any do?", at_chance=log(PLACES / 2)),
        )

    def intake(self, suite: Suite, **options: Any) -> TextIntake:
        """See ``SuiteSource.intake``."""
        return self.sentences(suite, PATTERN.pattern, **options)

    def texts(self, domain: str = DOMAINS[0], sha256: str | None = None, **_options: Any) -> tuple[Text, ...]:
        """See ``SuiteSource.texts``: what is said and asked for training."""
        return tuple(row.read for row in _parts(domain, self.contents(sha256, domain=domain))[0])

    def load(
        self,
        domain: str = DOMAINS[0],
        encoder: bool = False,
        sha256: str | None = None,
        words: Text = (),
        **_options: Any,
    ) -> Suite:
        """See ``SuiteSource.load``.

        Raises:
            DataError: a file that is not there, another than the study was made with, or not as those of NLU++ are.
        """
        contents, files = self.with_encoder(sha256, domain=domain, encoder=encoder)
        return _load(domain, contents, words, files)


def _tags(domain: str) -> tuple[str, ...]:
    return ("O", *(f"{sign}-{slot}" for slot in SLOTS[domain] for sign in "BI"))


@lru_cache(maxsize=2)
def _load(domain: str, contents: tuple[bytes, ...], given: Text, files: tuple[Path, ...]) -> Suite:
    parts = _parts(domain, contents)
    words = given or vocabulary(row.read for row in parts[0])
    if files:
        splits = [(part, _split(part, words, parts, domain)) for part in parts]
        return encoded_suite("nlupp", SOURCE.tasks(domain), splits, files, PLACES)
    return make_suite("nlupp", SOURCE.tasks(domain), (_split(part, words, parts, domain) for part in parts), words=words)


@lru_cache(maxsize=2)
def _parts(domain: str, contents: tuple[bytes, ...]) -> list[list[Row]]:
    """The rows of each split."""
    ontology = _parsed("ontology.json", contents[0])
    try:
        questions = {slot: words_of(ontology["slots"][slot]["description"]) for slot in SLOTS[domain]}
    except (KeyError, TypeError) as error:
        raise DataError(f"ontology.json must describe the slots of {domain}, found none of {shown(str(error))}.") from error
    folds = [_fold(domain, fold, content) for fold, content in enumerate(contents[1:])]
    rng = np.random.default_rng(_SEED)
    parts: list[list[Row]] = []
    seen: set[Text] = set()
    for part in PARTS:
        said = [each for fold in part for each in folds[fold] if each[0].text not in seen]
        rows = [row for each in said for row in (each[0], *_asked(*each, questions, rng)) if len(row.read) <= PLACES]
        parts.append(list({row.read: row for row in rows}.values()))
        seen |= {each[0].text for each in said}
    return parts


def _asked(row: Row, slots: dict[str, tuple[int, int]], questions: dict[str, Text], rng: np.random.Generator) -> list[Row]:
    absent = [slot for slot in questions if slot not in slots]
    asked = [*slots, absent[rng.integers(len(absent))]]
    return [Row(row.text, question=questions[slot], answer=slots.get(slot)) for slot in asked]


def _parsed(name: str, content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{name} must be JSON in UTF-8, found something else ({shown(str(error))}); copy it anew.") from error


def _fold(domain: str, number: int, content: bytes) -> list[tuple[Row, dict[str, tuple[int, int]]]]:
    name = f"{domain}/fold{number}.json"
    try:
        return [_row(domain, said["text"], said.get("intents", ()), said.get("slots", {})) for said in _parsed(name, content)]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DataError(
            f"{name} must be a list of utterances with text, intents and slots of NLU++, found otherwise "
            f"({shown(str(error))}); copy it anew."
        ) from error


def _row(
    domain: str, text: str, intents: Sequence[str], slots: dict[str, dict[str, Any]]
) -> tuple[Row, dict[str, tuple[int, int]]]:
    places = [word.span() for word in PATTERN.finditer(text)]
    tags = ["O"] * len(places)
    found: dict[str, tuple[int, int]] = {}
    for slot, said in sorted(slots.items(), key=lambda item: item[1]["span"][0] - item[1]["span"][1]):  # the longest first
        start, end = said["span"]
        inside = [word for word, (first, last) in enumerate(places) if first < end and last > start]
        SLOTS[domain].index(slot)
        if not inside or any(tags[word] != "O" for word in inside):
            continue
        found[slot] = (inside[0], inside[-1])
        for word in inside:
            tags[word] = f"{'B' if word == inside[0] else 'I'}-{slot}"
    wanted = frozenset(INTENTS[domain].index(intent) for intent in intents)
    return Row(words_of(text), wanted, tuple(tags)), found


def _split(rows: Sequence[Row], words: Text, parts: Sequence[Sequence[Row]], domain: str) -> Split:
    numbers = {word: n for n, word in enumerate(dict.fromkeys(w for part in parts for row in part for w in row.text), start=1)}
    known, tags = ({name: place for place, name in enumerate(names)} for names in (words, _tags(domain)))
    labels = np.zeros((len(rows), len(INTENTS[domain])), dtype=np.float32)
    for place, row in enumerate(rows):
        if isinstance(row.label, frozenset):
            labels[place, list(row.label)] = 1
    asks = [bool(row.question) for row in rows]
    tells = [not each for each in asks]
    targets = (labels, tagged(rows, tags, PLACES), spans(rows, numbers, PLACES))
    return union(encoded(rows, known, PLACES), targets, (tells, tells, asks))


SOURCE = NluPP()
