"""Where a study stands, in words and as a number, and whether its page must be drawn anew. No Streamlit."""

import hashlib

from dashboard.reading import jobs
from dashboard.reading.cost import duration
from dashboard.reading.studies import Reading
from dashboard.reading.waiting import wait_words
from dashboard.words import _
from mtl_core.store import StudyInfo

SURE = 1.0
"""Seconds of training after which the time left is worth telling."""


def progress_words(info: StudyInfo) -> str:
    """How far the study is, and how long it still needs."""
    if info.state == "queued" and (waiting := wait_words(info.id)):
        return waiting
    if not info.total:
        return _("Getting ready to train…")
    step = _("Step {step:,} of {total:,}").format(step=info.step, total=info.total)
    if info.state == "paused":
        return f"{step} · " + _("paused; Resume on Play goes on from here")
    if info.seconds < SURE:
        # The first steps are slower than the others.
        return step
    left = info.seconds / info.step * (info.total - info.step)
    return f"{step} · " + _("about {time} left").format(time=duration(left))


def looks(reading: Reading) -> str:
    """What a page says of a study besides progress and pictures, as one word: where it changes, the page is drawn anew."""
    info, result = reading.info, reading.result
    lost = 0 if result is None else int(result.runs["diverged_step"].notna().sum())
    # The seconds without a sign of life are in the words: they move on every few of them.
    trouble = None if jobs.trouble(info) is None else int((info.silence or 0) // 5)
    changes = () if result is None else tuple(record.step for record in result.records if record.kind == "change")
    at = info.step if info.state == "paused" else None  # the next update is another one
    told = (info.state, at, info.generation, info.reason, info.altered, trouble, result is not None, lost, changes)
    return hashlib.blake2b(repr(told).encode(), digest_size=8).hexdigest()
