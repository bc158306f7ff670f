"""The glossary knows the words of every reading aid, and leads to where they are shown."""

import re

import pytest

from dashboard.glossary import GLOSSARY, found
from dashboard.lessons import LESSONS
from dashboard.showing import meanings
from tests.dashboard.conftest import APP, AppTest

PAGES = {path.stem for path in (APP.parent / "views").glob("*.py")}


@pytest.mark.parametrize("term", GLOSSARY.values(), ids=list(GLOSSARY))
def test_a_term_leads_to_lessons_and_pages_that_there_are(term):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", term.name)
    assert term.definition.endswith(".")
    assert term.page in PAGES | {""}
    assert term.lesson in LESSONS or not term.lesson


def test_no_two_terms_have_the_same_words():
    words = [word.casefold() for term in GLOSSARY.values() for word in term.words.split("|")]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=list(LESSONS))
def test_what_a_lesson_shows_is_in_the_glossary(lesson):
    assert lesson.terms
    assert set(lesson.terms) <= GLOSSARY.keys()


@pytest.mark.parametrize("name", meanings._MEANINGS)
def test_every_reading_aid_has_words_that_the_glossary_knows(name):
    meaning = meanings.meaning(name)
    assert found(f"{meaning.sentence} {meaning.definition}", "en")


def test_whole_words_are_found_and_longer_ones_first():
    assert [term.name for term in found("Negative transfer is no gain; regaining is.", "en")] == [
        "negative-transfer",
        "transfer",
    ]
    assert not found("regains $gain$", "en")


def test_a_link_opens_one_term_and_one_that_is_unknown_says_so(shelf):
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    page.switch_page("views/learn.py")
    page.query_params["term"] = "negative-transfer"
    page.run()
    assert not page.exception
    assert any("worse together than alone" in each.value for each in page.markdown)
    page.query_params["term"] = "nonsense"
    page.run()
    assert any("nonsense" in each.value for each in page.warning)
    assert any("negative transfer" in each.value for each in page.markdown)
