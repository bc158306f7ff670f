"""What is learned: suites of tasks, mostly over the same examples, as NumPy arrays. Reads without torch."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mtl_core.errors import SpecError, some_of, unknown_name
from mtl_core.spec.pretrained import kept_trunk
from mtl_core.spec.study import Study, choose_suite
from mtl_core.spec.suites import SUITES
from mtl_core.suites.imbalance import judged
from mtl_core.suites.suite import SPLITS, Split, Suite, SuiteSource, Task

__all__ = ["SPLITS", "SUITES", "Split", "Suite", "SuiteSource", "Task", "load_suite", "suite_of"]


def load_suite(
    suite: Any,
    tasks: Sequence[str] | None = None,
    headline: Mapping[str, str] | None = None,
    *,
    raw: bool = False,
    words: tuple[str, ...] = (),
) -> Suite:
    """A suite's examples, targets and splits, ready to learn from.

    Nothing is downloaded. The same suite and options always give the same numbers; the arrays are read-only, since loaded
    suites are kept and shared. What is scaled or encoded was fitted on the train split alone.

    Args:
        suite: a name of ``SUITES``, a mapping with ``name`` and options, or a study's ``suite``.
        tasks: the names of the tasks to keep, at least one; None for all. The suite's order stays.
        headline: the metric that stands for a task, by its name; None leaves it to the train labels (see ``judged``).
        raw: whether losses are left as they are, without the scales that the suite states for its tasks.
        words: of texts the vocabulary in place of the suite's own, as a pretrained trunk has it.

    Returns:
        The suite with its ``train``, ``validation`` and ``test`` splits: inputs ``(N, D)`` or ``(N, channels, height,
        width)`` (``(N, T, ...)`` where every task has examples of its own), a target array ``(N,)`` for each task, and
        ``observed`` ``(N, T)``, False where a label is missing. Every example of the tasks that are left is kept, also one
        that has no label for them.

    Raises:
        SpecError: an unknown suite, option, task or metric (the message has the nearest valid name).
        DataError: a file that cannot be learned from, or that is no longer the one a study was made with.

    Example:
        >>> digits = load_suite("digits_pair")
        >>> digits.train.inputs.shape[1:], [task.name for task in digits.tasks]
        ((1, 10, 10), ['left', 'right'])
    """
    choice = choose_suite(suite)
    loaded: Suite = SUITES[choice.name].load().load(**choice.options | ({"words": words} if words else {}))
    kept = loaded if tasks is None else _subset(loaded, [tasks] if isinstance(tasks, str) else list(tasks))
    if raw and any(task.loss_scale != 1 for task in kept.tasks):
        kept = replace(kept, tasks=tuple(replace(task, loss_scale=1.0) for task in kept.tasks))
    return judged(kept, headline or {})


def suite_of(study: Study) -> Suite:
    """What a study learns from: its suite with its tasks, headlines and loss scales, and with the words of the pretrained trunk
    that its runs start from.

    Raises:
        DataError: see ``load_suite``; or the trunk is not on this machine any more.
    """
    trunk = kept_trunk(study.start)
    words = trunk.words if trunk else ()
    return load_suite(study.suite, study.tasks, dict(study.headline), raw=study.loss_scales == "raw", words=words)


def _subset(suite: Suite, names: list[str]) -> Suite:
    known = [task.name for task in suite.tasks]
    for name in names:
        if name not in known:
            raise unknown_name(f"task of {suite.name}", name, known)
    if not names:
        raise SpecError(f"at least one task must be kept, found none; choose from: {some_of(known)}.")
    kept = [place for place, name in enumerate(known) if name in names]

    def narrow(split: Split) -> Split:
        observed = split.observed[:, kept]
        inputs = split.inputs[:, kept] if suite.per_task else split.inputs
        for array in (inputs, observed):
            array.setflags(write=False)
        return Split(inputs, tuple(split.targets[place] for place in kept), observed)

    train, validation, test = (narrow(split) for split in (suite.train, suite.validation, suite.test))
    tasks = tuple(suite.tasks[place] for place in kept)
    units = tuple(suite.units[place] for place in kept) if suite.units else ()
    return replace(suite, tasks=tasks, train=train, validation=validation, test=test, units=units)
