"""What a sharing strategy's model is made of: how large it is, and what its records of structure mean."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """A stage of a model as the diagram of sharing draws it.

    Args:
        name: of the stage.
        modules: the copies of the stage or what stands for it, each by name, such as ``shared``, ``left`` or ``expert 2``.
        reached: for each module the places of the tasks whose losses reach it: two or more make it trunk.
        reads: for each module the places of the modules of the row below that it reads; empty for the first row.
        skippable: whether a task can pass the stage by.
    """

    name: str
    modules: tuple[str, ...]
    reached: tuple[tuple[int, ...], ...]
    reads: tuple[tuple[int, ...], ...] = ()
    skippable: bool = False


@dataclass(frozen=True)
class Trace:
    """What a record of structure holds under a name.

    Args:
        name: of the array, such as ``usage.layer 1``.
        axes: what each axis after the run axis counts, such as ``("task", "expert")``.
        labels: for each axis the names along it.
        title: what it is, in words a student understands.
    """

    name: str
    axes: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    title: str = ""


@dataclass(frozen=True)
class ModelLayout:
    """One strategy's model, as all its runs have it.

    Args:
        strategy: how runs call it.
        name: of the strategy.
        options: of the strategy.
        stages: the names of the trunk's stages; layer 0 of conflict records is ``all``, layer k is ``stages[k - 1]``.
        parameters: trainable numbers in all.
        trunk: of these, those that two or more tasks use.
        own: those of single tasks, heads left out.
        heads: those of heads.
        flops: multiplications and additions for one example of all tasks, in products of matrices and in mixes of modules;
            without what else is done number by number.
        flops_of: the same when one task is asked, a number a task, without gates and units.
        width: of the backbone; between two whole numbers where parameters are matched.
        more: units added to the first stages, to match them nearer.
        matched: parameters without heads as a multiple of what they were matched to; None where they were not.
        rows: the stages from the input up.
        traces: what records of structure hold.
        turns: the steps before which a new part of training begins, such as that of a structure that was searched before.
    """

    strategy: str
    name: str = "hard"
    options: Mapping[str, Any] | None = None
    stages: tuple[str, ...] = ()
    parameters: int = 0
    trunk: int = 0
    own: int = 0
    heads: int = 0
    flops: int = 0
    flops_of: tuple[int, ...] = ()
    width: float | None = None
    more: tuple[int, ...] = ()
    matched: float | None = None
    rows: tuple[Row, ...] = ()
    traces: tuple[Trace, ...] = ()
    turns: tuple[int, ...] = ()

    @property
    def searched(self) -> int:
        """The last step that results are not read of, for training began anew after it; -1 where it never did."""
        return max(self.turns, default=-1)

    @property
    def layers(self) -> tuple[str, ...]:
        """The names along the layer axis of conflict records."""
        return ("all", *self.stages)

    def trace(self, name: str) -> Trace | None:
        """What is recorded under a name; None where nothing is."""
        return next((trace for trace in self.traces if trace.name == name), None)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> "ModelLayout":
        """Back from JSON."""
        rows = tuple(
            Row(
                row["name"],
                tuple(row["modules"]),
                tuple(map(tuple, row["reached"])),
                tuple(map(tuple, row["reads"])),
                row["skippable"],
            )
            for row in given["rows"]
        )
        traces = tuple(
            Trace(trace["name"], tuple(trace["axes"]), tuple(map(tuple, trace["labels"])), trace["title"])
            for trace in given["traces"]
        )
        listed = {
            "stages": tuple(given["stages"]),
            "flops_of": tuple(given["flops_of"]),
            "more": tuple(given["more"]),
            "rows": rows,
            "traces": traces,
            "turns": tuple(given.get("turns", ())),  # none in what was kept before there were any
        }
        return cls(**dict(given) | listed)
