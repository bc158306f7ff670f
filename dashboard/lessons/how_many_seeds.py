"""How many seeds? Who looks after every seed and stops when it is clear is fooled often. Against "I looked until it was"."""

import numpy as np
from scipy.special import stdtr

from dashboard.lessons.lesson import Answer, Claim, Evidence, Lesson, Marks
from dashboard.lessons.methods_against_equal import METHOD_NAMES
from dashboard.lessons.methods_against_equal import STUDY as METHODS_STUDY
from dashboard.words import N_, _
from mtl_core.diagnostics.verdicts import holm
from mtl_core.spec import Study

STUDY = Study(weights=0, seeds=20)
FEWEST = 3
"""Seeds after which somebody looks for the first time."""

DRAWS = 4000
LEVEL = 0.05


def predict() -> Marks:
    """A mark for each way of looking, on the scale of how often it is fooled."""
    count = len(METHOD_NAMES)
    rows = (
        _("looks once, after {seeds} seeds").format(seeds=STUDY.seeds),
        _("looks after every seed from the third on, stops when it is clear"),
        _("tries {count} methods, reports the best").format(count=count),
        _("tries {count} methods, with Holm's correction").format(count=count),
    )
    return Marks(rows, _("how often a difference is called that is not there, %"), 0, 60, 1, digits=0, unit=" %", signed=False)


def answer(evidence: Evidence) -> Answer:
    """Shares of false calls, from the studies' own differences with chance alone left in them."""
    single, methods = evidence.results
    digit = single.study.tasks[0]
    pairs = single.pairs
    mine = pairs[(pairs["label"] == "equal") & (pairs["task"] == digit) & (pairs["metric"] == "accuracy")]
    looks = _p(_without_effect(mine["difference"].to_numpy()[:, None]))[..., 0]  # (draws, seeds)
    table = methods.against("equal").pairs
    table = table[(table["metric"] == "accuracy") & (table["task"] == digit) & table["label"].isin(METHOD_NAMES)]
    wide = table.pivot_table(index="seed", columns="label", values="difference", observed=True)
    many = _p(_without_effect(wide.to_numpy()))[:, -1]  # (draws, methods)
    corrected = np.array([holm(row) for row in many[: DRAWS // 4]])
    values = 100 * np.array(
        [
            (looks[:, -1] < LEVEL).mean(),
            (looks[:, FEWEST - 1 :] < LEVEL).any(axis=1).mean(),
            (many < LEVEL).any(axis=1).mean(),
            (corrected < LEVEL).any(axis=1).mean(),
        ]
    )
    words = _(
        "From the {count} paired differences of this study their mean is taken away and their signs are drawn by lot, "
        "{draws} times: nothing is left but chance. Who looks once is fooled {once} of the time, who looks after every "
        "seed {often}."
    )
    told = words.format(count=len(mine), draws=DRAWS, once=f"{values[0]:.0f} %", often=f"{values[1]:.0f} %")
    return Answer(
        tuple(map(float, values)),
        told=(told,),
        claims=(
            Claim(_("Looking after every seed at least doubles the false calls."), bool(values[1] > 2 * values[0])),
            Claim(_("So does reporting the best of several methods."), bool(values[2] > 2 * values[0])),
            Claim(_("Holm's correction takes most of that away."), bool(values[3] < values[2] / 2)),
        ),
    )


def _without_effect(differences: np.ndarray) -> np.ndarray:
    """``(S, N)`` paired differences with their means taken away and the signs of seeds drawn by lot: ``(draws, S, N)``."""
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=(DRAWS, len(differences), 1))
    drawn: np.ndarray = signs * (differences - differences.mean(axis=0))
    return drawn


def _p(drawn: np.ndarray) -> np.ndarray:
    """Two-sided p of a t test after each seed, ``(draws, S, N)``; 1 where one seed is all there is."""
    count = np.arange(1, drawn.shape[1] + 1)[:, None]
    mean = np.cumsum(drawn, axis=1) / count
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (np.cumsum(drawn**2, axis=1) - count * mean**2) / (count - 1)
        t = mean / np.sqrt(np.maximum(variance, 1e-30) / count)
        p = 2 * stdtr(np.maximum(count - 1, 1), -np.abs(t))
    return np.where(count > 1, p, 1.0)


LESSON = Lesson(
    name="how-many-seeds",
    title=N_("How many seeds?"),
    idea=N_("luck, intervals, looking again"),
    story=N_(
        "A difference over a few seeds may be luck. A test at five percent is fooled by luck once in twenty times, if "
        "one looks **once**. Four people look in four ways at differences in which there is **nothing but luck**."
    ),
    question=N_("How often does each of them call a difference that is not there?"),
    studies=(STUDY, METHODS_STUDY),
    predict=predict,
    answer=answer,
    lesson=N_(
        "Say before how many seeds you will train, and look at the end. Whoever looks until it is clear, or tries "
        "until one wins, finds what luck has to offer."
    ),
    free=N_("How wide is the interval with three seeds, and with thirty? Set the seeds and train."),
    settings={"seeds": 3},
    another_seed=False,
    terms=("seed", "confidence-interval", "holm", "selection-bias"),
)
