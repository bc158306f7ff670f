"""A recording."""

import base64
import binascii
from typing import Any

import numpy as np

from mtl_core.errors import DataError, shown
from mtl_core.suites.intake.intake import Given, Intake, Taken
from mtl_core.suites.speech import (
    BANDS,
    FLOOR,
    FRAMES,
    HIGHEST,
    HOP,
    LOUDNESS,
    LOWEST,
    RATE,
    WINDOW,
    Samples,
    heard,
    log_mel,
    samples,
    wave_file,
)
from mtl_core.suites.suite import Suite

MOST = 1_000_000
"""Bytes of a recording."""


class SoundIntake(Intake):
    """Takes ``sound``: a WAVE file, mono with 16 bits at 8,000 Hz, in base64. Of one that is longer than what is looked at the
    loudest part is taken.

    Args:
        suite: of spectrograms, as ``mtl_core.suites.speech`` makes them.
        centre, scale: what they were standardised by.
    """

    kind = "sound"

    def __init__(self, suite: Suite, centre: float, scale: float) -> None:
        super().__init__(suite)
        self.centre, self.scale = centre, scale

    def read(self, given: Given) -> Taken:
        """See ``Intake.read``."""
        sound = given.get("sound")
        if not isinstance(sound, str) or len(sound) > 4 * MOST // 3 + 4:
            raise DataError(f"a recording must be a WAVE file of at most {MOST / 1e6:.0f} MB, found {shown(sound)}; give one.")
        try:
            content = base64.b64decode(sound, validate=True)
        except (binascii.Error, ValueError):
            raise DataError(f"a recording must be a WAVE file in base64, found {shown(sound)}; encode it so.") from None
        recording = _loudest(samples(content, "the recording"))
        picture = log_mel([recording])[0]
        return self.one(((picture - self.centre) / self.scale)[None], sound=wave_file(heard(recording)))

    def tell(self) -> dict[str, Any]:
        """And how a spectrogram is made (``rate``, ``window``, ``hop``, ``bands``, ``frames``, ``lowest``, ``highest``,
        ``loudness``, ``floor``; see ``mtl_core.suites.speech.log_mel``), and the ``centre`` and ``scale`` that it is
        standardised by."""
        how: dict[str, float] = {"rate": RATE, "window": WINDOW, "hop": HOP, "bands": BANDS, "frames": FRAMES}
        how |= {"lowest": LOWEST, "highest": HIGHEST, "loudness": LOUDNESS, "floor": FLOOR}
        return super().tell() | how | {"centre": self.centre, "scale": self.scale}


def _loudest(recording: Samples) -> Samples:
    """The part of a long recording that has most of its power."""
    length = FRAMES * HOP
    if len(recording) <= length:
        return recording
    power = np.concatenate(([0.0], np.cumsum(recording.astype(np.float64) ** 2)))
    start = int(np.argmax(power[length:] - power[:-length]))
    return recording[start : start + length]
