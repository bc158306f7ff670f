"""Text with words marked: in pieces, as a browser draws them."""

from collections.abc import Sequence

from dashboard.figures.palette import COLORS
from dashboard.words import _

Span = tuple[int, int]

Piece = dict[str, str]
"""``words`` and the ``color`` that they are marked with, empty where they are not; of those that are also ``label`` and
``title``."""


def pieces(
    text: str, words: Sequence[Span], marks: Sequence[tuple[int, int, str, float | None]], tags: Sequence[str], color: str
) -> list[Piece]:
    """The text in pieces, of which some are marked; nothing where none is.

    Args:
        text: it.
        words: where each of its words begins and ends.
        marks: the places of the first and the last word that belong together, what they are (empty for an answer), and how
            likely that is, None where that is not known.
        tags: the task's labels, so that a tag always has the same colour.
        color: of an answer.
    """
    if not marks:
        return []
    labels = list(dict.fromkeys(tag.partition("-")[2] for tag in tags if tag != "O"))
    found: list[Piece] = []
    end = 0
    for first, last, label, chance in marks:
        start, stop = words[first][0], words[last][1]
        found.append({"words": text[end:start], "color": ""})
        own = COLORS[labels.index(label) % len(COLORS)] if label else color
        title = "" if chance is None else f"{chance:.0%}"
        found.append({"words": text[start:stop], "color": own, "label": label, "title": title})
        end = stop
    return [*found, {"words": text[end:], "color": ""}]


def none_of(kind: str) -> str:
    """What an answer is called that names nothing, by the kind of its task."""
    return {"tagging": _("nothing is marked"), "span": _("no answer in the text")}.get(kind, _("none of them"))
