"""What can be read off features by a linear probe: ridge regression in closed form."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.kinds.meter import Meter
from mtl_core.spec.kinds import KINDS
from mtl_core.suites.suite import Task

PENALTIES = tuple(10.0**power for power in range(-5, 3))
"""Penalties that are tried, as multiples of the number of examples."""

MEASURES = {"classification": "accuracy", "regression": "r2", "multilabel": "micro_f1"}
"""The kinds of task that are probed, and by what, the first of each kind's measures: 1 is all right."""

_FEWEST = 10
"""Labels that a probe needs at least."""


@dataclass(frozen=True)
class Probe:
    """What a probe reads.

    Args:
        score: of the examples that were held back, in the kind's measure.
        chance: the same of the best answer that looks at nothing.
    """

    score: float
    chance: float


class Ridge:
    """``argmin |y - Xw - b|² + α |w|²`` for any y, of several α that with the least squared error when each example in turn is
    left out.

    ``X = V √S Wᵀ``, centred: ``w = W diag(√s / (s + α)) Vᵀ y``. Leaving example i out changes its error to
    ``e_i / (1 - h_ii)`` with ``h = V diag(s / (s + α)) Vᵀ + 1/n``, exactly: no probe is fitted twice.

    Args:
        features: ``(n, d)``, taken apart once: ``n d min(n, d)``.

    Source: Allen 1974 (Technometrics) for the errors of examples left out.
    """

    def __init__(self, features: Tensor) -> None:
        self._mean = features.mean(0)
        x = features - self._mean
        rows, width = x.shape
        size, along = torch.linalg.eigh(x.mT @ x if width < rows else x @ x.mT)
        # What is zero but for rounding is no direction at all.
        kept = size > size[-1] * len(size) * torch.finfo(size.dtype).eps
        self._size, along = size[kept], along[:, kept]
        root = self._size.rsqrt()
        self._left, self._right = ((x @ along) * root, along) if width < rows else (along, (x.mT @ along) * root)

    def fit(self, targets: Tensor, penalties: Sequence[float]) -> tuple[Tensor, Tensor, float]:
        """Fit ``(n, k)`` targets, all with one α.

        Returns:
            ``(d, k)`` w, ``(k,)`` b, and the α taken.
        """
        mean = targets.mean(0)
        y = targets - mean
        seen = self._left.mT @ y

        def missed(penalty: float) -> Tensor:
            kept = self._size / (self._size + penalty)
            own = self._left.square() @ kept + 1 / len(y)
            error = (y - self._left @ (kept[:, None] * seen)) / (1 - own).clamp(min=torch.finfo(y.dtype).eps)[:, None]
            squared: Tensor = error.square().mean()
            return squared

        chosen = penalties[int(torch.stack([missed(penalty) for penalty in penalties]).argmin())]
        weights = self._right @ ((self._size.sqrt() / (self._size + chosen))[:, None] * seen)
        return weights, mean - self._mean @ weights, chosen


def probed(task: Task) -> bool:
    """Whether there is a probe for such tasks: not for those that answer for words or pixels."""
    return task.kind in MEASURES


class Reader:
    """Features of examples, and of others that are held back, that probes read; standardised on the first.

    Args:
        train, held: ``(n, d)``.
    """

    def __init__(self, train: Tensor, held: Tensor) -> None:
        centre, spread = train.double().mean(0), train.double().std(0, correction=0)
        # What is constant says nothing.
        spread = torch.where(spread > 1e-6 * spread.amax().clamp(min=1e-30), spread, torch.inf)
        self._train, self._held = ((features.double() - centre) / spread for features in (train, held))
        self._whole = Ridge(self._train)

    def probe(self, task: Task, train: tuple[Tensor, Tensor | None], held: tuple[Tensor, Tensor | None]) -> Probe | None:
        """How well a linear probe does a task.

        Classes are fitted as numbers, 1 for an example's own and 0 for others, and the largest is the answer (ridge
        classification); so are labels of which several may apply, and those above one half are given.

        Args:
            task: of a kind in ``MEASURES``.
            train, held: targets ``(n, ...)``, and ``(n,)`` which are known, None for all.

        Returns:
            None where there are too few labels, or nothing to tell apart.
        """
        target, known = train
        target_held, known_held = held
        x = self._held if known_held is None else self._held[known_held]
        target_held = target_held if known_held is None else target_held[known_held]
        target = target if known is None else target[known]
        if min(len(target), len(target_held)) < _FEWEST:
            return None
        ridge = self._whole if known is None else Ridge(self._train[known])
        wanted = numbers(task, target)
        w, b, _ = ridge.fit(wanted, [len(wanted) * penalty for penalty in PENALTIES])
        answers = (x @ w + b, wanted.mean(0).expand(len(x), -1))
        score, chance = (_score(task, answer, target_held) for answer in answers)
        return None if score is None or chance is None else Probe(score, chance)


def numbers(task: Task, target: Tensor) -> Tensor:
    """``(n, k)`` what is fitted to: values, or one number a class, 1 for an example's own."""
    if KINDS[task.kind].targets == "classes":
        return F.one_hot(target, task.classes).double()
    return target.double().reshape(len(target), -1)


def _score(task: Task, answers: Tensor, target: Tensor) -> float | None:
    """By the kind's own measure, of answers as its head would give them."""
    output = answers - 0.5 if task.kind == "multilabel" else answers
    meter = Meter(task, 1, output.device)
    meter.add(output.float().unsqueeze(0), target.unsqueeze(0))
    found = float(meter.result()[0, 1])  # the kind's first measure, after the loss
    return found if found == found else None  # not a number: there is nothing to tell apart
