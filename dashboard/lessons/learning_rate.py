"""The learning rate is the strongest method: it moves results more than the method does. Against comparisons at one rate."""

import numpy as np

from dashboard.figures.frame import signed
from dashboard.lessons.lesson import Answer, Claim, Evidence, Lesson, Marks
from dashboard.words import N_, _
from mtl_core.spec import Study

RATES = (1e-3, 3e-3, 1e-2)
METHOD_NAMES = ("equal", "pcgrad")
STUDY = Study(methods=list(METHOD_NAMES), learning_rates=RATES, weights=0)


def label(method: str, rate: float) -> str:
    """What a method at a rate is called in the study's tables."""
    return method if rate == STUDY.learning_rate else f"{method}(learning_rate={rate:g})"


def labels() -> list[str]:
    """All of them, a method after the other."""
    return [label(method, rate) for method in METHOD_NAMES for rate in RATES]


def rows() -> tuple[str, ...]:
    """The same in words."""
    return tuple(_("{method} at {rate:g}").format(method=method, rate=rate) for method in METHOD_NAMES for rate in RATES)


def predict() -> Marks:
    """A mark for each method at each rate."""
    return Marks(rows(), _("mean gain against the tasks alone at the same rate, %"), -30, 10, 0.5, digits=1, unit=" %")


def answer(evidence: Evidence) -> Answer:
    """Δm of both methods at every rate."""
    found = evidence.result.summary.set_index("label").reindex(labels())
    table = found["delta_m"].to_numpy().reshape(len(METHOD_NAMES), len(RATES))
    by_rate = float(np.ptp(table, axis=1).min())
    by_method = float(np.abs(table[1] - table[0]).max())
    words = _(
        "Another rate moves a method by {rate} percentage points at least, another method at the same rate by {method} at most."
    )
    told = words.format(rate=f"{by_rate:.1f}", method=f"{by_method:.1f}")
    best = _("Best is {label} with {value}.").format(
        label=rows()[int(table.argmax())], value=signed(float(table.max()), 1) + " %"
    )
    return Answer(
        tuple(found["delta_m"]),
        tuple(found["low"]),
        tuple(found["high"]),
        (told, best),
        (Claim(_("The learning rate matters more than the choice between these two methods."), by_rate > by_method),),
    )


LESSON = Lesson(
    name="learning-rate",
    title=N_("The learning rate is the strongest method"),
    idea=N_("tuning, fair comparisons"),
    story=N_(
        "Equal weights and PCGrad, which removes conflict between gradients, learn two digits at three **learning "
        "rates**. Each is measured against the tasks alone **at the same rate**."
    ),
    question=N_("What do the two methods gain or lose at each learning rate?"),
    studies=(STUDY,),
    predict=predict,
    answer=answer,
    lesson=N_(
        "Many methods change the size of the step, and so the learning rate that suits them. Whoever compares at one "
        "rate compares rates. Give every method, and every baseline, its own best."
    ),
    free=N_("Do more steps make up for a small rate? Set more steps and train."),
    settings={"steps": 600},
    terms=("learning-rate", "balancing-method", "single-task-baseline"),
)
