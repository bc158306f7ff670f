"""Sliding along the front: one model for all weightings hardly moves. Against "one conditioned model replaces them all"."""

import numpy as np
import pandas as pd

from dashboard.figures.frame import signed
from dashboard.lessons.lesson import Answer, Claim, Evidence, Lesson, Marks
from dashboard.words import N_, _
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.spec import Study

STUDY = Study(strategies=("hard", "palora"), weights=7)

TASK = STUDY.tasks[0]

SHARES = tuple(sixths / 6 for sixths in range(6, 0, -1))
"""The weights of the left digit that are looked at; with none, nothing trains it."""

LITTLE = 0.25
"""The part of what separate runs go through that the one model stays below."""


def predict() -> Marks:
    """A curve of the left digit's accuracy over its weight."""
    words = (_("all"), "5/6", "4/6", "3/6", "2/6", "1/6")
    axis = _("accuracy on the left digit")
    return Marks(words, axis, 0, 1, 0.02, signed=False, upright=True, across=_("weight asked for on the left digit"), near=0.06)


def answer(evidence: Evidence) -> Answer:
    """The one model's accuracy on the left digit at each weighting, beside the runs trained for each."""
    result = evidence.result
    found = result.one_model
    own = _by_weight(headline_rows(result.layout, found.means).query("split == 'test'"))
    gaps = _by_weight(headline_rows(result.layout, found.gaps))
    spread, apart = (float(np.ptp(values)) for values in (own["mean"], gaps["separate"]))
    heeds = float(found.in_order.set_index("task")["share"][TASK])
    words = _(
        "Over all these weightings the one model goes through {spread:.3f} of accuracy; the runs trained for each go through "
        "{apart:.3f}."
    )
    ends = _(
        "With **all** the weight on the left digit it is {first} against the run trained for that, with **1/6** it is {last}."
    )
    told = (
        words.format(spread=spread, apart=apart),
        ends.format(first=signed(gaps["difference"].iloc[0], 3), last=signed(gaps["difference"].iloc[-1], 3)),
        _("Of all pairs of weightings, {share:.0f} % have the lower loss where more weight is.").format(share=100 * heeds),
    )
    return Answer(
        tuple(own["mean"]),
        tuple(own["low"]),
        tuple(own["high"]),
        told,
        (
            Claim(_("It heeds the weighting: more weight, less loss, in most pairs of weightings."), heeds > 0.6),
            Claim(_("It goes through less than a quarter of what the separate runs go through."), spread < LITTLE * apart),
            Claim(
                _("With all the weight it is worse than the run trained for that, beyond chance."),
                bool(gaps["high"].iloc[0] < 0),
            ),
            Claim(_("With little weight it is better than that run, beyond chance."), bool(gaps["low"].iloc[-1] > 0)),
        ),
        beside=tuple(gaps["separate"]),
        beside_name=_("a run trained for that weighting alone"),
    )


def _by_weight(table: pd.DataFrame) -> pd.DataFrame:
    """The left digit's rows by its weight, in the order of the picture."""
    own = table[table["task"] == TASK]
    places = [int(np.argmin(np.abs(own["weight"].to_numpy() - share))) for share in SHARES]
    ordered: pd.DataFrame = own.iloc[places].reset_index(drop=True)
    return ordered


LESSON = Lesson(
    name="sliding",
    title=N_("Sliding along the front"),
    idea=N_("one model for every weighting"),
    story=N_(
        "To choose between trade-offs, one can train a run for every weighting. Or **one model** for all of them: it is told "
        "the weighting, changes its weights a little by it, and meets other weightings at every step. Afterwards it is asked "
        "for any of them, as if by a slider. Two digits are read again, one left, one right."
    ),
    question=N_("You take weight off the left digit, from all down to a sixth: how well does the one model read it each time?"),
    studies=(STUDY,),
    predict=predict,
    answer=answer,
    lesson=N_(
        "A slider is not yet a front: see how far it moves, and lay the separate runs beside it. Much of what separate runs "
        "lose at lopsided weightings is neglect rather than a price, and one model need not pay it; but where one task is "
        "all that counts, it is no match for the run that learned that task alone."
    ),
    free=N_("Does a model whose weights a second network makes slide farther? Add hypernet and train."),
    settings={"strategies": ["hard", "palora", "hypernet"]},
    page=("tradeoff", {}),
    terms=("one-model", "preference", "pareto-front", "trade-off"),
)
