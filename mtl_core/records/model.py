"""Trained parameters, as training hands them over to be kept."""

from dataclasses import dataclass
from typing import Literal

Moment = Literal["end", "best"]
"""When the parameters were as they are: after the last step, or at the step with the lowest validation loss."""


@dataclass(frozen=True)
class ModelPart:
    """The trained parameters of some of a study's runs, as one payload.

    Args:
        moment: ``end`` or ``best``.
        part: the wave in which these runs were trained, from 0.
        payload: safetensors with ``run`` ``(r,)`` int32, ``step`` ``(r,)`` int32 (updates done) and ``parameters`` ``(r, P)``
            float32; ``parameters`` in its header has the names and shapes along ``P``, as JSON.
    """

    moment: Moment
    part: int
    payload: bytes
