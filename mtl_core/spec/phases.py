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

PHASES: dict[str, Entry] = table(
    Entry(
        "tasks",
        "Learn the tasks",
        "The tasks are learned, all or some of them; the others wait as they are.",
        options=(_STEPS, _TRAIN, Option("tasks", "names", (), "the tasks that are learned; none named for all")),
    ),
    Entry(
        "denoise",
        "Restore noisy inputs",
        "No task is learned: the shared layers learn to tell what an input was before noise was added.",
        options=(
            _STEPS,
            _TRAIN,
            Option("noise", "number", 0.5, "standard deviation of the noise, with inputs as the suite gives them", 0, 10),
        ),
        source="Vincent, Larochelle, Bengio & Manzagol 2008",
    ),
)
"""What a phase can be about."""


def check_phases(given: Any, steps: int, tasks: Sequence[str]) -> tuple[Choice, ...]:
    """The phases in canonical form.

    Args:
        given: a list of names of ``PHASES`` or mappings with ``steps``, ``train`` and ``tasks``, and ``name`` or, as another
            word for it, ``objective``; empty for one phase of all tasks and parameters.
        steps: of a run.
        tasks: the study's, in order.

    Raises:
        SpecError: phases whose steps do not sum to the run's, or a task that is none of the study's.
    """
    if not isinstance(given, (list, tuple)):
        raise SpecError(f"phases must be a list, found {shown(given)}; write for example [{{'steps': {steps}}}].")
    chosen = tuple(choose("phase", PHASES, _named(item)) for item in given)
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
