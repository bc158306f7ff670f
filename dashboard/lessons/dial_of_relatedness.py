"""The dial of relatedness: whether one network helps or hurts depends on what its tasks share."""

import numpy as np

from dashboard.lessons.lesson import Answer, Claim, Evidence, Lesson, Marks
from dashboard.lessons.told import by_seed, gains, means
from dashboard.words import N_, _
from mtl_core.spec import Study

SHARED = (0, 4, 8)
STUDIES = tuple(Study(suite={"name": "subspace", "shared_tasks": shared}, weights=0) for shared in SHARED)


def predict() -> Marks:
    """A mark for each setting of the dial, on the scale of the mean gain over all tasks."""
    rows = tuple(_("{shared} of {all} related").format(shared=shared, all=len(STUDIES[0].tasks)) for shared in SHARED)
    return Marks(rows, _("mean gain in R² by learning together"), -0.15, 0.15, 0.005, digits=3)


def answer(evidence: Evidence) -> Answer:
    """The mean gain over tasks, seed by seed, for each setting."""
    each = [by_seed(result).mean(axis=1).to_numpy() for result in evidence.results]
    values, low, high = means(np.stack(each, axis=1))
    tables = [gains(result, "equal") for result in evidence.results]
    words = _("With **{shared}** related tasks {gain} of {all} gain and {lose} lose, beyond chance; the others are unclear.")
    told = tuple(
        words.format(shared=shared, gain=int((table["low"] > 0).sum()), lose=int((table["high"] < 0).sum()), all=len(table))
        for shared, table in zip(SHARED, tables, strict=True)
    )
    return Answer(
        values,
        low,
        high,
        told,
        (
            Claim(
                _("The more tasks look at the same, the more all of them gain on average."), values[0] < values[1] < values[2]
            ),
            Claim(_("Unrelated tasks lose, related ones gain, in one and the same network."), values[0] < 0 < values[2]),
            Claim(_("Where all are related, none loses beyond chance."), not (tables[2]["high"] < 0).any()),
        ),
    )


LESSON = Lesson(
    name="dial-of-relatedness",
    title=N_("The dial of relatedness"),
    idea=N_("what tasks have in common"),
    story=N_(
        "Eight numbers are to be predicted from few examples. Each depends on three directions of the input alone. A dial says "
        "how many of the tasks look at **the same** three directions; the rest look at directions of their own. Network, "
        "data and training are the same at every setting of the dial."
    ),
    question=N_("How much do the eight tasks gain on average by learning together, at each setting of the dial?"),
    studies=STUDIES,
    predict=predict,
    answer=answer,
    lesson=N_(
        "Learning together neither helps nor hurts by itself. It helps tasks that can use the same features, and costs those "
        "that cannot: **relatedness** is a property of the tasks and the data, not of the method."
    ),
    free=N_("At which setting of the dial does the gain begin? Set the shared tasks between the ends and train."),
    settings={"suite": {"name": "subspace", "shared_tasks": 6}},
    terms=("positive-transfer", "negative-transfer", "relatedness"),
)
