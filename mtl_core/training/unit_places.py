"""The units of a model, and how many examples their judging can take."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mtl_core.errors import SpecError, shown
from mtl_core.models.composed import Composed
from mtl_core.models.watched import Watch, Watched

FEWEST = 64
"""The fewest examples that units are judged by."""

_USUAL, _MOST = 2e10, 5e11
"""Floating-point operations that are spent as a rule, by taking fewer examples, and at the very most."""


@dataclass(frozen=True)
class UnitPlace:
    """Where a unit stands: its stage by its place, and the (call, copy) pairs of the stage that are its module."""

    stage: int
    module: str
    copies: tuple[tuple[int, int], ...]
    number: int


def unit_places(model: Composed, watches: Sequence[Watch]) -> list[UnitPlace]:
    """Every unit of every stage, from what came of the stages in a pass."""
    found = []
    for place, (stage, watch) in enumerate(zip(model.stages, watches, strict=True)):
        copies = [(call, copy) for call, y in enumerate(watch.calls) for copy in range(len(y))]
        for module, own in _modules(model, stage.name, copies).items():
            found += [UnitPlace(place, module, own, number) for number in range(watch.own)]
    return found


def _modules(model: Composed, stage: str, copies: list[tuple[int, int]]) -> dict[str, tuple[tuple[int, int], ...]]:
    """Which calls and copies of a stage are each of its modules."""
    row = next(row for row in model.rows if row.name == stage)
    count = len(row.modules) - row.skippable  # the last one stands for passing the stage by
    names, reached = row.modules[:count], row.reached[:count]
    users = [
        (part.users[copy],) if part.each and len(part.users) == part.copies else part.users
        for part in model.parts
        if isinstance(part.stage, Watched) and part.stage.name == stage
        for copy in range(part.copies or 1)
    ]
    if len(copies) == count:
        if Counter(users) == Counter(reached):  # in another order than they are drawn in, as groups are
            left = list(zip(names, reached, strict=True))
            named = {}
            for copy, used in zip(copies, users, strict=True):
                place = next(n for n, (_, wanted) in enumerate(left) if wanted == used)
                named[left.pop(place)[0]] = (copy,)
            return {name: named[name] for name in names}
        return {name: (copy,) for name, copy in zip(names, copies, strict=True)}
    if count == 1 and copies:  # one module with something of each task's own in it
        return {names[0]: tuple(copies)}
    raise SpecError(
        f"units can be told where a stage is its {count} modules, found {len(copies)} in {shown(stage)} of this strategy, "
        "which makes one of several; choose a run of another strategy."
    )


def affordable(model: Composed, units: Sequence[UnitPlace], there: int) -> int:
    """How many examples are affordable."""
    copies = sum(
        stage.flops(shape) * len(row.modules) for stage, shape, row in zip(model.stages, model.shapes, model.rows, strict=False)
    )
    each = (
        len(units)
        * (copies + sum(head.flops(model.read) for head in model.heads))
        * (len(model.tasks) if model.setting.per_task else 1)
    )
    if each * min(FEWEST, there) > _MOST:
        raise SpecError(
            f"the network must be small enough to hold every unit in turn, found {len(units):,} units of a large one; choose a "
            "smaller width or depth."
        )
    return max(min(FEWEST, there), min(there, int(_USUAL / max(1, each))))
