"""What is said of a picture: how to read it, and its definition."""

from typing import NamedTuple


class Meaning(NamedTuple):
    """A reading aid, a formula in LaTeX, and what its signs stand for, in Markdown."""

    sentence: str
    formula: str
    definition: str
