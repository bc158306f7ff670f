"""A task that joins later: the newcomer pays, and what is left off is forgotten. Against "a trained trunk is a head start"."""

import pandas as pd

from dashboard.figures.frame import signed
from dashboard.lessons.lesson import Answer, Claim, Evidence, Lesson, Marks
from dashboard.words import N_, _
from mtl_core.spec import Study
from mtl_core.spec.paths import JOINING, SEQUENTIAL

STUDY = Study(methods=("equal", {"name": "path", "way": JOINING}, {"name": "path", "way": SEQUENTIAL}), weights=0, steps=600)

FIRST, LATER = STUDY.tasks

TOGETHER, JOINED, LEFT_OFF = (STUDY.label(method) for method in STUDY.methods)

ROWS = ((JOINED, FIRST), (JOINED, LATER), (LEFT_OFF, FIRST), (LEFT_OFF, LATER))
"""Which way and which digit each mark is of."""


def predict() -> Marks:
    """A mark a way and digit on the scale of accuracy."""
    rows = (
        _("both in the second half: left"),
        _("both in the second half: right"),
        _("right alone in the second half: left"),
        _("right alone in the second half: right"),
    )
    return Marks(rows, _("accuracy at the end"), 0, 1, 0.02, signed=False)


def scores(evidence: Evidence) -> dict[tuple[str, str, int], pd.Series]:
    """The rows of the score matrix by label, task and part: before training, at half-time and at the end."""
    rows = (row for _place, row in evidence.result.score_matrix.iterrows())
    return {(str(row["label"]), str(row["task"]), int(row["phase"])): row for row in rows}


def answer(evidence: Evidence) -> Answer:
    """What each digit reaches at the end, and what it had at half-time."""
    table = scores(evidence)
    ends = [table[label, task, 2] for label, task in ROWS]
    half = table[JOINED, FIRST, 1]
    kept, lost = (float(table[label, FIRST, 2]["value"] - half["value"]) for label in (JOINED, LEFT_OFF))
    fresh, late = table[TOGETHER, LATER, 1], table[JOINED, LATER, 2]
    told = (
        _(
            "At half-time the left digit, learned alone, is at **{half:.2f}**. Learned on with right it changes by {kept}; "
            "left off, by **{lost}**."
        ).format(half=half["value"], kept=signed(kept, 2), lost=signed(lost, 2)),
        _(
            "The right digit, joining then, ends at **{late:.2f}**. After as many steps of both from the very beginning it was "
            "at **{fresh:.2f}**."
        ).format(late=late["value"], fresh=fresh["value"]),
    )
    forgetting = evidence.result.forgetting.set_index(["label", "task"])
    return Answer(
        tuple(float(row["value"]) for row in ends),
        tuple(float(row["low"]) for row in ends),
        tuple(float(row["high"]) for row in ends),
        told,
        (
            Claim(
                _("What is left off is forgotten, beyond chance."), bool(forgetting.loc[(LEFT_OFF, FIRST), "forgotten_low"] > 0)
            ),
            Claim(_("What is learned on loses less than a quarter of that."), kept > lost / 4),
            Claim(
                _("The newcomer reads worse than after as many steps of both from the beginning, beyond chance."),
                bool(late["high"] < fresh["low"]),
            ),
        ),
    )


LESSON = Lesson(
    name="joining-later",
    title=N_("A task that joins later"),
    idea=N_("forgetting, head starts"),
    story=N_(
        "For the first half of the training a network learns the **left** digit alone. Then somebody wants the **right** one "
        "too: it gets a new head on the trunk that is there. In the second half either both are learned, or the right one "
        "alone."
    ),
    question=N_("Who pays: how well is each digit read at the end, either way?"),
    studies=(STUDY,),
    predict=predict,
    answer=answer,
    lesson=N_(
        "What is no longer practised is forgotten; what is practised on is kept, and then it is the **newcomer** who pays: a "
        "trunk that has learned to look at one thing is no head start for another, and can be worse than none."
    ),
    free=N_("Does the newcomer catch up in time? And what if the tasks take turns from the beginning? Train longer."),
    settings={"steps": 2000},
    page=("transfer", {}),
    terms=("forgetting", "backward-transfer", "forward-transfer"),
)
