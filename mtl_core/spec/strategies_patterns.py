"""The sharing strategies of which a person says what is shared: which stages, by whom and how deep. And what they mean on a
backbone, so far as it can be told without building it."""

from collections.abc import Mapping, Sequence
from typing import Any

from mtl_core.errors import SpecError, shown, some_of, unknown_name
from mtl_core.spec.option import Option
from mtl_core.spec.table import StrategyEntry

PRESETS = ("hard_late", "hard_middle")
"""Patterns that serve every backbone of two stages or more."""

NO_NORMS = (
    "strategy 'task_norm' gives each task the scales and shifts of normalisation layers, and this backbone has none; set "
    "backbone.normalise to true or choose 'film'."
)

_SHARED, _PRIVATE = "s", "p"


def partitions(words: Sequence[str], stages: int, tasks: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """For each stage the group of each task, groups numbered in order of their first task.

    Args:
        words: one of ``PRESETS`` alone, or a word a stage: ``s`` (one module for all), ``p`` (one for each task), or a sign a
            task, of which equal ones share a module, such as ``aabb``. ``hard_late`` shares all stages but the last,
            ``hard_middle`` the first half of them, rounded down.
        stages: of the backbone.
        tasks: the tasks' names.

    Raises:
        SpecError: words for another number of stages or tasks, or a preset on a backbone of one stage.

    >>> partitions(["s", "abab", "p"], 3, "wxyz")
    ((0, 0, 0, 0), (0, 1, 0, 1), (0, 1, 2, 3))
    """
    if tuple(words) in {(preset,) for preset in PRESETS}:
        if stages < 2:
            raise SpecError(
                f"pattern {shown(words[0])} needs a backbone of 2 stages or more, found {stages}; choose a larger depth."
            )
        shared = stages - 1 if words[0] == "hard_late" else stages // 2
        words = [_SHARED] * shared + [_PRIVATE] * (stages - shared)
    if len(words) != stages:
        raise SpecError(
            f"pattern.stages must be one of {some_of(PRESETS)} or have a word for each of the backbone's {stages} stages, "
            f"found {shown(list(words))}; write for example {shown([_SHARED] * (stages - 1) + [_PRIVATE])}."
        )
    return tuple(_groups(word, len(tasks)) for word in words)


def _groups(word: str, tasks: int) -> tuple[int, ...]:
    if word == _SHARED:
        return (0,) * tasks
    if word == _PRIVATE:
        return tuple(range(tasks))
    if len(word) != tasks:
        raise SpecError(
            f"a stage of pattern.stages must be '{_SHARED}' (shared), '{_PRIVATE}' (private) or have a sign for each of the "
            f"{tasks} tasks, found {shown(word)}; write for example {'a' * (tasks - 1)}b."
        )
    signs = list(dict.fromkeys(word))
    return tuple(signs.index(sign) for sign in word)


def _pattern_copies(options: Mapping[str, Any], tasks: int) -> float:
    """The mean over stages of how many modules run: one for each way that tasks came through the stages so far."""
    words: Sequence[str] = options["stages"]
    if words[0] in PRESETS:
        return (1 + tasks) / 2  # on two stages; near enough on others
    ways: list[tuple[int, ...]] = [()] * tasks
    total = 0
    for word in words:
        ways = [(*way, group) for way, group in zip(ways, _groups(word, tasks), strict=True)]
        total += len(set(ways))
    return total / len(words)


def _pattern_fits(options: Mapping[str, Any], backbone: Mapping[str, Any], tasks: Sequence[str]) -> None:
    partitions(options["stages"], backbone["depth"], tasks)


def taps(depths: Mapping[str, str], stages: int, tasks: Sequence[str]) -> tuple[int, ...]:
    """The stage, from 1, that each task reads.

    Args:
        depths: stages by task; see the option. In order ``t`` of T spread tasks the stage is ``ceil(t L / T)``.
        stages: L, of the backbone.
        tasks: the tasks' names.

    Raises:
        SpecError: an unknown task, no stage of the backbone, or a last stage that nobody reads.

    >>> taps({}, 2, "xyz"), taps({"x": "1"}, 3, "xyz")
    ((1, 2, 2), (1, 3, 3))
    """
    if unknown := [name for name in depths if name not in tasks]:
        raise unknown_name("task of hierarchical.depths", unknown[0], list(tasks))
    for name, depth in depths.items():
        if not depth.isdecimal() or not 1 <= int(depth) <= stages:
            raise SpecError(f"hierarchical.depths of {name!r} must be a stage between 1 and {stages}, found {shown(depth)}.")
    if not depths:
        return tuple(-(-place * stages // len(tasks)) for place in range(1, len(tasks) + 1))
    found = tuple(int(depths.get(name, stages)) for name in tasks)
    if max(found) < stages:
        raise SpecError(
            f"hierarchical.depths leaves the stages above {max(found)} unread; give one task depth {stages} or choose a "
            "backbone of fewer stages."
        )
    return found


def _taps_fit(options: Mapping[str, Any], backbone: Mapping[str, Any], tasks: Sequence[str]) -> None:
    taps(dict(options["depths"]), backbone["depth"], tasks)


def _has_norms(_options: Mapping[str, Any], backbone: Mapping[str, Any], _tasks: Sequence[str]) -> None:
    if not backbone.get("normalise", True):  # backbones without this setting always normalise
        raise SpecError(NO_NORMS)


_OWN_RATE = Option(
    "own_rate",
    "number",
    1,
    "learning rate of the tasks' own scales and shifts as a multiple of the study's",
    0.01,
    1000,
    logarithmic=True,
)


def in_order(order: Sequence[str], tasks: Sequence[str]) -> tuple[str, ...]:
    """The tasks in the order of ``stacked_heads``: those that are named, then the others as they stand.

    Raises:
        SpecError: an unknown task.

    >>> in_order(["b"], ["a", "b", "c"])
    ('b', 'a', 'c')
    """
    if unknown := [name for name in order if name not in tasks]:
        raise unknown_name("task of stacked_heads.order", unknown[0], list(tasks))
    return tuple(dict.fromkeys((*order, *tasks)))


def _order_fits(options: Mapping[str, Any], _backbone: Mapping[str, Any], tasks: Sequence[str]) -> None:
    in_order(options["order"], tasks)


PATTERNS: tuple[StrategyEntry, ...] = (
    StrategyEntry(
        "pattern",
        "A pattern of sharing",
        "You say which stages all tasks share, which each has for itself, and which groups of tasks share.",
        "mtl_core.models.pattern:pattern",
        (
            Option(
                "stages",
                "names",
                ("hard_late",),
                "hard_late (only the last stage private), hard_middle (the second half private), or for each stage s (shared), "
                "p (private) or a letter a task, such as aab: equal letters share",
            ),
        ),
        source="Caruana 1997",
        copies=_pattern_copies,
        fits=_pattern_fits,
    ),
    StrategyEntry(
        "soft_l2",
        "Networks kept alike",
        "Every task has a network of its own; after each step all are drawn towards their mean.",
        "mtl_core.models.soft:soft_l2",
        (
            Option(
                "strength",
                "number",
                0.01,
                "how strongly networks are drawn to their mean; 0 leaves them alone",
                0,
                1e6,
                symbol="λ",
                logarithmic=True,
            ),
        ),
        source="Duong et al. 2015",
        copies=lambda _options, tasks: tasks,
    ),
    StrategyEntry(
        "film",
        "Feature-wise modulation",
        "One network for all, in which every task stretches and shifts each unit in its own way.",
        "mtl_core.models.modulated:film",
        (Option("scale_only", "flag", False, "stretch units but do not shift them"), _OWN_RATE),
        source="Perez, Strub, de Vries, Dumoulin & Courville 2018",
        copies=lambda _options, tasks: tasks,
    ),
    StrategyEntry(
        "task_norm",
        "Normalisation for each task",
        "One network for all, of which every task has only the scales and shifts after normalisation for itself.",
        "mtl_core.models.task_norm:task_norm",
        (_OWN_RATE,),
        source="the usual baseline; arXiv 2512.20420",
        copies=lambda _options, tasks: tasks,
        fits=_has_norms,
    ),
    StrategyEntry(
        "routing_mask",
        "Fixed random masks",
        "One network for all, of which every task uses its own random part, drawn once.",
        "mtl_core.models.modulated:routing_mask",
        (Option("keep", "number", 0.5, "share of each stage's units that a task uses", 0, 1, symbol="σ"),),
        source="Strezoski, van Noord & Worring 2019",
        copies=lambda _options, tasks: tasks,
    ),
    StrategyEntry(
        "stacked_heads",
        "Heads one upon the other (a mistake)",
        "A beginner's mistake, to see its price: each later task's head reads the answer before it in place of the features.",
        "mtl_core.models.stacked_heads:stacked_heads",
        (
            Option(
                "order",
                "names",
                (),
                "the tasks from the first head up, by their names; those that are not named follow in the suite's order",
            ),
        ),
        source="what Sequential(trunk, head, head) does",
        fits=_order_fits,
    ),
    StrategyEntry(
        "hierarchical",
        "Tasks at different depths",
        "One network, whose lower stages answer the simpler tasks; the others read on, and what was answered if you wish.",
        "mtl_core.models.hierarchical:hierarchical",
        (
            Option(
                "depths",
                "mapping",
                (),
                "the stage, from 1, that each task reads, by its name; tasks that are not named read the last, and where none "
                "is named they spread over the stages in their order",
            ),
            Option(
                "labels",
                "choice",
                "none",
                "whether stages above read what lower tasks answered: none, stopped (their loss does not train the answers) or "
                "trained (it does)",
                choices=("none", "stopped", "trained"),
            ),
        ),
        source="Søgaard & Goldberg 2016; Hashimoto, Xiong, Tsuruoka & Socher 2017",
        depth=2,
        fits=_taps_fit,
    ),
)
