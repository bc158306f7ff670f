"""Every lesson: its studies are trained, what it claims holds in their numbers, and it keeps to the contract."""

import math
import re
from dataclasses import replace
from functools import cache
from typing import cast

import pytest

import mtl_core as mtl
from dashboard.lessons import LESSONS, Answer, Bins, Evidence, Lesson, Marks, off_by
from dashboard.lessons.lesson import MOST_STEPS
from mtl_core.diagnostics import Result
from mtl_core.execution.answers import ANSWERERS
from mtl_core.spec import Study, plan
from mtl_core.store import Store

SMALL = (
    "digits_pair",
    "digits_scarce",
    "sprites",
    "subspace",
    "vitals",
    "scales",
    "mixed_heads",
    "mazes",
    "phrases",
    "regions",
    "hint",
)
"""Suites that are generated, or come with the package."""

LONG = ("which-together", "experts", "dial-of-relatedness", "methods-against-equal", "how-many-seeds")
"""Lessons whose studies take more than three seconds."""

EVERY = pytest.mark.parametrize("lesson", LESSONS.values(), ids=list(LESSONS))

TRAINED = pytest.mark.parametrize(
    "lesson",
    [pytest.param(each, marks=pytest.mark.slow) if name in LONG else each for name, each in LESSONS.items()],
    ids=list(LESSONS),
)


@cache
def trained(study: Study) -> Result:
    """A study's result, trained once however many lessons speak of it."""
    return mtl.run(study)


def checked(lesson: Lesson, studies: tuple[Study, ...]) -> Answer:
    """What came out, which must be in the prediction's own terms."""
    asked = lesson.predict()
    answers = tuple(ANSWERERS[kind](dict(arguments), lambda _done: None, cast(Store, None)) for kind, arguments in lesson.asks)
    shown = Evidence(tuple(trained(study) for study in studies), answers)
    answer = lesson.answer(shown)
    weighed(lesson, shown)
    rows = asked.rows if isinstance(asked, Marks) else asked.items
    assert len(answer.values) == len(rows)
    assert all(len(ends) in (0, len(rows)) for ends in (answer.low, answer.high, answer.beside))
    assert bool(answer.beside) == bool(answer.beside_name)
    guess = [0] * len(rows)
    judged = lesson.judge(shown, answer, guess) if lesson.judge else ()
    if isinstance(asked, Marks):
        judged = judged or off_by(asked, answer, guess)
        known = [value for value in answer.values if math.isfinite(value)]
        assert known
        assert asked.low <= min(known) <= max(known) <= asked.value(asked.steps), "the scale has room for what comes out"
    assert judged
    for words in (*answer.told, *judged, *(claim.words for claim in answer.claims)):
        assert words
        assert "{" not in words
        assert not re.search(r"\bnan\b", words.lower())
    return answer


def weighed(lesson: Lesson, shown: Evidence) -> None:
    """What groups gain is drawn on a scale that has room for it, whatever the reader put together."""
    asked = lesson.predict()
    if not isinstance(asked, Bins):
        return
    assert lesson.weigh is not None
    for said in ([0] * len(asked.items), [place % asked.most for place in range(len(asked.items))], None):
        marks, gained = lesson.weigh(shown, shown, said)
        assert len(set(marks.rows)) == len(marks.rows) == len(gained.values)
        assert all(marks.low <= value <= marks.value(marks.steps) for value in gained.values)


@TRAINED
def test_what_a_lesson_claims_holds_in_the_numbers_of_its_own_studies(lesson: Lesson) -> None:
    answer = checked(lesson, lesson.studies)
    assert answer.claims
    assert answer.told
    assert [claim.words for claim in answer.claims if not claim.holds] == []


@pytest.mark.slow
@EVERY
def test_a_lesson_can_be_asked_once_more_with_another_seed(lesson: Lesson) -> None:
    if not lesson.another_seed:
        pytest.skip("this lesson is about many seeds")
    checked(lesson, tuple(replace(study, seeds=[101]) for study in lesson.studies))


@EVERY
def test_a_lesson_keeps_to_what_pages_and_links_can_hold(lesson: Lesson) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", lesson.name)
    asked = lesson.predict()
    rows = asked.rows if isinstance(asked, Marks) else asked.items
    assert len(set(rows)) == len(rows) > 0
    assert asked.check([0] * len(rows)) == [0] * len(rows)
    for wrong in (None, "0", [0] * (len(rows) + 1), [0.5] * len(rows), [-1] * len(rows), [10**6] * len(rows)):
        assert asked.check(wrong) is None
    if isinstance(asked, Marks):
        assert 1 <= asked.steps <= MOST_STEPS
        assert len(asked.ticks()) >= 2
    else:
        assert isinstance(asked, Bins)
        assert 2 <= asked.most <= len(rows)
    for study in lesson.studies:
        assert study.suite.name in SMALL, "a lesson needs no files"
        assert len(plan(study)) < 400
    assert lesson.studies or (lesson.asks and not lesson.another_seed)
    if lesson.studies:
        replace(lesson.studies[0], **lesson.settings)
    assert lesson.question.rstrip().endswith("?")
    assert lesson.free
    typed = re.findall(r"\d+[.,]?\d*\s*%|[+−-]?\d?\.\d+", " ".join([lesson.story, lesson.lesson, lesson.question, lesson.free]))
    assert not typed, "numbers of results are read from the store, never typed"
