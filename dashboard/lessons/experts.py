"""Experts against a shared trunk: behind it even on a problem made for them. Against "more flexible sharing is safer"."""

import numpy as np

from dashboard.figures.frame import signed
from dashboard.lessons.lesson import Answer, Claim, Evidence, Lesson, Marks
from dashboard.lessons.told import gains
from dashboard.words import N_, _
from mtl_core.diagnostics import Result
from mtl_core.diagnostics.intervals import Interval, interval
from mtl_core.spec import Study

REGIONS, HINT = (
    Study(suite=suite, strategies=("hard", "mmoe"), weights=0, equal_parameters="hard") for suite in ("regions", "hint")
)

MAIN = "main"
"""The task of ``hint`` that has few labels."""


def predict() -> Marks:
    """A mark a problem on the scale of what experts are ahead."""
    rows = (_("regions, mean of its three tasks"), _("hint, the main task"))
    return Marks(rows, _("R² of the experts minus that of the shared trunk"), -0.8, 0.8, 0.02, near=0.1)


def label_of(result: Result, strategy: str) -> str:
    """How a strategy's runs are called."""
    return next(run.label for run in result.layout.runs if run.strategy == strategy and run.role != "baseline")


def ahead(result: Result, tasks: tuple[str, ...]) -> Interval:
    """By how much the experts' R² is above the trunk's, the mean over tasks, paired by seed."""
    pairs = result.against(label_of(result, "hard")).pairs
    own = pairs[(pairs["strategy"] == "mmoe") & (pairs["metric"] == "r2") & pairs["task"].isin(tasks)]
    means = own.groupby("seed", observed=True)["difference"].mean().to_numpy(dtype=np.float64)
    return interval(means[:, None], confidence=result.study.confidence, shared=result.layout.shared)


def answer(evidence: Evidence) -> Answer:
    """What experts are ahead on both problems, and what each gains over the tasks alone."""
    regions, hint = evidence.results
    found = [ahead(regions, regions.study.tasks), ahead(hint, (MAIN,))]
    values, low, high = (tuple(float(getattr(each, name)[0]) for each in found) for name in ("mean", "low", "high"))
    table = regions.sharing.set_index("strategy")["parameters"]
    sizes = _("On *regions* the trunk has {hard} parameters with its heads, the experts {mmoe} with heads and gates.")
    means = {each: float(gains(regions, label_of(regions, each))["difference"].mean()) for each in ("hard", "mmoe")}
    first = _("Against each task alone, the trunk changes R² by {hard} on average, the experts by {mmoe}.")
    main = {each: gains(hint, label_of(hint, each)).loc[MAIN] for each in ("hard", "mmoe")}
    second = _(
        "On *hint*, the main task reaches an R² of {alone:.2f} alone, **{hard:.2f}** on the shared trunk and **{mmoe:.2f}** "
        "with experts."
    )
    told = (
        " ".join(
            (
                sizes.format(hard=int(table["hard"]), mmoe=int(table["mmoe"])),
                first.format(hard=signed(means["hard"], 3), mmoe=signed(means["mmoe"], 3)),
            )
        ),
        second.format(alone=main["hard"]["baseline"], hard=main["hard"]["value"], mmoe=main["mmoe"]["value"]),
    )
    return Answer(
        values,
        low,
        high,
        told,
        (
            Claim(_("On the problem made for experts they are behind the trunk, beyond chance."), high[0] < 0),
            Claim(_("On the problem made for sharing they are farther behind, on average over seeds."), values[1] < values[0]),
            Claim(_("There the trunk is better than the main task alone, beyond chance."), bool(main["hard"]["low"] > 0)),
        ),
    )


LESSON = Lesson(
    name="experts",
    title=N_("Experts or one trunk?"),
    idea=N_("mixture of experts, gates, equal sizes"),
    story=N_(
        "Instead of one shared trunk there can be several small networks side by side, the **experts**; for every example each "
        "task's **gate** says whom it listens to. Both have as many parameters here. Two problems: in *regions* the rule of "
        "every task depends on the quadrant that an example lies in, as if made for experts. In *hint* the main task has few "
        "labels, and two helpers learn the very numbers that it has to multiply, as if made for sharing."
    ),
    question=N_("How far are the experts ahead of the shared trunk (right), or behind it (left), on each problem?"),
    studies=(REGIONS, HINT),
    predict=predict,
    answer=answer,
    lesson=N_(
        "What a model could express is one thing, what it learns from some hundred examples is another: gates have to be "
        "learned too, and every expert is small. Compare at equal sizes, and believe the comparison rather than the drawing."
    ),
    free=N_("Is it a matter of time, or of the gates? Add a strategy whose gates settle on one expert, and train longer."),
    settings={"strategies": ["hard", "mmoe", "dselect_k"], "steps": 1000},
    page=("sharing", {}),
    terms=("expert", "mixture-of-experts", "gate", "hard-sharing"),
)
