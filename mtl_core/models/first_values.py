"""How parameters start: the one rule on which exact limits and paired seeds rest.

Copies of a stage that belong to *tasks* start from the values of the seed's plain trunk: mixing channel c of one task with
channel c of another means something only where channels are aligned, and a strategy that shares nothing begins as its
baselines do. Copies that are *experts* start from draws of their own, or they would stay alike; the first is the plain trunk,
so that one expert alone is hard sharing. Whatever else there is (gates, units, masks) draws from a room of its own, so that
nothing shifts what another part draws.
"""

from typing import Literal
from zlib import crc32

import torch
from torch import Tensor

from mtl_core.layers.stage import Stage
from mtl_core.random import Streams

Start = Literal["plain", "experts", "other"] | tuple[int, ...]
"""``plain``: all copies as the seed's plain trunk; ``experts``: from draws of their own but the first; ``other``: no stage. Or
the draw of each copy, where copies with one number start alike and 0 is the plain trunk."""

_TRUNK, _HEADS, _EXPERTS, _OTHERS = range(4)


def first_values(stage: Stage, streams: Streams, start: Start, copies: int | None, name: str) -> dict[str, Tensor]:
    """``(R, *shape)`` of one module or ``(R, copies, *shape)`` of several, by the stage's own parameter names.

    Args:
        stage: what is copied.
        streams: the runs' own for first values.
        start: how copies begin.
        copies: how many; None for one module without an axis of copies.
        name: of a part that is no stage of the backbone: its room.
    """
    if start == "other":
        return _copies([stage.initialise(_room(streams, _OTHERS, f"{name}.{k}")) for k in range(copies or 1)], copies)
    count = copies or 1
    draws = (0,) * count if start == "plain" else tuple(range(count)) if start == "experts" else start
    drawn = {k: stage.initialise(_room(streams, _EXPERTS, stage.name).at(k)) for k in {*draws} - {0}}
    drawn[0] = stage.initialise(_room(streams, _TRUNK, stage.name))
    return _copies([drawn[k] for k in draws], copies)


def head_values(head: Stage, streams: Streams) -> dict[str, Tensor]:
    """``(R, *shape)`` of a head, which starts alike whatever tasks are beside it."""
    return head.initialise(_room(streams, _HEADS, head.name))


def _room(streams: Streams, room: int, name: str) -> Streams:
    return streams.at(room).at(crc32(name.encode()))


def _copies(values: list[dict[str, Tensor]], copies: int | None) -> dict[str, Tensor]:
    if copies is None:
        return values[0]
    return {name: torch.stack([value[name] for value in values], dim=1) for name in values[0]}
