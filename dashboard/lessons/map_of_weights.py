"""The map of weights: no weighting lifts a task above itself alone. Against "give the important task weight .9"."""

import numpy as np

from dashboard.figures.frame import signed
from dashboard.lessons.lesson import Answer, Claim, Evidence, Lesson, Marks
from dashboard.lessons.told import gains
from dashboard.words import N_, _
from mtl_core.spec import Study, plan

STUDY = Study(weights=11)


def labels() -> list[str]:
    """The study's weightings that are no task alone, from the one that favours the left digit most on."""
    equal = 1 / len(STUDY.tasks)
    grid = {run.label: run.weights[0] if run.weights else equal for run in plan(STUDY) if run.role != "baseline"}
    return sorted(grid, key=lambda label: -grid[label])


def predict() -> Marks:
    """A curve of the mean relative gain over the weight of the right digit."""
    rows = tuple("½ / ½" if label == "equal" else label for label in labels())
    return Marks(rows, _("mean gain, %"), -50, 20, 1, digits=0, unit=" %", upright=True, across=_("weight of left / right"))


def answer(evidence: Evidence) -> Answer:
    """Δm of every weighting."""
    order, result = labels(), evidence.result
    found = result.summary.set_index("label").reindex(order)
    best = order[int(np.nanargmax(found["delta_m"]))]
    first = gains(result, order[0])
    favoured, other = STUDY.tasks
    words = _(
        "Best on the whole is **{label}** with {best}. At **{end}**, {task} differs from itself alone by {gain}, "
        "{other} by {price}."
    )
    told = words.format(
        label=best,
        best=signed(float(found["delta_m"].max()), 1) + " %",
        end=order[0],
        task=favoured,
        gain=signed(first.loc[favoured, "difference"], 3),
        other=other,
        price=signed(first.loc[other, "difference"], 3),
    )
    middle = abs(order.index(best) - order.index("equal")) <= 1
    every = [gains(result, label) for label in order]
    lifted = [label for label, table in zip(order, every, strict=True) if (table["low"] > 0).any()]
    worse = found["delta_m"].iloc[0] < found.loc["equal", "delta_m"]
    return Answer(
        tuple(found["delta_m"]),
        tuple(found["low"]),
        tuple(found["high"]),
        (told,),
        (
            Claim(_("The best weighting is the equal one, or its neighbour."), middle),
            Claim(_("A weight of nine tenths costs more than it gives."), bool(worse)),
            Claim(_("No weighting lifts a digit above itself alone, beyond chance."), not lifted),
        ),
    )


LESSON = Lesson(
    name="map-of-weights",
    title=N_("The map of weights"),
    idea=N_("loss weights, trade-offs"),
    story=N_(
        "The two losses are added with **weights**, so much for the left digit, the rest for the right one. Here every "
        "weighting is trained, and its mean gain over both digits is measured against each digit alone, in percent."
    ),
    question=N_("Draw the curve: how does the mean gain change with the weights, and where is it best?"),
    studies=(STUDY,),
    predict=predict,
    answer=answer,
    lesson=N_(
        "Weights move performance from one task to the other. That is worth much where a task matters more; but the weights "
        "alone do not take away what sharing costs."
    ),
    free=N_("Does a wider network flatten the curve? Set a larger width and train."),
    page=("tradeoff", {}),
    terms=("loss-weights", "trade-off", "pareto-front"),
)
