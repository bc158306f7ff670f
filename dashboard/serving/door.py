"""Who is let in: the access code, the host's key, and the marks by which a browser that gave one is known again."""

import hashlib
import hmac
import os
import secrets
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from dashboard.serving.hosts import Names
from mtl_core.errors import SpecError

CODE = "SEESAW_CODE"
"""The environment variable that sets the access code."""

SHORTEST = 6
"""The fewest characters of an access code that somebody sets."""

TRIES_EACH, TRIES_IN_ALL, MINUTE = 10, 100, 60.0
"""Wrong codes a minute from one address and from all, after which no code is looked at."""

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another when it is read from a wall
_ADDRESSES = 10_000


class Tries:
    """Counts wrong codes over the last minute."""

    def __init__(self) -> None:
        self._all: deque[float] = deque(maxlen=TRIES_IN_ALL)
        self._each: OrderedDict[str, deque[float]] = OrderedDict()

    def exhausted(self, address: str) -> bool:
        """Whether this address, or all together, tried too often."""
        since = time.monotonic() - MINUTE
        return any(
            len(times) == times.maxlen and times[0] > since for times in (self._all, self._each.get(address, deque(maxlen=1)))
        )

    def note(self, address: str) -> None:
        """Count a wrong code."""
        self._all.append(time.monotonic())
        self._each.setdefault(address, deque(maxlen=TRIES_EACH)).append(time.monotonic())
        self._each.move_to_end(address)
        if len(self._each) > _ADDRESSES:
            self._each.popitem(last=False)


@dataclass(frozen=True)
class Door:
    """What is asked of those who come.

    Args:
        names: the names by which the server may be asked.
        exposed: whether others than the people of this machine can come; else nobody is asked for anything.
        code: what they must know; empty where everybody may come in.
        key: what makes a browser that of the one who started the server.
        teacher: what makes a browser that of the teacher; empty where the server has no classes.
        tries: wrong codes of late.
    """

    names: Names
    exposed: bool = False
    code: str = ""
    key: str = field(default_factory=lambda: choose_key())
    teacher: str = ""
    tries: Tries = field(default_factory=Tries)
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    @property
    def tells_apart(self) -> bool:
        """Whether browsers get secrets of their own; on one's own machine without a class nobody needs any."""
        return self.exposed or bool(self.teacher)

    def mark(self, word: str) -> str:
        """What a browser keeps once it gave the code or the key: worth nothing at the next start of the server."""
        return hmac.new(self._secret, word.encode(), hashlib.sha256).hexdigest()

    def is_code(self, given: str) -> bool:
        """Whether it is the access code; takes as long whatever is wrong with it."""
        return bool(self.code) and same(_typed(given), _typed(self.code))

    def is_key(self, given: str) -> bool:
        """Whether it is the host's key."""
        return same(given, self.key)

    def is_teacher(self, given: str) -> bool:
        """Whether it is the teacher's key."""
        return bool(self.teacher) and same(given, self.teacher)

    def lets_in(self, mark: str, host_mark: str, teacher_mark: str = "") -> bool:
        """Whether a browser with these marks may see the pages."""
        pairs = ((mark, self.code), (host_mark, self.key), (teacher_mark, self.teacher))
        return not self.code or any(word and same(given, self.mark(word)) for given, word in pairs)


def same(left: str, right: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(left.encode("utf-8", "replace"), right.encode("utf-8", "replace"))


def _typed(code: str) -> str:
    return code.strip().casefold()


def choose_key() -> str:
    """A key for a link: not to be guessed."""
    return secrets.token_urlsafe(16)


def some_letters() -> str:
    """Four letters to tell one thing from others, easily read from a wall."""
    return "".join(secrets.choice(_LETTERS) for _ in range(4))


def choose_code() -> str:
    """The access code: ``$SEESAW_CODE`` or a random one.

    Raises:
        SpecError: the one that was set is too short to keep anybody out.
    """
    given = os.environ.get(CODE, "").strip()
    if not given:
        return f"{some_letters()}-{some_letters()}"
    if len(given) < SHORTEST:
        raise SpecError(
            f"the access code in ${CODE} must have at least {SHORTEST} characters, found {len(given)}; choose a longer one, or "
            "unset it for a random one."
        )
    return given
