"""Two tasks, one network: each digit reads worse than alone. Against "more tasks are more data are better"."""

from dashboard.figures.frame import signed
from dashboard.lessons.lesson import Answer, Claim, Evidence, Lesson, Marks
from dashboard.lessons.told import gains, listed
from dashboard.words import N_, _
from mtl_core.spec import Study

STUDY = Study(weights=0)


def predict() -> Marks:
    """A mark a digit on the scale of accuracy gained."""
    return Marks(STUDY.tasks, _("accuracy gained by learning together"), -0.2, 0.2, 0.01)


def answer(evidence: Evidence) -> Answer:
    """Each digit's paired difference to itself alone."""
    found = gains(evidence.result, "equal")
    words = _("**{task}**: {value} together, {alone} alone, a difference of {difference}.")
    told = [
        words.format(task=task, value=f"{row.value:.3f}", alone=f"{row.baseline:.3f}", difference=signed(row.difference, 3))
        for task, row in found.iterrows()
    ]
    lost = [str(task) for task in found.index[found["high"] < 0]]
    claim = _(
        "Learned together, both digits read worse than alone, beyond chance (over {seeds} seeds it is clear for {tasks})."
    )
    named = claim.format(seeds=int(found["n"].max()), tasks=listed(lost) or _("none"))
    return Answer(
        tuple(found["difference"]),
        tuple(found["low"]),
        tuple(found["high"]),
        tuple(told),
        (Claim(named, len(lost) == len(found)),),
    )


LESSON = Lesson(
    name="negative-transfer",
    title=N_("Two tasks, one network"),
    idea=N_("hard sharing, negative transfer"),
    story=N_(
        "Each picture shows **two digits**, one left, one right. A network can learn to read one of them, or both at once: "
        "then it has one trunk for both and a small head for each. Learning both is measured against the same network that "
        "learns one digit **alone**, from the same pictures and the same first values."
    ),
    question=N_("Does each digit read better or worse than alone, and by how much?"),
    studies=(STUDY,),
    predict=predict,
    answer=answer,
    lesson=N_(
        "A second task is not simply more data for the first: it asks the same small trunk for something else. What is lost "
        "that way is called **negative transfer**."
    ),
    free=N_("Would it help to give the network more room? Set a larger width and train."),
    terms=("hard-sharing", "negative-transfer", "single-task-baseline"),
)
