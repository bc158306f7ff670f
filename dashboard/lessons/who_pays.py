"""Who pays for whom: a task with few labels gains, the tasks that help it pay. Against "transfer is symmetric"."""

import numpy as np

from dashboard.figures.frame import signed
from dashboard.lessons.lesson import Answer, Claim, Evidence, Lesson, Marks
from dashboard.lessons.told import gains
from dashboard.words import N_, _
from mtl_core.spec import Study

STUDY = Study(suite="digits_scarce", weights=0)
SCARCE = "digit"


def predict() -> Marks:
    """Loses, unclear or gains, a task."""
    stops = (_("loses"), _("no clear difference"), _("gains"))
    return Marks(STUDY.tasks, _("by learning together"), stops=stops)


def answer(evidence: Evidence) -> Answer:
    """The verdict on each task; of a single seed the sign."""
    found = gains(evidence.result, "equal")
    if int(found["n"].max()) > 1:
        values = 1 + np.where(found["low"] > 0, 1, np.where(found["high"] < 0, -1, 0))
    else:
        values = 1 + np.sign(found["difference"].to_numpy())
    words = _("**{task}**: {difference} ({low} to {high})")
    told = "; ".join(
        words.format(task=task, difference=signed(row.difference, 3), low=signed(row.low, 3), high=signed(row.high, 3))
        for task, row in found.iterrows()
    )
    others = found.drop(index=SCARCE)
    claims = (
        Claim(_("The task with few labels gains."), bool(values[list(found.index).index(SCARCE)] == 2)),
        Claim(_("Each of the three that help it is below itself alone on average."), bool((others["difference"] < 0).all())),
    )
    return Answer(tuple(map(float, values)), told=(told,), claims=claims)


LESSON = Lesson(
    name="who-pays",
    title=N_("Who pays for whom"),
    idea=N_("auxiliary tasks, scarce labels"),
    story=N_(
        "Only a few of the training pictures say which **digit** they show. All of them say whether it is even, "
        "whether it is at least five and whether it has a closed loop: easy questions with many labels, asked of the "
        "same trunk."
    ),
    question=N_("Which of the four tasks gains by learning together, and who pays?"),
    studies=(STUDY,),
    predict=predict,
    answer=answer,
    lesson=N_(
        "Transfer has a direction. A task with few labels borrows features from tasks with many; these gain nothing "
        "from it, and share their trunk for it. Look at every task, not at the mean."
    ),
    free=N_("How should the losses be weighed if the digit alone matters? Give it more weight and train."),
    terms=("auxiliary-task", "positive-transfer", "negative-transfer"),
)
