"""Where weights cannot go: on a front that bulges the wrong way. Against "the right weights reach any trade-off"."""

import numpy as np
from safetensors.numpy import load

from dashboard.lessons.lesson import Answer, Claim, Evidence, Lesson, Marks
from dashboard.words import N_, _
from mtl_core.spec.landscapes import FORMAT, PROBLEMS, Walk

SHARES = tuple(round(0.1 * tenths, 1) for tenths in range(1, 10))
"""The first loss's weights; the second has the rest."""

STARTS = PROBLEMS["concave"].settings[0].starts[:5]

WALK = Walk(
    "concave",
    [
        {"name": name, key: (share, round(1 - share, 1))}
        for name, key in (("fixed", "weights"), ("tchebycheff", "p"))
        for share in SHARES
    ],
    STARTS,
)

NEAR = 0.05
"""Nearer to an end of the front than this part of it, a walk has ended there."""


def predict() -> Marks:
    """A curve of the first loss at the end over the weightings."""
    rows = tuple(f"{share:.1f} / {1 - share:.1f}" for share in SHARES)
    return Marks(
        rows, _("loss 1 at the end"), 0, 1, 0.02, signed=False, upright=True, across=_("weight of loss 1 / loss 2"), near=0.1
    )


def answer(evidence: Evidence) -> Answer:
    """Where the walks from the first start end, under fixed weights and under Tchebycheff's."""
    picture = load(evidence.answers[0])
    ends = picture["losses"][:, -1, 0].reshape(2, len(SHARES), len(STARTS)).astype(np.float64)
    front = picture["front_losses"][:, 0].astype(np.float64)
    least, most = float(front.min()), float(front.max())
    part = (ends - least) / (most - least)
    apart = np.minimum(part[0], 1 - part[0])  # of fixed weights, from the nearer end
    inside = (part[1] > NEAR) & (part[1] < 1 - NEAR)
    words = _(
        "The nine weightings from {starts} starts are {walks} walks. **{count}** of them end at one of the front's two ends, "
        "where one loss is {least:.2f} and the other {most:.2f}."
    )
    ended = int((apart < NEAR).sum())
    told = words.format(starts=len(STARTS), walks=apart.size, count=ended, least=least, most=most)
    other = _(
        "**Tchebycheff** takes a weighting too, but always trains the loss that is worst off by it. Its walks (□) spread: loss "
        "1 ends at {values}."
    )
    values = ", ".join(f"{value:.2f}" for value in ends[1, :, 0])
    return Answer(
        tuple(ends[0, :, 0]),
        told=(told, other.format(values=values)),
        claims=(
            Claim(
                _("Whatever the weights and the start, a weighted sum ends at an end of this front."),
                bool(np.all(apart < NEAR)),
            ),
            Claim(
                _("Tchebycheff's weightings end between the ends, one after the other."),
                bool(np.all(inside[1:-1]) and np.all(np.diff(ends[1], axis=0) < 0)),
            ),
        ),
        beside=tuple(ends[1, :, 0]),
        beside_name=_("Tchebycheff with the same weighting"),
    )


LESSON = Lesson(
    name="where-weights-cannot-go",
    title=N_("Where weights cannot go"),
    idea=N_("concave fronts, weighted sums"),
    story=N_(
        "Here are two losses of twenty numbers, with no data and no chance. Each is zero at a point of its own; the best "
        "compromises lie on the straight line between the two points, and nothing is in the way to any of them. From one "
        "start, nine walks go downhill on the **weighted sum** of the losses: a tenth of the weight on loss 1, two tenths, and "
        "so on to nine tenths. Each walks until it has come to rest."
    ),
    question=N_("Draw the curve: how large is loss 1 where each of the nine walks ends?"),
    studies=(),
    predict=predict,
    answer=answer,
    lesson=N_(
        "The losses of the best compromises form a curve, the **front**. Where it bulges away from the origin, every weighted "
        "sum is smaller at its ends than in between: no weights lead to the middle. More weights tried are no more "
        "trade-offs found; another rule for the worst-off loss finds them."
    ),
    free=N_("Which other methods end between the ends, and at how many places? Add them to the walk."),
    page=("landscape", {"land": "concave", "by": "equal,tchebycheff,stch"}),
    asks=(("walk", {"format": FORMAT, "walk": WALK.to_dict()}),),
    another_seed=False,
    terms=("pareto-front", "loss-weights", "tchebycheff"),
)
