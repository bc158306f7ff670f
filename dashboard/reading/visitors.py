"""Who looks: the one who started the server, who may do everything, or a visitor, who may change what that visitor started."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.words import _
from mtl_core.errors import NotAllowedError
from mtl_core.store import turns

if TYPE_CHECKING:
    from mtl_core.store import StudyInfo

VISITOR_COOKIE = "seesaw_visitor"
"""A browser's secret. The store knows its hash alone."""

HOST_COOKIE = "seesaw_host"
"""The mark of the browser of the one who started the server."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who looks at the pages.

    Args:
        owner: the hash of the browser's secret, as the store keeps it with what the visitor starts; empty for the host.
        is_host: whether this is the one who started the server.
    """

    owner: str
    is_host: bool = False

    def may_change(self, info: "StudyInfo") -> bool:
        """Whether the visitor may stop, alter, rename or delete the study."""
        return self.is_host or bool(self.owner and self.owner == info.owner)

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


def tell_apart(host_mark: str | None) -> None:
    """From now on only browsers with this mark are the host's; with None everybody is the host, as on one's own machine."""
    global _host_mark
    _host_mark = host_mark


def recognise(cookies: Mapping[str, str]) -> Visitor:
    """Whose browser sent these cookies."""
    if _host_mark is None or hmac.compare_digest(cookies.get(HOST_COOKIE, "").encode(), _host_mark.encode()):
        return HOST
    secret = cookies.get(VISITOR_COOKIE, "")
    return Visitor(hashlib.sha256(secret.encode()).hexdigest() if secret else "")


def not_yours() -> str:
    """Why a study cannot be changed, in words."""
    return _("Somebody else started this study. It can be looked at; only they, or whoever runs the server, can change it.")
