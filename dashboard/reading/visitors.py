"""Who looks: the one who started the server, who may do everything; the teacher of a class, who may change every study; or a
visitor, who may change what that visitor started."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.words import _
from mtl_core.errors import NotAllowedError
from mtl_core.store import turns
from mtl_core.store.classes import pseudonym

if TYPE_CHECKING:
    from mtl_core.store import StudyInfo

VISITOR_COOKIE = "seesaw_visitor"
"""A browser's secret. The store knows its hash alone."""

HOST_COOKIE = "seesaw_host"
"""The mark of the browser of the one who started the server."""

TEACHER_COOKIE = "seesaw_teacher"
"""The mark of a browser that gave the teacher's key."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who looks at the pages.

    Args:
        owner: the hash of the browser's secret, as the store keeps it with what the visitor starts; empty for the host.
        is_host: whether this is the one who started the server.
        is_teacher: whether this is the teacher of the server's classes.
    """

    owner: str
    is_host: bool = False
    is_teacher: bool = False

    @property
    def may_change_all(self) -> bool:
        """Whether the visitor may stop, alter, rename or delete every study."""
        return self.is_host or self.is_teacher

    def may_change(self, info: "StudyInfo") -> bool:
        """Whether the visitor may stop, alter, rename or delete the study."""
        return self.may_change_all or bool(self.owner and self.owner == info.owner)

    def require(self, info: "StudyInfo") -> None:
        """Raises NotAllowedError unless the visitor may change the study."""
        if not self.may_change(info):
            raise NotAllowedError(not_yours())

    def require_known(self) -> None:
        """Raises NotAllowedError where a visitor's browser keeps no secret, so that nothing could be that visitor's."""
        if not (self.is_host or self.owner):
            raise NotAllowedError(
                _("A browser that keeps cookies was expected, found one without; allow cookies for this address and reload.")
            )


HOST = Visitor("", is_host=True)

EVERYBODY = Visitor(turns.EVERYBODY, is_host=True)
"""Whose are studies that a whole class looks at: no visitor can alter them, and they wait for nobody's second question."""

_host_mark: str | None = None
_teacher_mark: str | None = None


def tell_apart(host_mark: str | None, teacher_mark: str | None = None) -> None:
    """From now on only browsers with these marks are the host's and the teacher's.

    Args:
        host_mark: None where everybody is the host, as on one's own machine.
        teacher_mark: None where the server has no classes.
    """
    global _host_mark, _teacher_mark
    _host_mark, _teacher_mark = host_mark, teacher_mark


def has_classes() -> bool:
    """Whether the server was started for classes."""
    return _teacher_mark is not None


def recognise(cookies: Mapping[str, str]) -> Visitor:
    """Whose browser sent these cookies."""
    is_teacher = _teacher_mark is not None and _bears(cookies, TEACHER_COOKIE, _teacher_mark)
    if _host_mark is None or _bears(cookies, HOST_COOKIE, _host_mark):
        return Visitor("", is_host=True, is_teacher=is_teacher)
    secret = cookies.get(VISITOR_COOKIE, "")
    return Visitor(hashlib.sha256(secret.encode()).hexdigest() if secret else "", is_teacher=is_teacher)


def in_class(cookies: Mapping[str, str], name: str) -> str:
    """Who the browser's owner is in a class and nowhere else; empty for a browser that keeps no secret."""
    secret = cookies.get(VISITOR_COOKIE, "")
    return pseudonym(secret, name) if secret else ""


def _bears(cookies: Mapping[str, str], name: str, mark: str) -> bool:
    return hmac.compare_digest(cookies.get(name, "").encode(), mark.encode())


def not_yours() -> str:
    """Why a study cannot be changed, in words."""
    return _("Somebody else started this study. It can be looked at; only they, or whoever runs the server, can change it.")
