"""Markdown with what people wrote in it."""

import re
from collections.abc import Iterator, Sequence


def table_of(head: Sequence[str], rows: Sequence[Sequence[str]], plain: Sequence[int] = ()) -> Iterator[str]:
    """A table in Markdown; ``plain`` columns hold Markdown of our own."""
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell if place in plain else escape(cell) for place, cell in enumerate(row))} |"


def escape(text: object) -> str:
    """Text of a person, of which nothing is markup: no link, no HTML, no table, no line of its own.

    >>> escape("[a](b) <i> |x|")
    '\\\\[a\\\\]\\\\(b\\\\) \\\\<i\\\\> \\\\|x\\\\|'
    """
    line = " ".join(str(text).split())
    line = re.sub(r"([\\`*_{}\[\]()#+!|~$<>&^=@])", r"\\\1", line)
    return re.sub(r"(?i)(https?|ftp):|www\.", lambda found: f"{found[0][:-1]}\\{found[0][-1]}", line)
