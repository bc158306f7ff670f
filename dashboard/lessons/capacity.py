"""Capacity: a wider network loses less by sharing, and still something. Against "it hurts only if the net is too small"."""

import numpy as np

from dashboard.figures.frame import signed
from dashboard.lessons.lesson import Answer, Claim, Evidence, Lesson, Marks
from dashboard.lessons.told import by_seed, gains, means
from dashboard.words import N_, _
from mtl_core.spec import Study

WIDTHS = (8, 32, 128)
STUDIES = tuple(Study(weights=0, backbone={"name": "mlp", "width": width}) for width in WIDTHS)


def predict() -> Marks:
    """A curve of the mean gain over the width."""
    rows = tuple(map(str, WIDTHS))
    return Marks(rows, _("mean gain in accuracy"), -0.3, 0.1, 0.01, upright=True, across=_("width of the hidden layers"))


def answer(evidence: Evidence) -> Answer:
    """The mean gain over both digits, seed by seed, for each width."""
    each = [by_seed(result).mean(axis=1).to_numpy() for result in evidence.results]
    values, low, high = means(np.stack(each, axis=1))
    widest = gains(evidence.results[-1], "equal")
    words = _("Width {narrow}: {loss} on average. Width {wide}: {left} ({tasks}).")
    each_task = ", ".join(f"{task} {signed(value, 3)}" for task, value in widest["difference"].items())
    told = words.format(
        narrow=WIDTHS[0], loss=signed(values[0], 3), wide=WIDTHS[-1], left=signed(values[-1], 3), tasks=each_task
    )
    return Answer(
        values,
        low,
        high,
        (told,),
        (
            Claim(_("The widest network loses less by sharing than the narrowest."), values[-1] > values[0]),
            Claim(_("At the widest the digits are still below themselves alone on average."), values[-1] < 0),
        ),
    )


LESSON = Lesson(
    name="capacity",
    title=N_("Capacity"),
    idea=N_("how large the shared trunk is"),
    story=N_(
        "Two digits on one picture lose by sharing a small network. Each network here is compared with networks **of the same "
        "width** that learn one digit alone."
    ),
    question=N_("Draw the curve: how does what sharing costs change with the width, and where is it gone?"),
    studies=STUDIES,
    predict=predict,
    answer=answer,
    lesson=N_(
        "A larger trunk has room for what both tasks need, and most of the loss goes. Not all of it: tasks also disturb each "
        "other's learning, not only each other's room."
    ),
    free=N_("Does depth help as width does? Set more layers and train."),
    settings={"backbone": {"name": "mlp", "width": 32, "depth": 4}},
    terms=("capacity", "hard-sharing", "negative-transfer"),
)
