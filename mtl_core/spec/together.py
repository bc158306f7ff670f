"""What of a study goes together, and what does not."""

from collections import Counter
from typing import TYPE_CHECKING

from mtl_core.errors import SpecError, some_of
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.paths import check_paths, paths
from mtl_core.spec.phases import denoises
from mtl_core.spec.sampling import check_sampling
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.spec.suites import SUITES
from mtl_core.spec.table import BackboneEntry, SuiteEntry
from mtl_core.spec.weightings import SUBSETS, is_sets, members_of

if TYPE_CHECKING:
    from mtl_core.spec.study import Study

MAXIMUM_RUNS = 2000
"""The most runs that one study may have."""


_MANY = {"vector": "vectors", "image": "images", "tokens": "texts", "parts": "inputs of several parts"}


def check_together(study: "Study") -> None:
    """Refuse a study whose settings are each possible and do not go together.

    Raises:
        SpecError: the first thing that does not fit, in words.
    """
    shape, backbone = SUITES[study.suite.name].shape, BACKBONES[study.backbone.name]
    if shape not in backbone.accepts:
        raise SpecError(
            f"backbone {backbone.name!r} reads {' or '.join(backbone.accepts)} examples, and {study.suite.name!r} has "
            f"{_MANY[shape]}; choose another backbone, such as {fitting(study.suite.name)!r}."
        )
    if missing := [each for each in SUITES[study.suite.name].reads if each not in backbone.gives]:
        raise SpecError(
            f"tasks of {study.suite.name!r} read {missing[0]} of a backbone, and {backbone.name!r} gives "
            f"{some_of(backbone.gives)}; choose another backbone, such as {fitting(study.suite.name)!r}."
        )
    if shape == "tokens" and denoises(study):
        raise SpecError(f"a phase that restores inputs needs numbers, and {study.suite.name!r} has words; leave it out.")
    check_sampling(study)
    if study.affinity_every:
        _check_affinity(study)
    check_paths(study)
    stages = study.backbone.options["depth"]
    for strategy in study.strategies:
        entry = STRATEGIES[strategy.name]
        if stages < entry.depth:
            raise SpecError(
                f"strategy {strategy.name!r} needs a backbone of {entry.depth} stages or more, found "
                f"{backbone.name}.depth {stages}; choose a larger one."
            )
        if entry.per_task and not SUITES[study.suite.name].per_task:
            raise SpecError(
                f"strategy {strategy.name!r} asks which task an example came from, and in {study.suite.name!r} all tasks "
                "read the same examples, so that there is nothing to tell; choose a suite with inputs for each task, such "
                "as 'domains', or the strategy 'shared_private'."
            )
        if study.phases and entry.searches:
            raise SpecError(
                f"strategy {strategy.name!r} divides a run into a search and training anew; leave the phases or the "
                "strategy out."
            )
        if entry.searches and paths(study):
            raise SpecError(
                f"strategy {strategy.name!r} divides a run into a search and training anew, which no path of weights goes "
                "through; leave the method 'path' or the strategy out."
            )
        if entry.alike:
            _check_alike(strategy.name, study)
        if entry.fits is not None:
            try:
                entry.fits(strategy.options, study.backbone.options, study.tasks)
            except SpecError as why:
                raise SpecError(f"strategy {strategy.name!r}: {why}") from None
        if entry.preferred and SUITES[study.suite.name].per_task:
            raise SpecError(
                f"strategy {strategy.name!r} needs one input for all tasks, and in {study.suite.name!r} each has its own; "
                "choose another suite or strategy."
            )
        if study.backbone.name not in entry.backbones and entry.backbones:
            raise SpecError(
                f"strategy {strategy.name!r} goes with {some_of(entry.backbones)} alone, found {backbone.name!r}; choose "
                "one of these, or another strategy."
            )
        others = [method.name for method in study.methods if method.name != "equal"]
        if entry.preferred and others:
            raise SpecError(
                f"strategy {strategy.name!r} weighs tasks by the preference that it is asked for and goes with the method "
                f"'equal' alone, found {some_of(others)}; leave these methods or the strategy out."
            )
    if study.warmup >= study.steps and study.warmup > 0:
        raise SpecError(f"warmup must be shorter than the {study.steps} steps of a run, found {study.warmup}.")
    if study.looks and study.looks[-1] >= len(study.seed_list):
        raise SpecError(f"looks must be at fewer than the {len(study.seed_list)} seeds, found {study.looks[-1]}; leave it out.")
    if study.folds == 1 or (study.nested and study.folds < 3):
        least = "0 for none or 3 or more for nested ones" if study.nested else "0 for none, or 2 or more"
        raise SpecError(f"folds must be {least}, found {study.folds}; choose such a number.")
    if study.rungs:
        _check_rungs(study)
    labels = [study.label(method) for method in study.methods]
    if twice := [label for label, count in Counter(labels).items() if count > 1]:
        raise SpecError(f"a method is listed twice: {some_of(twice)}; keep one of each.")
    if study.run_count > MAXIMUM_RUNS:
        raise SpecError(
            f"this study would have {study.run_count:,} runs and the limit is {MAXIMUM_RUNS:,}; choose {_fewer(study)}."
        )


