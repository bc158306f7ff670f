"""The glossary: the field's terms as the pages use them, and where texts use them.

A new term is a line in ``learning`` or ``measuring``.
"""

import re
from functools import lru_cache

from dashboard.glossary import learning, measuring
from dashboard.glossary.term import Term
from dashboard.words import say

GLOSSARY: dict[str, Term] = {term.name: term for term in (*learning.TERMS, *measuring.TERMS)}
"""Every term by its name in links."""

MOST_FOUND = 6
"""The most terms that are found in one text."""

_NO_WORDS = re.compile(r"\$[^$]*\$|`[^`]*`|\]\([^)]*\)")
"""Formulas, code and addresses of links."""


def title(term: Term, language: str) -> str:
    """What a term is called."""
    return say(term.words, language).split("|")[0]


def found(text: str, language: str) -> list[Term]:
    """The terms that a text uses, in its order, each once; longer ones before those that they contain.

    Args:
        text: in the language; formulas, code and addresses in it count for nothing.
        language: of the text and of the terms' words.
    """
    pattern, terms = _matcher(language)
    names = dict.fromkeys(terms[match[0].lower()] for match in pattern.finditer(_NO_WORDS.sub(" ", text)))
    return [GLOSSARY[name] for name in names][:MOST_FOUND]


@lru_cache(maxsize=8)
def _matcher(language: str) -> tuple[re.Pattern[str], dict[str, str]]:
    terms = {words.lower(): term.name for term in GLOSSARY.values() for words in say(term.words, language).split("|")}
    longest = sorted(terms, key=len, reverse=True)
    # Latin words end where letters end; other scripts have no such places.
    each = [rf"(?<![A-Za-z]){re.escape(words)}(?![A-Za-z])" if words.isascii() else re.escape(words) for words in longest]
    return re.compile("|".join(each), re.IGNORECASE), terms
