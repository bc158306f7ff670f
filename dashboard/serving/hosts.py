"""Which address the server listens at, who can reach it there, and by which names it may be asked."""

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from mtl_core.errors import SpecError, shown

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def check_address(host: str) -> str:
    """The address to listen at, as it was given.

    Raises:
        SpecError: it is empty, no address or name, or none of this machine's.
    """
    try:
        # An empty name would mean every address of this machine to some, and the loopback to others.
        if not host or host != host.strip():
            raise OSError("nothing is named" if not host.strip() else "spaces are around it")
        for family, _kind, _protocol, _name, place in socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM):
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.bind(place)
    except (OSError, UnicodeError) as problem:
        raise SpecError(
            f"the address to listen at must be one of this machine's, found {shown(host)} ({problem}); use 127.0.0.1 for this "
            "machine alone, 0.0.0.0 to let others in, or one of its addresses."
        ) from problem
    return host


def is_loopback(host: str) -> bool:
    """Whether only this machine itself reaches what listens there."""
    return all(_is_loopback(str(place[0])) for *_, place in socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM))


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


class Names:
    """The names that a request may ask this server by; others are those of pages that would speak through a visitor's browser.

    Such a page changes what its name resolves to ("DNS rebinding") and so needs a name: where every address of the machine is
    listened at, any bare address is fine.

    Args:
        host: the address listened at.
        more: names that were allowed by hand.
    """

    def __init__(self, host: str, more: Iterable[str] = ()) -> None:
        own = () if is_loopback(host) else (socket.gethostname(), f"{socket.gethostname().partition('.')[0]}.local")
        self._names = frozenset(_plain(name) for name in (*LOOPBACK, host, *own, *more))
        self._any_address = host in ("0.0.0.0", "::")  # noqa: S104 - compared, not bound

    def knows(self, header: str | None) -> bool:
        """Whether a request with this ``Host`` header is meant for this server."""
        try:
            parts = urlsplit(f"//{header or ''}")
            name, _port = _plain(parts.hostname or ""), parts.port
        except ValueError:
            return False
        if not name or "@" in parts.netloc or parts.path or parts.query or parts.fragment:
            return False
        return name in self._names or (self._any_address and _is_address(name))


def _plain(name: str) -> str:
    return name.strip().strip("[]").lower().rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def own_address() -> str:
    """The address by which others on the network most likely reach this machine; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address set aside for documentation: it only chooses the way out
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()
