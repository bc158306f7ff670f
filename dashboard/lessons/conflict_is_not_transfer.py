"""Conflict is not transfer: the pair whose gradients oppose each other most loses nothing."""

import numpy as np

from dashboard.figures.frame import signed
from dashboard.lessons.lesson import Answer, Claim, Evidence, Lesson, Marks
from dashboard.lessons.told import by_seed, means
from dashboard.words import N_, _
from mtl_core.spec import Study, plan

STUDY = Study(suite="sprites", tasks=["shape", "x", "size", "angle"], weights="pairs")
FIGHT = ("shape", "size")


def pairs() -> dict[tuple[str, str], str]:
    """The label of each pair of tasks that is trained."""
    found = {}
    for run in plan(STUDY):
        members = tuple(task for task, weight in zip(STUDY.tasks, run.weights or (), strict=False) if weight)
        if len(members) == 2:
            found[members[0], members[1]] = run.label
    return found


def predict() -> Marks:
    """A mark for each pair, on the scale of what its two tasks gain on average."""
    rows = tuple(_("{one} and {other}").format(one=one, other=other) for one, other in pairs())
    return Marks(rows, _("mean gain of the two tasks by sharing a network"), -0.2, 0.1, 0.005, digits=3)


def answer(evidence: Evidence) -> Answer:
    """The mean gain of each pair, seed by seed, and how opposed its gradients are."""
    result, known = evidence.result, pairs()
    each = [by_seed(result, label)[list(pair)].mean(axis=1).to_numpy() for pair, label in known.items()]
    values, low, high = means(np.stack(each, axis=1))
    share = result.conflict_share
    whole = share[share["layer"].astype(str) == "all"]
    cosine = dict(zip(whole["label"].astype(str), whole["cosine"].tolist(), strict=True))
    cosines = {pair: cosine[label] for pair, label in known.items()}
    place = list(known).index(FIGHT)
    worst = int(np.argmin(values))
    loser = list(known)[worst]
    words = _(
        "The gradients of **{one} and {other}** have a mean cosine of {cosine}; those of all other pairs lie between {low} and "
        "{high}. That pair gains {gain}. Most is lost by **{first} and {second}**: {loss}, with a cosine of {calm}."
    )
    others = [value for pair, value in cosines.items() if pair != FIGHT]
    told = words.format(
        one=FIGHT[0],
        other=FIGHT[1],
        cosine=signed(cosines[FIGHT], 3),
        low=signed(min(others), 3),
        high=signed(max(others), 3),
        gain=signed(values[place], 3),
        first=loser[0],
        second=loser[1],
        loss=signed(values[worst], 3),
        calm=signed(cosines[loser], 3),
    )
    return Answer(
        values,
        low,
        high,
        (told,),
        (
            Claim(_("Shape and size oppose each other most, by far."), cosines[FIGHT] < 2 * min(others)),
            Claim(_("They do not lose most: another pair does."), loser != FIGHT),
            Claim(_("They lose less than the other pairs do on average."), values[place] > float(np.mean(values))),
        ),
    )


LESSON = Lesson(
    name="conflict-is-not-transfer",
    title=N_("Conflict is not transfer"),
    idea=N_("gradient conflict"),
    story=N_(
        "On a small picture there is a shape: what is it, how far right, how large, how turned? Each **pair** of these tasks "
        "shares a network. Two tasks are in **conflict** where their gradients on the shared trunk point against each other. "
        "Of all these pairs, shape and size are in conflict most, by far."
    ),
    question=N_("How much does each pair gain or lose by sharing, and where does the fighting pair stand?"),
    studies=(STUDY,),
    predict=predict,
    answer=answer,
    lesson=N_(
        "Opposed gradients say that a step which helps one task hinders the other **now**. They do not say who is "
        "better off at the end. Measure the end."
    ),
    free=N_("Do methods that remove conflict help the pairs that lose? Add one, and train all sets."),
    settings={"methods": ["equal", "pcgrad"]},
    page=("conflict", {}),
    terms=("gradient-conflict", "cosine-similarity", "negative-transfer"),
)
