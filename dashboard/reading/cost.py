"""What a study will cost, in words, before it is trained."""

from dashboard.reading import jobs
from dashboard.words import _, ngettext
from mtl_core.diagnostics.cost import estimate, run_count
from mtl_core.spec import Study
from mtl_core.store import StudyInfo


def cost_words(study: Study, shown: StudyInfo | None) -> str:
    """The runs and seconds of a study, and what pressing Train would do.

    Args:
        study: what the form asks for.
        shown: where it stands, if it is the study on screen.
    """
    count = run_count(study)
    runs = ngettext("{count:,} run", "{count:,} runs", count).format(count=count)
    if shown is not None and shown.state == "finished" and not shown.altered:
        done = _("This is the study on screen: {runs}, trained in {time}. Change a setting to train another one.")
        return done.format(runs=runs, time=duration(shown.seconds))
    if shown is not None and shown.state == "paused":
        words = _("{runs}. Paused at step {step:,}: Resume goes on from there; change a setting to train another study.")
        return words.format(runs=runs, step=shown.step)
    if shown is not None and shown.active:
        return _("This is the study on screen: {runs}. Change a setting to train another one.").format(runs=runs)
    if shown is not None and shown.state == "stopped" and shown.step:
        words = (
            _("{runs}. Goes on from step {step:,}, with what was changed by hand; change a setting to train another study.")
            if shown.altered
            else _("{runs}. Goes on from step {step:,}; change a setting to train another study from the start.")
        )
        return words.format(runs=runs, step=shown.step)
    cost = estimate(study, jobs.get_store().list())
    if cost.seconds is None:
        return _("{runs}; how long they take is not known yet, because nothing was trained here so far.").format(runs=runs)
    time = duration(cost.seconds)
    words = (
        _("{runs}, about {time}. Trains from the start.")
        if cost.alike
        else _("{runs}, about {time}, judged by other studies. Trains from the start.")
    )
    return words.format(runs=runs, time=time)


def duration(seconds: float) -> str:
    """A time in words, no finer than it is worth.

    >>> duration(4.2), duration(125), duration(8000)
    ('5 s', '3 min', '2.2 h')
    """
    if seconds < 90:
        return _("{count} s").format(count=max(1, int(seconds + 0.99)))
    if seconds < 5400:
        return _("{count} min").format(count=int(seconds / 60 + 0.99))
    return _("{count:.1f} h").format(count=seconds / 3600)
