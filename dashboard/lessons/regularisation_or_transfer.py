"""Regularisation or transfer: what looks like a gain at the end is gone where each run stops at its best step."""

import numpy as np

from dashboard.figures.frame import signed
from dashboard.lessons.lesson import Answer, Claim, Evidence, Lesson, Marks
from dashboard.lessons.told import by_seed, means
from dashboard.words import N_, _
from mtl_core.spec import Study

STUDY = Study(suite="vitals", weights=0, seeds=20)


def predict() -> Marks:
    """A mark for each task at the end of training, and one at the best step."""
    rows = [_("{task}, at the end").format(task=task) for task in STUDY.tasks]
    rows += [_("{task}, at its best step").format(task=task) for task in STUDY.tasks]
    return Marks(tuple(rows), _("gain in R² by learning together"), -0.1, 0.15, 0.005, digits=3)


def answer(evidence: Evidence) -> Answer:
    """The gain of each task at both moments, seed by seed."""
    end, best = (by_seed(evidence.result, at=at).to_numpy() for at in ("end", "best"))
    values, low, high = means(np.concatenate([end, best], axis=1))
    fall, least, _most = means(end - best)
    words = _("From the end to the best step the gain of **{task}** falls by {fall}, from {end} to {best}.")
    told = tuple(
        words.format(
            task=task, fall=f"{fall[place]:.3f}", end=signed(values[place], 3), best=signed(values[place + len(fall)], 3)
        )
        for place, task in enumerate(STUDY.tasks)
    )
    falls = [drop > 0 if np.isnan(edge) else edge > 0 for drop, edge in zip(fall, least, strict=True)]
    half = sum(values[: len(fall)]) / 2
    return Answer(
        values,
        low,
        high,
        told,
        (
            Claim(_("At the end the tasks gain on average by learning together."), sum(values[: len(fall)]) > 0),
            Claim(_("Most tasks lose much of that gain where every run stops at its best step."), sum(falls) * 2 > len(falls)),
            Claim(_("Less than half of it is left on average."), sum(values[len(fall) :]) < half),
        ),
    )


LESSON = Lesson(
    name="regularisation-or-transfer",
    title=N_("Regularisation or transfer?"),
    idea=N_("overfitting, early stopping"),
    story=N_(
        "From body measurements of a few hundred people three numbers are predicted. Alone, each task **overfits**: it "
        "gets worse after its best step. Learning together holds that up. Results can be read at the end of training, "
        "or for every run at the step that was best on validation."
    ),
    question=N_("How much does each task gain by learning together, read at the end, and read at its best step?"),
    studies=(STUDY,),
    predict=predict,
    answer=answer,
    lesson=N_(
        "A gain may be nothing but less overfitting, which stopping early gives for free. Compare where each run is at "
        "its best before you call it shared knowledge."
    ),
    free=N_("Does the gain at the end grow with more steps? Set more steps and compare both moments on Transfer."),
    page=("transfer", {"at": "end"}),
    terms=("overfitting", "early-stopping", "best-step"),
)
