"""How much a visitor, and all visitors together, may ask of the server. The one who started it may ask for more."""

from typing import TYPE_CHECKING

from dashboard.reading.visitors import Visitor
from dashboard.words import _
from mtl_core.errors import NotAllowedError

if TYPE_CHECKING:
    from mtl_core.store import Store

STUDIES_EACH, STUDIES_IN_ALL, FIRSTS_IN_ALL = 3, 60, 120
"""Studies that may wait, train and be paused at the same time: a visitor's, and all; and all where a visitor has none among
them, so that what others asked for second keeps nobody from a first question."""

TABLES_EACH, TABLE_BYTES_EACH, TABLE_BYTES_IN_ALL = 3, 100 * 2**20, 500 * 2**20
"""Uploaded tables that a visitor may keep, their bytes, and the bytes of all tables."""

STORE_BYTES = 5 * 2**30
"""Bytes of the store beyond which visitors start nothing new."""

FREE_BYTES = 200 * 2**20
"""Bytes of the disk that visitors leave free."""


def in_words() -> str:
    """The limits in one line, for the one who starts the server."""
    return (
        f"each at most {STUDIES_EACH} at a time ({STUDIES_IN_ALL} in all), upload {TABLES_EACH} tables of together "
        f"{_mb(TABLE_BYTES_EACH)} MB ({_mb(TABLE_BYTES_IN_ALL)} MB in all),"
    )


def check_studies(store: "Store", visitor: Visitor) -> None:
    """Raises NotAllowedError where the visitor may start nothing more now."""
    visitor.require_known()
    if visitor.is_host:
        return
    mine = store.going(visitor.owner)
    if mine >= STUDIES_EACH:
        words = _(
            "A visitor may have {most} studies that wait, train or are paused, and you have as many. Press Train again once "
            "one is done, or stop one: Studies lists them."
        )
        raise NotAllowedError(words.format(most=STUDIES_EACH))
    most = STUDIES_IN_ALL if mine else FIRSTS_IN_ALL
    if store.going() >= most:
        words = _(
            "At most {most} studies may wait, train or be paused here, and there are as many. Press Train again once some are "
            "done: Studies lists them."
        )
        raise NotAllowedError(words.format(most=most))
    taken, free = store.room()
    if taken > STORE_BYTES or free < FREE_BYTES:
        words = _(
            "Visitors may start studies while the store takes at most {most} MB and {least} MB of the disk are free; it takes "
            "{taken} MB and {free} MB are free. Delete studies of yours, or ask whoever runs the server to make room."
        )
        raise NotAllowedError(words.format(most=_mb(STORE_BYTES), least=_mb(FREE_BYTES), taken=_mb(taken), free=_mb(free)))


def check_upload(store: "Store", visitor: Visitor, name: str, size: int) -> None:
    """Raises NotAllowedError where the visitor may not keep this table as well."""
    visitor.require_known()
    kept = {} if visitor.is_host else store.uploaded(visitor.owner)
    if visitor.is_host or name in kept:
        return
    if len(kept) >= TABLES_EACH or sum(kept.values()) + size > TABLE_BYTES_EACH:
        words = _(
            "A visitor may keep {most} tables of together {mb} MB, and you have {count} of {have} MB. Use one of them, or come "
            "back tomorrow: tables that no study needs are removed after a day."
        )
        have = _mb(sum(kept.values()))
        raise NotAllowedError(words.format(most=TABLES_EACH, mb=_mb(TABLE_BYTES_EACH), count=len(kept), have=have))
    if store.uploaded_bytes() + size > TABLE_BYTES_IN_ALL or store.room()[1] < FREE_BYTES + size:
        words = _(
            "All tables here may take {mb} MB and must leave {free} MB of the disk free, and this one does not fit. Ask "
            "whoever runs the server to make room."
        )
        raise NotAllowedError(words.format(mb=_mb(TABLE_BYTES_IN_ALL), free=_mb(FREE_BYTES)))


def _mb(size: int) -> str:
    return f"{size / 2**20:,.0f}"