def _check_affinity(study: "Study") -> None:
    apart = study.conflict_every
    if study.affinity_every % apart:
        nearest = max(1, round(study.affinity_every / apart)) * apart
        raise SpecError(
            f"affinity_every must be a multiple of conflict_every, {apart}, at whose steps the gradients of tasks are taken, "
            f"found {study.affinity_every}; choose {nearest}, or 0 for none."
        )
    points = study.weights if isinstance(study.weights, tuple) else ()
    equal = any(method.name == "equal" for method in study.methods) or study.weights == SUBSETS
    if not equal and all(members_of(point) != (*range(len(study.tasks)),) for point in points):
        raise SpecError(
            "affinity_every looks at runs with equal weights, found none; add the method 'equal', or choose 0 for none."
        )


def _check_rungs(study: "Study") -> None:
    if study.rungs[-1] >= study.steps:
        raise SpecError(f"rungs must be before the {study.steps} steps of a run, found {study.rungs[-1]}; choose fewer steps.")
    if study.folds or study.phases or is_sets(study.weights) or any(STRATEGIES[s.name].searches for s in study.strategies):
        raise SpecError(
            "rungs choose among fixed weightings that all train alike to the end, found folds, phases, sets of tasks or a "
            "strategy that searches; leave these or the rungs out."
        )


def _fewer(study: "Study") -> str:
    if is_sets(study.weights):
        return "fewer seeds or tasks, smaller sets (weights='subsets:3' or 'pairs'), or a list of the sets you want"
    return "fewer points of the map (weights), methods" + (", seeds or folds" if study.folds else " or seeds")


def _check_alike(name: str, study: "Study") -> None:
    source, options = SUITES[study.suite.name].load(), study.suite.options
    if not source.ready(**options):  # an old study whose file is gone can be shown, and its training says what is missing
        return
    asked = {task.name: (task.kind, task.classes, task.outputs) for task in source.tasks(**options) if task.name in study.tasks}
    first = study.tasks[0]
    if unlike := [task for task in study.tasks if asked[task] != asked[first]]:
        raise SpecError(
            f"strategy {name!r} has one head for all tasks, and {some_of(unlike)} cannot be answered as {some_of([first])} "
            "is; choose tasks of one kind with as many classes, or another strategy."
        )


def goes_with(backbone: BackboneEntry, suite: SuiteEntry) -> bool:
    """Whether a backbone reads a suite's examples and gives its tasks' heads what they read."""
    return suite.shape in backbone.accepts and {*suite.reads} <= {*backbone.gives}


def fitting(suite: str) -> str:
    """The backbone that a suite is trained with where none is named: its own, or the first that goes with it."""
    own = SUITES[suite].backbone
    return own or next(each.name for each in BACKBONES.values() if goes_with(each, SUITES[suite]))
