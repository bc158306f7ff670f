"""What came of each study in a few words, for lists of them: read once a process, a little at each look. No Streamlit."""

import time
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from dashboard.words import _
from mtl_core.diagnostics import Result
from mtl_core.errors import SeesawError
from mtl_core.store import StudyInfo

if TYPE_CHECKING:
    from mtl_core.store import Store

BUDGET = 0.4
"""Seconds that one look at a list may spend on reading results."""

KINDS = ("evaluation", "jackknife", "status")
"""The records that ``Δm`` is made of."""

_MOST = 5000
_kept: dict[tuple[str, str, int], tuple[str, float, str, str]] = {}
_lock = Lock()


def gists(store: "Store", infos: Sequence[StudyInfo], budget: float = BUDGET) -> tuple[dict[str, str], bool]:
    """What came of the studies, by id, and whether some are still to be read: those come at a later look.

    ``Δm`` of equal weights, or of the first method where a study has none, with its verdict; nothing of a study that is not
    at its end.
    """
    found, deadline, later = {}, time.monotonic() + budget, False
    for info in infos:
        if info.state != "finished":
            continue
        key = (str(store.url), info.id, info.generation)
        with _lock:
            known = _kept.get(key)
        if known is None and time.monotonic() > deadline:
            later = True
            continue
        if known is None:
            known = _read(store, info)
            with _lock:
                if len(_kept) >= _MOST:
                    _kept.clear()
                _kept[key] = known
        found[info.id] = _words(*known)
    return found, later


def _read(store: "Store", info: StudyInfo) -> tuple[str, float, str, str]:
    """The label, its ``Δm`` in percent, the verdict and the tasks that give no percentage; an empty label where none is."""
    try:
        layout, (records, _cursor) = store.layout(info.id), store.read(info.id, kinds=KINDS)
        if layout is None:
            return "", 0.0, "", ""
        table = Result(info.study, layout, records, info.state, info.id).summary
    except SeesawError:  # its table is gone, or a record is damaged: opening it says so
        return "", 0.0, "", ""
    labels = list(dict.fromkeys(run.label for run in layout.runs if run.role == "method"))
    rows = table[table["label"].isin(labels)]
    if rows.empty:
        return "", 0.0, "", ""
    order = sorted(rows.itertuples(), key=lambda row: (row.label != "equal", labels.index(str(row.label))))
    row: Any = order[0]
    return str(row.label), float(row.delta_m), str(row.verdict), str(row.without)


def _words(label: str, delta: float, verdict: str, without: str) -> str:
    if not label or (delta != delta and not without):
        return ""
    if delta != delta:  # NaN
        return _("no Δm: too little learned alone ({tasks})").format(tasks=without)
    return _("{label}: Δm {delta:+.1f} %, {verdict}").format(label=label, delta=delta, verdict=_(verdict))
