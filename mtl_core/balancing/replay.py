"""One run's gradients under every method that looks at nothing else: what would each have made of them?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from mtl_core.balancing.build import make
from mtl_core.balancing.method import Signals
from mtl_core.random import Purpose, Streams
from mtl_core.spec.choice import Choice
from mtl_core.spec.methods import METHODS

EQUAL = "equal"
"""Equal weights: the mean of the gradients, beside which the others are read."""


@dataclass(frozen=True)
class Replay:
    """The weights of M methods at K steps.

    Args:
        labels: M of them; equal weights first.
        weights: ``(M, K, T)``.
        left_out: methods that look at Gramians too, but also at what they remember of earlier steps or at the losses: of one
            step alone nobody knows what they would do.
    """

    labels: tuple[str, ...]
    weights: npt.NDArray[np.float64]
    left_out: tuple[str, ...]


def replay(gramians: npt.NDArray[np.floating], steps: Sequence[int], seed: int, chosen: Iterable[Choice] = ()) -> Replay:
    """Every Gramian method, each step by itself, as many as there are at once.

    Args:
        gramians: ``(K, T, T)`` finite inner products of the task gradients on the trunk.
        steps: K step numbers, from 0: a method that draws lots draws those of the run.
        seed: the run's.
        chosen: methods with options of their own, besides each one as it is by default.
    """
    gramian = torch.tensor(gramians, dtype=torch.float64)
    count, tasks = gramian.shape[:2]
    stream = Streams.of([seed]).at(Purpose.BALANCE)
    signals = Signals(
        losses=torch.ones(count, tasks, dtype=torch.float64),
        observed=gramian.diagonal(dim1=1, dim2=2) > 0,
        step=0,
        epoch_steps=1,
        streams=Streams(lambda: torch.cat([stream.at(step).keys for step in steps])),
        gramian=gramian,
    )
    found = {EQUAL: torch.full((count, tasks), 1 / tasks, dtype=torch.float64)}
    left_out = []
    for choice in dict.fromkeys((*_usual(), *chosen)):
        entry = METHODS[choice.name]
        if entry.signals != "gramian":
            continue
        method, label = make(entry, choice.options), entry.label(choice.options)
        if method.init(signals.losses) or "loss" in str(choice.options.get("normalisation")):
            left_out.append(label)
            continue
        found[label] = method(signals, {})[0].weights
    return Replay(tuple(found), torch.stack([*found.values()]).numpy(), tuple(left_out))


def _usual() -> list[Choice]:
    return [Choice(name, tuple(entry.check({}).items())) for name, entry in METHODS.items() if entry.selectable]
