"""Recordings of single words: read from WAVE files, and as pictures of how loud each pitch is at each moment."""

import io
import wave
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mtl_core.errors import DataError, shown

RATE = 8000
"""Samples a second."""

BANDS, FRAMES = 32, 64
WINDOW, HOP = 256, 100
LOWEST, HIGHEST = 60.0, 4000.0
LOUDNESS = 0.1
FLOOR = 1e-6

_SPAN = (FRAMES - 1) * HOP + WINDOW
"""Samples that the kept frames are taken over."""

_TOGETHER = 128
"""Recordings at once: all frames of all recordings would take half a gigabyte."""

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]


def samples(content: bytes, name: str) -> Samples:
    """The samples of a WAVE file.

    Args:
        content: the file's.
        name: what it is called, for messages.

    Raises:
        DataError: it is none, is not mono with 16 bits at ``RATE``, is empty, or ends before its header says.
    """
    try:
        with wave.open(io.BytesIO(content)) as file:
            layout, length = (file.getnchannels(), 8 * file.getsampwidth(), file.getframerate()), file.getnframes()
            data = file.readframes(min(length, len(content)))  # a header may say any length
    except (wave.Error, EOFError, ValueError, RuntimeError) as error:
        raise DataError(f"{shown(name)} must be a WAVE file, found another or a damaged one; copy it anew.") from error
    if layout != (1, 16, RATE):
        found = f"{layout[0]} channels of {layout[1]} bits at {layout[2]} Hz"
        raise DataError(f"{shown(name)} must be mono with 16 bits at {RATE} Hz, found {found}; convert it.")
    if not length or len(data) != 2 * length:
        raise DataError(
            f"{shown(name)} must hold the {length} samples that its header says, at least one, found {len(data) // 2}; "
            "copy it anew."
        )
    return np.frombuffer(data, "<i2")


def log_mel(recordings: Sequence[Samples]) -> npt.NDArray[np.float32]:
    """Spectrograms in bands that are equally wide to the ear, ``(N, BANDS, FRAMES)``, the lowest band first.

    Each recording is scaled to a root mean square of ``LOUDNESS``. Its power ``|sum_n w_n x_n exp(-2 pi i k n / WINDOW)|^2`` is
    taken over windows (Hann, periodic) centred on every ``HOP``-th sample, with silence before and after; summed over
    triangles whose corners are ``BANDS + 2`` points equally far apart on the scale ``2595 log10(1 + f / 700)`` from ``LOWEST``
    to ``HIGHEST``; and ``log(x + FLOOR)`` of that. The middle ``FRAMES`` frames are kept, and silence stands before and after
    where there are fewer.
    """
    pictures = np.empty((len(recordings), BANDS, FRAMES), dtype=np.float32)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    bands = triangles().T
    for start in range(0, len(recordings), _TOGETHER):
        part = recordings[start : start + _TOGETHER]
        sound, there = np.zeros((len(part), _SPAN)), np.zeros((len(part), FRAMES), dtype=np.bool_)
        for row, recording in enumerate(part):
            x = recording / 32768
            power = float(np.mean(x * x))
            frames, left, first = _placed(recording)
            kept = x[max(0, -first) : _SPAN - first]
            sound[row, max(0, first) : max(0, first) + len(kept)] = kept * (LOUDNESS / np.sqrt(power) if power > 0 else 0)
            there[row, max(0, left) : left + frames] = True
        windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW, axis=1)[:, ::HOP]  # (n, FRAMES, WINDOW)
        spectra = np.fft.rfft(windows * window, axis=2)
        loud = (spectra.real**2 + spectra.imag**2) @ bands  # (n, FRAMES, BANDS)
        pictures[start : start + len(part)] = np.log(loud * there[:, :, None] + FLOOR).transpose(0, 2, 1)
    return pictures


def heard(recording: Samples) -> Samples:
    """The part of a recording that ``log_mel`` keeps: all of a short one, the middle of a long one."""
    _, _, first = _placed(recording)
    return recording[max(0, -first) : _SPAN - first]


def wave_file(recording: Samples) -> bytes:
    """The content of a WAVE file of it, as ``samples`` reads it."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(recording.astype("<i2").tobytes())
    return content.getvalue()


def _placed(recording: Samples) -> tuple[int, int, int]:
    """How many frames a recording has; which of those that are kept is its first, and which sample of what they are taken over:
    both below 0 if it is long."""
    frames = 1 + len(recording) // HOP
    left = (FRAMES - frames) // 2 if frames <= FRAMES else -((frames - FRAMES) // 2)
    return frames, left, WINDOW // 2 + HOP * left


def triangles() -> Floats:
    """How much each band takes of each frequency, ``(BANDS, WINDOW / 2 + 1)``: 1 at its middle, 0 from the middles of its
    neighbours on."""
    low, high = (2595 * np.log10(1 + frequency / 700) for frequency in (LOWEST, HIGHEST))
    corners = 700 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595) - 1)
    frequencies = np.arange(WINDOW // 2 + 1) * RATE / WINDOW
    left, middle, right = (corners[k : k + BANDS, None] for k in range(3))
    return np.maximum(0, np.minimum((frequencies - left) / (middle - left), (right - frequencies) / (right - middle)))
