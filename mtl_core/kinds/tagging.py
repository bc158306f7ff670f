"""Tagging: a tag for every word of a text; words that belong together are an entity."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.kinds.kind import Kind, Sums
from mtl_core.layers.layers import Linear
from mtl_core.layers.stage import Stage
from mtl_core.suites.suite import UNLABELLED, Task


class _Entities(NamedTuple):
    """Entities of texts ``(R, B, S)``: each word's ``type``, 0 outside, where the entity that it may be in began (``first``),
    and whether one ends with it (``last``)."""

    type: Tensor
    first: Tensor
    last: Tensor


class Tagging(Kind):
    """Cross-entropy in nats on logits ``(R, B, S, C)`` against tags ``(R, B, S)``, for an example the mean over its words; a
    word of ``UNLABELLED`` counts nowhere, such as padding.

    The tags' names are ``O``, ``B-type`` and ``I-type``. An entity begins at a ``B-``, or at an ``I-`` that does not go on with
    its type, and ends before the first tag that does not: conlleval's reading, and seqeval's usual one (its strict one calls an
    ``I-`` without a ``B-`` nothing). Entity F1 is ``2 hits / (entities + those answered)`` over the split, a hit having the
    same first word, last word and type.

    Source: Tjong Kim Sang & Buchholz 2000 (conlleval).
    """

    adds = True
    facts = frozenset({"type", "begins"})

    def head(self, task: Task, features: int) -> Stage:
        """A logit a tag, at every position."""
        return Stage(task.name, (Linear(features, task.classes),))

    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        """Mean over an example's words of ``-log softmax(output)[target]``; 0 for one without any."""
        each = F.cross_entropy(output.flatten(0, 2), target.flatten(), ignore_index=UNLABELLED, reduction="none")
        words = (target != UNLABELLED).sum(2).clamp(min=1)
        return each.view(target.shape).sum(2) / words

    def answer(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """No single one."""
        return torch.full_like(output[:, :, 0, 0], torch.nan), torch.full_like(output[:, :, 0, 0], torch.nan)

    def constant(self, task: Task, target: Tensor) -> Tensor:
        """Full trust in the commonest tag, everywhere."""
        words = target[target != UNLABELLED]
        commonest = F.one_hot(words.bincount(minlength=task.classes).argmax(), task.classes).float()
        return commonest.expand(target.shape[1], -1)

    def init(self, task: Task, like: Tensor) -> Sums:
        """``(R,)`` counts, and ``(R, C)`` what tags mean: the number of their type, 0 for ``O``, and whether they are a
        ``B-``."""
        kinds = [label.partition("-")[2] for label in task.labels]
        places = {kind: place for place, kind in enumerate(dict.fromkeys(kind for kind in kinds if kind), start=1)}
        means = {
            "type": like.new_tensor([places.get(kind, 0) for kind in kinds]),
            "begins": like.new_tensor([label.startswith("B-") for label in task.labels]),
        }
        counts = dict.fromkeys(("hits", "entities", "answered", "right", "words"), torch.zeros_like(like))
        return counts | {name: values.expand(len(like), -1) for name, values in means.items()}

    def add(self, sums: Sums, output: Tensor, target: Tensor, observed: Tensor | None) -> Sums:
        """Count the batch's words and entities."""
        known = target != UNLABELLED
        if observed is not None:
            known = known & observed.unsqueeze(2)
        guess = output.argmax(3)
        types, begins = sums["type"][0].long(), sums["begins"][0].bool()
        truth, answer = (_entities(types, begins, tags.clamp(min=0), known) for tags in (target, guess))
        # At the last word of an entity all is known of it: where it began, its type, and that it ends.
        same = truth.last & answer.last & (truth.type == answer.type) & (truth.first == answer.first)
        found = {
            "hits": same,
            "entities": truth.last,
            "answered": answer.last,
            "right": (guess == target) & known,
            "words": known,
        }
        like = sums["hits"]
        return sums | {name: sums[name] + each.sum((1, 2), dtype=like.dtype) for name, each in found.items()}

    def result(self, sums: Sums) -> Tensor:
        """Entity F1, NaN where there is no entity; token accuracy."""
        f1 = 2 * sums["hits"] / (sums["entities"] + sums["answered"])
        f1 = torch.where(sums["entities"] > 0, f1, torch.nan)
        return torch.stack((f1, sums["right"] / sums["words"]), dim=1)


def _entities(types: Tensor, begins: Tensor, tags: Tensor, known: Tensor) -> _Entities:
    kind = torch.where(known, types[tags], 0)
    fresh = begins[tags] & known
    before, after = F.pad(kind[:, :, :-1], (1, 0)), F.pad(kind[:, :, 1:], (0, 1))
    starts = (kind > 0) & (fresh | (before != kind))
    last = (kind > 0) & (F.pad(fresh[:, :, 1:], (0, 1)) | (after != kind))
    place = torch.arange(tags.shape[2], device=tags.device)
    first = torch.where(starts, place, -1).cummax(2).values
    return _Entities(kind, first, last)
