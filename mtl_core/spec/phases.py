"""Parts of a training run, one after another: what is learned in each, and which parameters may move."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mtl_core.errors import SpecError, shown, unknown_name
from mtl_core.spec.choice import Choice, choose
from mtl_core.spec.option import Option
from mtl_core.spec.table import Entry, table

if TYPE_CHECKING:
    from mtl_core.spec.study import Study

_STEPS = Option("steps", "integer", None, "how many updates it lasts", 1, 20_000, unit="steps")
_TRAIN = Option(
    "train",
    "choice",
    "all",
    "which parameters move: all, those that tasks share, those that tasks own, or those that say what is shared",
    choices=("all", "trunk", "heads", "structure"),
)
_STAGES = Option(
    "stages",
    "names",
    (),
    "the stages of the backbone that move, in every task's copy; the others stand still; from:NAME for one and all after it, "
    "heads for none of them, none named for all",
)
_FROM, _HEADS = "from:", "heads"

PHASES: dict[str, Entry] = table(
    Entry(
        "tasks",
        "Learn the tasks",
        "The tasks are learned, all or some of them; the others wait as they are.",
        options=(_STEPS, _TRAIN, _STAGES, Option("tasks", "names", (), "the tasks that are learned; none named for all")),
    ),
    Entry(
        "denoise",
        "Restore noisy inputs",
        "No task is learned: the shared layers learn to tell what an input was before noise was added.",
        options=(
            _STEPS,
            _TRAIN,
            _STAGES,
            Option("noise", "number", 0.5, "standard deviation of the noise, with inputs as the suite gives them", 0, 10),
        ),
        source="Vincent, Larochelle, Bengio & Manzagol 2008",
    ),
)
"""What a phase can be about."""


def check_phases(given: Any, steps: int, tasks: Sequence[str], stages: Sequence[str]) -> tuple[Choice, ...]:
    """The phases in canonical form.

    Args:
        given: a list of names of ``PHASES`` or mappings with ``steps``, ``train``, ``stages`` and ``tasks``, and ``name`` or,
            as another word for it, ``objective``; empty for one phase of all tasks and parameters.
        steps: of a run.
        tasks: the study's, in order.
        stages: the backbone's, from the input up.

    Raises:
        SpecError: phases whose steps do not sum to the run's, or a task or stage that is none of the study's.
    """
    if not isinstance(given, (list, tuple)):
        raise SpecError(f"phases must be a list, found {shown(given)}; write for example [{{'steps': {steps}}}].")
    chosen = tuple(_staged(choose("phase", PHASES, _named(item)), stages) for item in given)
    for phase in chosen:
        if phase.options["steps"] is None:
            raise SpecError(f"a phase needs its number of steps, found none in {shown(phase.to_dict())}.")
        for task in phase.options.get("tasks", ()):
            if task not in tasks:
                raise unknown_name("phase's task", task, tasks)
    total = sum(phase.options["steps"] for phase in chosen)
    if chosen and total != steps:
        raise SpecError(
            f"the phases' steps must sum to the {steps} steps of a run, found {total}; change the phases or choose "
            f"steps={total}."
        )
    return chosen


def _staged(phase: Choice, stages: Sequence[str]) -> Choice:
    """The phase with its stages by their names in order; none named where all move."""
    given, moving = phase.options["stages"], set[str]()
    for name in given:
        if name == _HEADS:
            continue
        first = name.removeprefix(_FROM).strip()
        if first not in stages:
            raise unknown_name("phase's stage", first, stages)
        place = stages.index(first)
        moving |= {*(stages[place:] if name.startswith(_FROM) else stages[place : place + 1])}
    if moving and phase.options["train"] == "heads":
        raise SpecError("a phase that trains heads moves no stage, found stages named; leave them out, or train all.")
    named = tuple(name for name in stages if name in moving) or ((_HEADS,) if given else ())
    named = () if len(moving) == len(stages) else named
    return Choice(phase.name, tuple((phase.options | {"stages": named}).items()))


def joining(steps: int, tasks: Sequence[str]) -> list[dict[str, Any]]:
    """Phases in which tasks join one after another, in their order: as many as there are tasks, of equal length.

    >>> joining(5, ["left", "right"])
    [{'steps': 2, 'tasks': ['left']}, {'steps': 3}]
    """
    return _parted(steps, [*({"tasks": list(tasks[: place + 1])} for place in range(len(tasks) - 1)), {}])


def thawing(steps: int, stages: Sequence[str]) -> list[dict[str, Any]]:
    """Phases in which stages unfreeze from the heads down: heads alone, then one stage more in each, of equal length.

    Source: gradual unfreezing, Howard & Ruder 2018 (ULMFiT), section 3.3.

    >>> thawing(7, ["layer 1", "layer 2"])
    [{'steps': 2, 'stages': ['heads']}, {'steps': 2, 'stages': ['from:layer 2']}, {'steps': 3}]
    """
    return _parted(steps, [{"stages": [_HEADS]}, *({"stages": [f"{_FROM}{stage}"]} for stage in stages[:0:-1]), {}])


def _parted(steps: int, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    each = steps // len(parts)
    lengths = [each] * (len(parts) - 1) + [steps - each * (len(parts) - 1)]
    return [{"steps": length} | part for length, part in zip(lengths, parts, strict=True)]


def denoises(study: "Study") -> bool:
    """Whether a phase restores inputs."""
    return any(phase.name == "denoise" for phase in study.phases)


def phase_ends(phases: Sequence[Choice]) -> tuple[int, ...]:
    """The steps at which a phase ends and another begins."""
    ends, place = [], 0
    for phase in phases[:-1]:
        place += phase.options["steps"]
        ends.append(place)
    return tuple(ends)


def _named(item: Any) -> Any:
    if isinstance(item, Mapping) and "name" not in item:
        return {"name": item.get("objective", "tasks")} | {key: value for key, value in item.items() if key != "objective"}
    return item
