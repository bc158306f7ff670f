"""Random numbers that are a pure function of (seed, purpose, step, index).

A generator object per run would need a Python loop over runs, and its state would have to travel in checkpoints. A counter
hashed by an integer mixer needs neither: all runs are drawn in one tensor program, on any device with the same numbers, and
what a run draws depends on its own seed alone.
"""

import math
from collections.abc import Callable, Sequence
from enum import IntEnum
from functools import cached_property

import torch
from torch import Tensor


class Purpose(IntEnum):
    """What a seed's random numbers are for: each purpose has streams of its own, so none changes what another draws.

    A number is never given to another purpose, for stored studies must train the same again.
    """

    INITIAL_VALUES = 1
    """First values of parameters."""

    BATCHES = 2
    """The order in which a run sees the examples of its train split."""

    BALANCE = 3
    """The draws of balancing methods in training."""

    SECOND_BATCH = 4
    """The order of the batches that methods look at besides the step's own."""

    SHARING = 8
    """The draws of sharing strategies in training: masks, preferences, structures on trial."""

    PRETRAINING = 16
    """Which words pretraining hides, and the order of its texts."""

    LANDSCAPE = 7
    """The draws of balancing methods on a landscape."""


_MASK = 0xFFFFFFFF
_GOLDEN = 0x9E3779B9


def _mix(x: Tensor) -> Tensor:
    # The 32-bit finaliser "lowbias32" (C. Wellons, hash-prospector), kept in int64 so that shifts stay logical.
    x = ((x ^ (x >> 16)) * 0x7FEB352D) & _MASK
    x = ((x ^ (x >> 15)) * 0x846CA68B) & _MASK
    return x ^ (x >> 16)


def _mix_in_place(x: Tensor) -> Tensor:
    """``_mix`` of many numbers: the same bits in int32, whose products wrap by themselves and which takes half the memory."""
    high = torch.empty_like(x)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B - (1 << 32)), (16, 1)):
        # Signed shifts drag the sign along; the mask makes them logical.
        torch.bitwise_right_shift(x, shift, out=high).bitwise_and_((1 << (32 - shift)) - 1)
        x.bitwise_xor_(high).mul_(factor)
    return x


def _signed(x: Tensor) -> Tensor:
    """Numbers below 2^32 in int64 as the int32 of the same bits."""
    return torch.where(x >= 1 << 31, x - (1 << 32), x).to(torch.int32)


class Streams:
    """One stream of random numbers a run; make them with ``Streams.of``.

    Args:
        keys: makes the ``(R,)`` int64 hashed seeds when something is drawn: most steps of most runs draw nothing.
    """

    def __init__(self, keys: Callable[[], Tensor]) -> None:
        self._make = keys

    @cached_property
    def keys(self) -> Tensor:
        """``(R,)`` int64 hashed seeds."""
        return self._make()

    @classmethod
    def of(cls, seeds: Sequence[int], device: torch.device | str = "cpu") -> "Streams":
        """The streams of these seeds, one a run; equal seeds give equal streams."""
        keys = _mix(torch.tensor(list(seeds), dtype=torch.int64, device=device) & _MASK)
        return cls(lambda: keys)

    def of_runs(self, runs: slice) -> "Streams":
        """The streams of some of the runs."""
        return Streams(lambda: self.keys[runs])

    def at(self, number: Purpose | int) -> "Streams":
        """Fresh streams for a purpose, or for a step or a place within one; independent of other numbers'."""
        return Streams(lambda: _mix((self.keys + (int(number) & _MASK) * _GOLDEN + 1) & _MASK))

    def uniform(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """``(R, *shape)`` numbers in [0, 1), 24 random bits each."""
        return self._bits(*shape).to(dtype) / (1 << 24)

    def normal(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """``(R, *shape)`` standard normal numbers (Box-Muller)."""
        u, v = self.uniform(2, *shape, dtype=dtype).unbind(1)
        return torch.sqrt(-2 * torch.log1p(-u)) * torch.cos(2 * math.pi * v)

    def permutations(self, *shape: int) -> Tensor:
        """``(R, *shape)`` int64: along the last axis, a random order of its indices."""
        drawn = self._bits(*shape)
        if drawn.device.type != "cpu":
            return drawn.argsort(dim=-1, stable=True)
        # Draw and place in one number: values alone sort in a fraction of the time that values with their places take.
        keys = drawn.to(torch.int64).bitwise_left_shift_(32).bitwise_or_(torch.arange(shape[-1])).numpy()
        keys.sort(axis=-1)
        return torch.from_numpy(keys).bitwise_and_(_MASK)

    def _bits(self, *shape: int) -> Tensor:
        """``(R, *shape)`` int32 with 24 random bits each."""
        index = torch.arange(math.prod(shape), device=self.keys.device)
        bits = _mix_in_place(_signed(_mix((index * _GOLDEN) & _MASK)) ^ _signed(self.keys)[:, None])
        return bits.bitwise_right_shift_(8).bitwise_and_(0xFFFFFF).view(len(self.keys), *shape)
