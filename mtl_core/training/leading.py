"""Runs that a person leads for a few steps: they follow given weights in place of their methods'."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mtl_core.balancing.runner import Balanced


@dataclass(frozen=True)
class Led:
    """Some runs of a cohort, and the weights that they follow for a while.

    Args:
        places: of the runs in the cohort.
        weights: ``(T,)`` what multiplies the task gradients, on the trunk and on heads.
        start, end: the first step (from 0) and the first one after.
    """

    places: list[int]
    weights: Tensor
    start: int
    end: int


def led_at(step: int, balanced: Balanced, all_led: Sequence[Led]) -> tuple[Balanced, list[Led]]:
    """What the methods answered, with other weights for runs that are led at this step; and those."""
    led = [each for each in all_led if each.start <= step < each.end]
    if not led:
        return balanced, led
    weights, unexplained = balanced.weights.clone(), balanced.unexplained.clone()
    heads = torch.ones_like(weights) if balanced.head_scale is None else balanced.head_scale.clone()
    for each in led:
        weights[each.places] = heads[each.places] = each.weights
        unexplained[each.places] = 0
    return replace(balanced, weights=weights, head_scale=heads, unexplained=unexplained), led
