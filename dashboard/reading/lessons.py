"""What a lesson speaks of, as it stands in the store: its studies are trained when it is first opened. No Streamlit."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from dashboard.lessons.lesson import Evidence, Lesson
from dashboard.reading import jobs, requests
from dashboard.reading.listing import state_words
from dashboard.reading.studies import Reading, read
from dashboard.reading.visitors import EVERYBODY
from dashboard.words import _
from mtl_core.errors import SeesawError
from mtl_core.spec import Study


@dataclass(frozen=True)
class Standing:
    """How a lesson's studies stand.

    Args:
        readings: a study each, in the lesson's order.
    """

    readings: tuple[Reading, ...]

    @property
    def ready(self) -> bool:
        """Whether every study is trained to its end, as it was asked."""
        return not any(reading.active or self._lost(reading) for reading in self.readings)

    @property
    def active(self) -> bool:
        """Whether one may still come to its end."""
        return any(reading.active for reading in self.readings)

    @property
    def progress(self) -> float:
        """How far they are, from 0 to 1."""
        return sum(reading.info.progress for reading in self.readings) / max(1, len(self.readings))

    @property
    def problem(self) -> str:
        """Why a study came to no end that counts, in words; empty where all is well."""
        info = next((reading.info for reading in self.readings if self._lost(reading)), None)
        if info is None:
            return ""
        return info.reason or (_("changed by hand while it trained") if info.altered else state_words(info))

    @staticmethod
    def _lost(reading: Reading) -> bool:
        # What somebody changed by hand answers another question than the lesson asks.
        ended = reading.info.state == "finished" and not reading.info.altered and reading.result is not None
        return not reading.active and not ended


def standing(lesson: Lesson) -> Standing:
    """How the lesson's studies stand, all of which are asked for where the store has not got them yet.

    They are nobody's in particular: no visitor can stop or alter what a whole class looks at.

    Raises:
        SpecError: a study's data are not there.
        NotAllowedError: there is no room for more.
        StoreError: the store cannot be used.
    """
    return Standing(tuple(_asked(study) for study in lesson.studies))


def evidence(lesson: Lesson, found: Standing) -> Evidence:
    """What came out, where the studies are trained; waits for what workers are asked besides.

    Raises:
        SeesawError: it cannot be had, and why.
    """
    answers = tuple(requests.answer(kind, arguments) for kind, arguments in lesson.asks)
    return Evidence(tuple(reading.result for reading in found.readings if reading.result is not None), answers)


def train_again(lesson: Lesson) -> None:
    """Train the studies once more that came to no end that counts; raises StoreError."""
    for study in lesson.studies:
        jobs.submit(study, EVERYBODY)


def another(lesson: Lesson, seed: int) -> Standing:
    """How the lesson's studies stand with one other seed alone."""
    return standing(replace(lesson, studies=tuple(replace(study, seeds=[seed]) for study in lesson.studies)))


def fresh_seed(lesson: Lesson, used: Sequence[int]) -> int:
    """The first seed that no study of the lesson has, and that was not asked for yet."""
    return 1 + max([*used, *(seed for study in lesson.studies for seed in study.seed_list)])


def _asked(study: Study) -> Reading:
    store = jobs.get_store()
    known = None
    with suppress(SeesawError):
        known = store.find(study)
    return read(store, known or jobs.submit(study, EVERYBODY))
