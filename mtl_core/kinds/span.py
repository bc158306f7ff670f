"""Spans: the words of a text that answer a question, or none of them."""

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.kinds.kind import Kind, Sums
from mtl_core.kinds.sums import total
from mtl_core.layers.attention import NOWHERE, Pointer
from mtl_core.layers.stage import Stage
from mtl_core.suites.suite import Task

FACTS = 3
"""What a target begins with: the places of the answer's first and last word, and of the text's first."""

LONGEST = 12
"""Words that an answer has at most."""


class Span(Kind):
    """The mean of two cross-entropies in nats, of the answer's first and last word among all positions, on scores
    ``(R, B, S, 2)``. Position 0 stands for no answer.

    Targets are ``(R, B, 3 + S)`` whole numbers: the first word's place, the last word's, that of the first word which may
    answer (the question stands before it), and for every position the number of its word, 0 for what does not count: padding,
    punctuation, articles. An answer is the span of at most twelve words, all in the text, with the largest ``start_i + end_j``;
    none where ``start_0 + end_0`` is at least as large.

    Token F1 of an example is ``2 c / (p + g)`` with ``c`` words common to both as multisets; exact match is whether both are
    the same words in the same order; where either is empty, both are 1 if both are, else 0. The mean over examples, and over
    those that have an answer.

    Source: Rajpurkar et al. 2016 and 2018. Deviation: the published rule compares texts after taking out punctuation signs and
    joins what stood on both sides of one; here words are compared that were parted there.
    """

    adds = True

    def head(self, task: Task, features: int) -> Stage:
        """Two scores a position."""
        return Stage(task.name, (Pointer(features, 2),))

    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        """Mean of ``-log softmax(start)[first]`` and ``-log softmax(end)[last]``."""
        # (R, B, S, 2) -> classes second, as cross-entropy has them
        each = F.cross_entropy(output.flatten(0, 1), target[:, :, :2].flatten(0, 1), reduction="none")
        return each.mean(1).view(target.shape[:2])

    def answer(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """No single one."""
        return torch.full_like(output[:, :, 0, 0], torch.nan), torch.full_like(output[:, :, 0, 0], torch.nan)

    def constant(self, task: Task, target: Tensor) -> Tensor:  # noqa: ARG002 - a span has no classes
        """No answer, ever."""
        scores = torch.full((target.shape[1] - FACTS, 2), NOWHERE, device=target.device)
        scores[0] = 0
        return scores

    def init(self, task: Task, like: Tensor) -> Sums:  # noqa: ARG002 - a span has no classes
        """``(R,)`` sums over examples, and over those with an answer."""
        return dict.fromkeys(("f1", "match", "count", "found_f1", "found_match", "found"), torch.zeros_like(like))

    def add(self, sums: Sums, output: Tensor, target: Tensor, observed: Tensor | None) -> Sums:
        """Compare the batch's answers."""
        facts, words = target[:, :, :FACTS], target[:, :, FACTS:]
        first, last, text = facts.unbind(2)
        given = _chosen(*decoded(output, text), words)
        wanted = _chosen(first, last, words)
        f1, match = _overlap(given, wanted, words), _same(given, wanted, words)
        there, like = (last > 0).to(f1), sums["f1"]
        one = torch.ones_like(f1)
        found = {"f1": f1, "match": match, "count": one, "found_f1": f1 * there, "found_match": match * there, "found": there}
        return {name: sums[name] + total(each, observed, like) for name, each in found.items()}

    def result(self, sums: Sums) -> Tensor:
        """Token F1 and exact match over all, and where there is an answer; NaN where nothing is."""
        everywhere = [sums[name] / sums["count"] for name in ("f1", "match")]
        return torch.stack((*everywhere, *(sums[name] / sums["found"] for name in ("found_f1", "found_match"))), dim=1)


def decoded(scores: Tensor, text: Tensor) -> tuple[Tensor, Tensor]:
    """The answers' first and last places, ``(R, B)`` each; 0 and 0 for none.

    Args:
        scores: ``(R, B, S, 2)``.
        text: ``(R, B)`` the place of the first word that may answer.
    """
    start, end = scores.unbind(3)
    place = torch.arange(start.shape[2], device=start.device)
    start = torch.where(place >= text.unsqueeze(2), start, NOWHERE)
    # For every length the score of the span that begins at each place: (R, B, 12, S).
    spans = torch.stack(
        [start + F.pad(end[:, :, more:], (0, more), value=NOWHERE) for more in range(min(LONGEST, start.shape[2]))], dim=2
    )
    best, where = spans.flatten(2).max(2)
    more, first = where // start.shape[2], where % start.shape[2]
    none = scores[:, :, 0].sum(2) >= best
    return torch.where(none, 0, first), torch.where(none, 0, first + more)


def _chosen(first: Tensor, last: Tensor, words: Tensor) -> Tensor:
    """``(R, B, S)`` bool: the words of an answer that count; nothing of one that is none."""
    place = torch.arange(words.shape[2], device=words.device)
    inside = (place >= first.unsqueeze(2)) & (place <= last.unsqueeze(2))
    return inside & (words != 0) & (last > 0).unsqueeze(2)


def _overlap(given: Tensor, wanted: Tensor, words: Tensor) -> Tensor:
    """``(R, B)`` token F1."""
    alike = (words.unsqueeze(3) == words.unsqueeze(2)).float()  # (R, B, S, S)
    # How often each place's word is in the one and in the other; a word said k times is common min(k, k') times, in k parts.
    own, other = ((alike @ each.float().unsqueeze(3)).squeeze(3) for each in (given, wanted))
    common = torch.where(given, torch.minimum(own, other) / own.clamp(min=1), 0).sum(2)
    sizes = given.sum(2) + wanted.sum(2)
    return torch.where(sizes > 0, 2 * common / sizes.clamp(min=1), 1.0)


def _same(given: Tensor, wanted: Tensor, words: Tensor) -> Tensor:
    """``(R, B)`` 1 where both answers are the same words in the same order."""
    length = words.shape[2]

    def in_front(chosen: Tensor) -> Tensor:
        """The chosen words first, in their order, then zeros."""
        order = (torch.where(chosen, 0, length) + torch.arange(length, device=chosen.device)).argsort(2)
        return torch.where(chosen, words, 0).gather(2, order)

    return (in_front(given) == in_front(wanted)).all(2).float()
