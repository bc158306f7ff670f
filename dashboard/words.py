"""The words on screen, in the reader's language: English in the code, other languages from gettext catalogues.

A catalogue lives in ``locale/<language>/LC_MESSAGES/seesaw.po`` beside its compiled ``.mo``. A missing catalogue or message
shows the English one. This module knows nothing of Streamlit: ``state`` tells it how to find the reader's language.
"""

import gettext
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
DOMAIN = "seesaw"
ENGLISH = "en"

_ask: Callable[[], str] = lambda: ENGLISH  # noqa: E731 - replaced as a whole by `language_from`


def language_from(source: Callable[[], str]) -> None:
    """Let ``source`` say, at each message, which language the present reader wants (such as ``zh-CN``)."""
    global _ask
    _ask = source


_spoken: ContextVar[str | None] = ContextVar("language", default=None)


@contextmanager
def speaking(wanted: str) -> Iterator[None]:
    """Let messages be in this language, for whom none of the pages is being drawn."""
    before = _spoken.set(wanted)
    try:
        yield
    finally:
        _spoken.reset(before)


def language() -> str:
    """The reader's language as asked for, whether a catalogue exists or not."""
    return _spoken.get() or _ask() or ENGLISH


def languages() -> list[str]:
    """The languages that have a catalogue, English first."""
    return [ENGLISH, *sorted({path.parent.parent.name for path in LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")} - {ENGLISH})]


NAMES = {ENGLISH: "English", "zh": "中文"}
"""Languages by the names that those who read them know."""


def spoken(wanted: str | None = None) -> str:
    """The language that the reader sees: of those that have a catalogue, the one that is asked for, or English."""
    asked = (wanted or language()).replace("_", "-").lower()
    return next((name for name in languages() if asked == name or asked.startswith(f"{name}-")), ENGLISH)


@lru_cache(maxsize=32)  # the language may be whatever a URL says
def _catalogue(wanted: str) -> gettext.NullTranslations:
    # Only letters, digits and separators reach the file system: the language may come from a URL.
    if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}", wanted):
        return gettext.NullTranslations()
    name = wanted.replace("-", "_")
    names = [name, name.split("_")[0]]
    return gettext.translation(DOMAIN, LOCALE, languages=names, fallback=True)


def _(message: str) -> str:
    """The message in the reader's language."""
    return say(message, language())


def say(message: str, wanted: str) -> str:
    """The message in a given language."""
    return _catalogue(wanted).gettext(message) if message else ""


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for it
    """The message as it is, noted for the catalogues: said in the reader's language where it is shown."""
    return message


def ngettext(one: str, many: str, count: int) -> str:
    """The message for ``count`` things in the reader's language."""
    return _catalogue(language()).ngettext(one, many, count)


def first_of(names: Sequence[str], most: int) -> str:
    """Names in a line, or where there are more than ``most`` the first of them."""
    if len(names) <= most:
        return ", ".join(names)
    return _("{first} and {count} more").format(first=names[0], count=len(names) - 1)


_LINKS = re.compile(r"https?://|www(?=\.)|@(?=[-\w])", re.IGNORECASE)
"""What makes a link of the text after it, where Streamlit shows it."""

_JOINER = "\u2060"  # takes no room and is no space: the text reads the same


def escape_markdown(text: object) -> str:
    """Text that a person typed (a name, a column), made safe for Streamlit's Markdown: nothing in it is markup or a link.

    Addresses of pages and of mail are looked for once escapes and entities are resolved, so only a character between helps.

    >>> escape_markdown("[a](b) :red[c] $x$")
    '\\\\[a\\\\]\\\\(b\\\\) \\\\:red\\\\[c\\\\] \\\\$x\\\\$'
    """
    unlinked = _LINKS.sub(lambda found: found[0] + _JOINER, str(text).replace("\n", " "))
    return re.sub(r"([\\`*_{}\[\]()#+\-!|~:$<>&^=@/])", r"\\\1", unlinked)
