"""The phases of a study as a cohort steps through them."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

import torch
from torch import Tensor

from mtl_core.models.composed import RESTORING
from mtl_core.models.model import Parameter
from mtl_core.spec.backbones import stages
from mtl_core.spec.plan import Run
from mtl_core.spec.study import Study


@dataclass(frozen=True)
class Phase:
    """A part of the runs of a cohort.

    Args:
        start: its first step; the optimizer begins anew there, for what stood still has no moments of its own.
        end: the first step after it.
        moves: ``(R or 1, P)`` bool, the parameters that are trained; None where all are.
        active: ``(R or 1, T)`` bool, the tasks that are learned; None for all.
        noise: of the inputs that are to be restored; None where tasks are learned.
    """

    start: int
    end: int
    moves: Tensor | None = None
    active: Tensor | None = None
    noise: float | None = None


def phases_of(study: Study, parameters: Sequence[Parameter], runs: Sequence[Run], device: torch.device) -> list[Phase]:
    """A study's phases for the runs of one model; one of everything where it has none.

    A baseline does not wait with the tasks that wait: it is its task alone, with as many steps as there are.
    """
    every = stages(study.backbone)
    alone = torch.tensor([run.role == "baseline" for run in runs], device=device)[:, None]
    found: list[Phase] = []
    for choice in study.phases:
        options = choice.options
        start = found[-1].end if found else 0
        end = start + options["steps"]
        still = {*every} - {*options["stages"]} if options["stages"] else set()
        if choice.name == "denoise":
            nothing = torch.zeros(1, len(study.tasks), dtype=torch.bool, device=device)
            moves = _moves(parameters, options["train"], still, None, device)
            found.append(Phase(start, end, moves[None], nothing, options["noise"]))
            continue
        learned = [not options["tasks"] or task in options["tasks"] for task in study.tasks]
        moves = _moves(parameters, options["train"], still, learned, device)
        if all(learned):
            found.append(Phase(start, end, None if moves.all() else moves[None]))
            continue
        own = _moves(parameters, options["train"], still, [True] * len(learned), device)
        found.append(Phase(start, end, torch.where(alone, own, moves), torch.tensor(learned, device=device) | alone))
    return found or [Phase(0, study.steps)]


def _moves(
    parameters: Sequence[Parameter], train: str, still: Set[str], learned: Sequence[bool] | None, device: torch.device
) -> Tensor:
    """``(P,)`` which numbers are trained; a momentum from before must not move what waits.

    Args:
        parameters: of one run.
        train: which part.
        still: the stages that stand still.
        learned: of each task whether it is learned; None where inputs are restored, which needs no task.
    """

    def moves(parameter: Parameter) -> bool:
        if parameter.name.startswith(RESTORING):
            return learned is None
        if parameter.row in still and not parameter.head:
            return False
        if not parameter.users or train == "all":
            return True  # what is auxiliary serves whatever is learned
        return (
            parameter.structure if train == "structure" else not parameter.structure and parameter.trunk == (train == "trunk")
        )

    parts = []
    for parameter in parameters:
        waits = [learned is not None and not learned[user] for user in parameter.users]
        if parameter.each:  # of copies side by side those stand still whose task waits
            each = torch.tensor([moves(parameter) and not wait for wait in waits], device=device)
            parts.append(each.repeat_interleave(parameter.size // len(waits)))
        else:
            moved = moves(parameter) and not (waits and all(waits))
            parts.append(torch.full((parameter.size,), moved, device=device))
    return torch.cat(parts)
