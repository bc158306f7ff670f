"""What a person sees of an example."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

SHOWN = 8
"""The most values of a vector that a person is shown."""


@dataclass(frozen=True)
class Field:
    """One thing that the numbers of an example say, as a person reads it.

    Args:
        name: what it is called.
        place: the first of its places among the inputs.
        labels: of a category, one for each of its places; empty for a number.
        centre, scale: of a number or a channel, what it was standardised by.
        missing: the place that says that there is no value; None where none does.
        log: whether the input is the logarithm of the number.
    """

    name: str
    place: int
    labels: tuple[str, ...] = ()
    centre: float = 0.0
    scale: float = 1.0
    missing: int | None = None
    log: bool = False

    @property
    def places(self) -> tuple[int, ...]:
        """All its places among the inputs."""
        own = range(self.place, self.place + max(1, len(self.labels)))
        return (*own,) if self.missing is None else (*own, self.missing)

    def read(self, example: npt.NDArray[Any]) -> str:
        """Its value in an example ``(D,)``, in words."""
        if self.missing is not None and example[self.missing] > 0.5:
            return "–"
        if self.labels:
            chosen = np.flatnonzero(example[self.place : self.place + len(self.labels)] > 0.5)
            return self.labels[chosen[0]] if len(chosen) else "…"
        value = self.centre + self.scale * float(example[self.place])
        return in_words(math.exp(value), self.scale * math.exp(value)) if self.log else in_words(value, self.scale)


@dataclass(frozen=True)
class View:
    """What a person sees of an example.

    Args:
        picture: ``(channels, height, width)`` whole numbers from 0, dark, to 255; empty where there is no picture.
        row: names and values in words; empty beside a picture that says it all.
    """

    picture: tuple[tuple[tuple[int, ...], ...], ...] = ()
    row: tuple[tuple[str, str], ...] = ()


def in_words(value: float, spread: float = 1.0) -> str:
    """A number with as many decimals as matter where values differ by about ``spread``.

    >>> in_words(24.3333, 4.0), in_words(2021.0001, 2.0), in_words(0.01234, 0.02), in_words(-0.2)
    ('24.3', '2021', '0.012', '−0.2')
    """
    decimals = 2 - math.ceil(math.log10(spread)) if spread > 0 else 2
    if abs(value) >= 1e7 or decimals > 6:
        words = f"{value:.3g}"
    else:
        words = f"{value:.{max(0, decimals)}f}"
        words = words.rstrip("0").rstrip(".") if "." in words else words
    return "0" if words == "-0" else words.replace("-", "−")
