"""Do methods beat equal weights? Paired, with Holm's correction, hardly. Against "newer is better"."""

from dashboard.figures.frame import signed
from dashboard.lessons.lesson import Answer, Claim, Evidence, Lesson, Marks
from dashboard.lessons.told import listed
from dashboard.words import N_, _
from mtl_core.spec import METHODS, Study

METHOD_NAMES = ("uw", "imtl_l", "mgda", "pcgrad", "cagrad", "nash_mtl", "rlw")
STUDY = Study(methods=["equal", *METHOD_NAMES], weights=0, seeds=10)
RANDOM = "rlw"


def predict() -> Marks:
    """A mark a method, on the scale of how far it is from equal weights."""
    rows = tuple(f"{name} · {_(METHODS[name].title)}" for name in METHOD_NAMES)
    return Marks(rows, _("difference of the mean gain to equal weights, percentage points"), -10, 10, 0.5, digits=1, near=1.0)


def answer(evidence: Evidence) -> Answer:
    """Each method beside equal weights, paired by seed, with Holm's correction over all of them."""
    found = evidence.result.against("equal").among(METHOD_NAMES)[1].set_index("label").reindex(list(METHOD_NAMES))
    better = [str(name) for name in found.index[found["verdict_holm"] == "positive"]]
    worse = [str(name) for name in found.index[found["verdict_holm"] == "negative"]]
    words = _(
        "Beyond chance, over {count} seeds and with Holm's correction, better than equal weights: {better}; worse: {worse}."
    )
    count = int(found["n"].max())
    told = [words.format(count=count, better=listed(better) or _("none"), worse=listed(worse) or _("none"))]
    nearest = found["p"].drop(index=worse + better)
    if nearest.notna().any():
        name = str(nearest.idxmin())
        closer = _("Closest to a difference among the rest is **{name}** with {value}: p = {p}, corrected {holm}.")
        p, holm = (f"{float(found[column][name]):.2g}" for column in ("p", "p_holm"))
        told.append(closer.format(name=name, value=signed(float(found["delta_m"][name]), 1), p=p, holm=holm))
    lowest = str(found["delta_m"].idxmin())
    return Answer(
        tuple(found["delta_m"]),
        tuple(found["low"]),
        tuple(found["high"]),
        tuple(told),
        (
            Claim(_("No method is better than equal weights, beyond chance."), not better),
            Claim(_("Weights that are drawn anew at random at each step are worst."), lowest == RANDOM),
        ),
    )


LESSON = Lesson(
    name="methods-against-equal",
    title=N_("Do methods beat equal weights?"),
    idea=N_("balancing methods, paired comparisons"),
    story=N_(
        "A balancing method changes the weights of the losses, or the gradients themselves, at every step. Here seven of them "
        "learn two digits on one picture, each from the same first values and batches as **equal weights** do. Every "
        "seed makes a pair, and because seven differences are looked at, chance is counted seven times (Holm)."
    ),
    question=N_("How far is each method from equal weights, and which of the differences is beyond chance?"),
    studies=(STUDY,),
    predict=predict,
    answer=answer,
    lesson=N_(
        "A baseline is not there to be beaten by a good story. Equal weights with the same care for the learning rate "
        "are hard to beat, as larger comparisons found too (Kurin et al. 2022; Xin et al. 2022)."
    ),
    free=N_("Is there a suite on which a method wins? Choose one whose losses have unlike sizes and train."),
    settings={"suite": "scales", "tasks": None, "backbone": None},
    page=("transfer", {"against": "equal"}),
    terms=("balancing-method", "paired-seeds", "holm"),
)
