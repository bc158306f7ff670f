"""What a term of the glossary is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A term of the field, as the pages use it.

    Args:
        name: in links.
        words: how texts call it, the first one as its title; one message for translators with ``|`` between.
        definition: one to three sentences; Markdown.
        formula: LaTeX without dollar signs, or empty.
        lesson: the lesson that shows it, by its name, or empty.
        page: the page that measures it, by its name, or empty.
    """

    name: str
    words: str
    definition: str
    formula: str = ""
    lesson: str = ""
    page: str = ""
