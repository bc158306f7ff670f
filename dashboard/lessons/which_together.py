"""Which tasks together: a budget of three networks for five tasks. Against "group tasks whose gradients are alike"."""

from collections.abc import Sequence

from dashboard.figures.frame import signed
from dashboard.lessons.lesson import Answer, Bins, Claim, Evidence, Lesson, Marks
from dashboard.lessons.told import listed
from dashboard.words import N_, _
from mtl_core.diagnostics.together import EXACT, Grouping, Together
from mtl_core.spec import Study
from mtl_core.spec.weightings import SUBSETS

STUDY = Study(suite="sprites", weights=SUBSETS)

MOST = 3
"""The most networks."""


def predict() -> Bins:
    """The five tasks into at most three networks."""
    return Bins(STUDY.tasks, MOST)


def groups_of(places: Sequence[int]) -> list[list[int]]:
    """The tasks of each network, from the network of each task."""
    return [[task for task, own in enumerate(places) if own == group] for group in sorted(set(places))]


def named(groups: Sequence[Sequence[int]]) -> str:
    """Groups by their tasks.

    >>> named([[0, 3], [4]])
    'shape + size | angle'
    """
    return " | ".join(" + ".join(STUDY.tasks[task] for task in group) for group in groups)


def chosen(asked: Together, rule: str = EXACT) -> list[list[int]]:
    """What a rule puts together, each task in one network."""
    grouping = asked.grouping(MOST, rule, partition=True)
    return sorted(list(asked.found.sets[place]) for place in grouping.choice.sets)


def rivals(asked: Together, said: Sequence[int] | None) -> dict[str, list[list[int]]]:
    """What is drawn, by name: the reader's groups, the best, those by gradient cosine, and everything in one network."""
    own = {} if said is None else {_("yours"): groups_of(said)}
    return own | {
        _("the best three networks"): chosen(asked),
        _("by gradient cosine"): chosen(asked, "cosine"),
        _("one network for all"): [list(range(len(STUDY.tasks)))],
    }


def weigh(by: Evidence, on: Evidence, said: list[int] | None) -> tuple[Marks, Answer]:
    """What the reader's groups, if there are any, and others gain on average over the tasks."""
    listed_groups = rivals(by.result.together(), said)
    asked = on.result.together()
    rows = tuple(f"{name}: {named(groups)}" for name, groups in listed_groups.items())
    found = [asked.interval(asked.own(groups)) for groups in listed_groups.values()]
    scale = Marks(rows, _("mean gain over a network for each task, in points"), -15, 5, 0.5, digits=1)
    values, low, high = (tuple(float(getattr(each, name)) for each in found) for name in ("mean", "low", "high"))
    return scale, Answer(values, low, high)


def judge(evidence: Evidence, _answer: Answer, said: list[int]) -> tuple[str, ...]:
    """What the reader's groups gain, and what is lost against the best."""
    asked = evidence.result.together()
    groups, best = groups_of(said), chosen(asked)
    if groups == best:
        return (_("Your groups are the best there are."),)
    lost = asked.regret(asked.own(groups), MOST, partition=True)
    words = _("Your groups come to {mine} points, {lost:.1f} less than the best three networks.")
    if lost.mean < 0:
        words = _("Your groups come to {mine} points, {more:.1f} more than those that did best on validation.")
    mine = signed(float(asked.interval(asked.own(groups)).mean), 1)
    parts = [words.format(mine=mine, lost=float(lost.mean), more=-float(lost.mean))]
    same = [group for group in groups if group in best and len(group) > 1]
    if same:
        both = listed([" + ".join(STUDY.tasks[task] for task in group) for group in same])
        parts.append(_("You have in common with them: {groups}.").format(groups=both))
    return tuple(parts)


def answer(evidence: Evidence) -> Answer:
    """The best groups, found by training all thirty-one sets of tasks."""
    asked = evidence.result.together()
    best, cosine = chosen(asked), chosen(asked, "cosine")
    one = asked.own([list(range(len(STUDY.tasks)))])
    by_cosine, exact = asked.own(cosine), asked.own(best)
    words = _("All {count} sets of tasks were trained. The best three networks are **{groups}**: {value} points on average.")
    mean = _(
        "Groups by gradient cosine come to {cosine} points, one network for all five tasks to {one}. Zero is a "
        "network for each task."
    )
    told = (
        words.format(count=len(asked.found.sets), groups=named(best), value=_mean(asked, exact)),
        mean.format(cosine=_mean(asked, by_cosine), one=_mean(asked, one)),
    )
    places = [next(number for number, group in enumerate(best) if task in group) for task in range(len(STUDY.tasks))]
    ahead, beyond = (asked.regret(other, MOST, partition=True) for other in (one, by_cosine))
    return Answer(
        tuple(map(float, places)),
        told=told,
        claims=(
            Claim(_("Three networks do better than one for all, beyond chance."), bool(ahead.low > 0)),
            Claim(
                _("Groups of tasks whose gradients are most alike do worse than the best, beyond chance."), bool(beyond.low > 0)
            ),
        ),
    )


def _mean(asked: Together, grouping: Grouping) -> str:
    return signed(float(asked.interval(grouping).mean), 1)


LESSON = Lesson(
    name="which-together",
    title=N_("Which tasks together?"),
    idea=N_("grouping under a budget, affinities"),
    story=N_(
        "A small picture shows a square, an ellipse or a triangle. Five tasks ask for its **shape**, its place across (**x**) "
        "and up (**y**), its **size** and its **angle**. You may build **three networks**, and each task is learned in one of "
        "them. What a task gains or loses is counted against a network of its own."
    ),
    question=N_("Which tasks should share a network, so that the five gain most on average?"),
    studies=(STUDY,),
    predict=predict,
    answer=answer,
    lesson=N_(
        "Which tasks help each other is a question of what they make a small trunk learn. Gradients that point the same way, a "
        "cheap guess, do not tell it: try sets of tasks, pairs first."
    ),
    free=N_("Would a wider network have room for all five? Set a larger width and train."),
    settings={"backbone": {"name": "mlp", "width": 128}},
    page=("together", {"most": "3", "once": "true"}),
    judge=judge,
    weigh=weigh,
    terms=("grouping", "affinity", "cosine-similarity", "budget"),
)
