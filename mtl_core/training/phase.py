"""The phases of a study as a cohort steps through them."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mtl_core.models.composed import RESTORING
from mtl_core.models.model import Parameter
from mtl_core.spec.choice import Choice


@dataclass(frozen=True)
class Phase:
    """A part of a run.

    Args:
        end: the first step after it.
        moves: ``(P,)`` 1 for parameters that are trained, 0 for frozen ones; None where all are trained.
        active: ``(T,)`` bool, the tasks that are learned; None for all.
        noise: of the inputs that are to be restored; None where tasks are learned.
    """

    end: int
    moves: Tensor | None = None
    active: Tensor | None = None
    noise: float | None = None


def phases_of(
    chosen: Sequence[Choice], steps: int, parameters: Sequence[Parameter], tasks: Sequence[str], device: torch.device
) -> list[Phase]:
    """A study's phases for one model; one of everything where it has none."""
    found, end = [], 0
    for choice in chosen:
        options = choice.options
        end += options["steps"]
        denoising, named = choice.name == "denoise", options.get("tasks", ())
        learned = tuple(not denoising and (not named or task in named) for task in tasks)
        active = None if all(learned) else torch.tensor(learned, device=device)
        moves = [_moves(parameter, options["train"], learned, denoising) for parameter in parameters]
        still = not all(moves) or active is not None
        pairs = zip(parameters, moves, strict=True)
        mask = torch.cat([_spread(parameter, moved, learned, device) for parameter, moved in pairs]) if still else None
        found.append(Phase(end, mask, active, options.get("noise")))
    return found or [Phase(steps)]


def _moves(parameter: Parameter, train: str, learned: Sequence[bool], denoising: bool) -> bool:
    """Whether a parameter is trained: a momentum from before must not move what waits."""
    if parameter.name.startswith(RESTORING):
        return denoising
    if not parameter.users:
        return True  # what is auxiliary serves whatever is learned
    if not denoising and not any(learned[user] for user in parameter.users):
        return False
    if train == "structure":
        return parameter.structure
    return train == "all" or (not parameter.structure and parameter.trunk == (train == "trunk"))


def _spread(parameter: Parameter, moves: bool, learned: Sequence[bool], device: torch.device) -> Tensor:
    """``(size,)``; of copies that lie side by side those stand still whose task waits."""
    if parameter.each:
        each = torch.tensor([float(moves and learned[user]) for user in parameter.users], device=device)
        return each.repeat_interleave(parameter.size // len(parameter.users))
    return torch.full((parameter.size,), float(moves), device=device)
