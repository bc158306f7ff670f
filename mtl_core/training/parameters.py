"""The parameters of R runs as one flat tensor, with the views that a model reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mtl_core.models.model import Model, Parameter
from mtl_core.random import Streams

NOBODY = -1
"""The owner of trunk and of auxiliary parameters."""


@dataclass(frozen=True)
class Slices:
    """Where a model's parameters lie along the flat axis of P numbers: trunk, then what single tasks own, then the auxiliary.

    Args:
        trunk: the end of the trunk, which comes first; 0 where tasks share nothing.
        stages: ``(name, start, end)`` of each trunk stage.
        owner: ``(P_own,)`` int64, from the trunk's end on the place of the task that owns each number.
        total: P.
    """

    trunk: int
    stages: tuple[tuple[str, int, int], ...]
    owner: Tensor
    total: int

    @property
    def own(self) -> slice:
        """Where the numbers lie that single tasks own."""
        return slice(self.trunk, self.trunk + len(self.owner))

    @classmethod
    def of(cls, model: Model, device: torch.device | str = "cpu") -> "Slices":
        """The slices of a model; its parameters come trunk first, stage by stage."""
        stages: dict[str, tuple[int, int]] = {}
        owners: list[Tensor] = []
        place = 0
        for parameter in model.parameters:
            end = place + parameter.size
            if parameter.stage is not None:
                stages[parameter.stage] = (stages.get(parameter.stage, (place, 0))[0], end)
            elif parameter.users:
                owners.append(_owners(parameter))
            place = end
        trunk = max((end for _, end in stages.values()), default=0)
        owner = torch.cat(owners) if owners else torch.zeros(0, dtype=torch.int64)
        return cls(trunk, tuple((name, *ends) for name, ends in stages.items()), owner.to(device), place)


def _owners(parameter: Parameter) -> Tensor:
    users = torch.tensor(parameter.users)
    return users.repeat_interleave(parameter.size // len(users))


def pace(parameters: Sequence[Parameter], device: torch.device) -> Tensor | None:
    """``(P,)`` learning rates as multiples of the run's; None where all are one."""
    if all(parameter.rate == 1 for parameter in parameters):
        return None
    return torch.cat([torch.full((p.size,), float(p.rate), device=device) for p in parameters])


def initial(model: Model, streams: Streams) -> Tensor:
    """``(R, P)`` first values of all parameters."""
    values = model.initialise(streams)
    return torch.cat([values[parameter.name].flatten(1) for parameter in model.parameters], dim=1).contiguous()


def leaves(model: Model, flat: Tensor) -> dict[str, Tensor]:
    """Autograd leaves ``(R, *shape)`` that share memory with ``flat`` ``(R, P)``: updating it in place updates them."""
    views, place = {}, 0
    for parameter in model.parameters:
        view = flat[:, place : place + parameter.size].unflatten(1, parameter.shape)
        views[parameter.name] = view.detach().requires_grad_()
        place += parameter.size
    return views


def leaves_after_turns(model: Model) -> dict[str, Tensor]:
    """The leaves of one run at the start of its last part: what passes through a model then is what it holds and costs at most,
    whatever its structure was before."""
    streams = Streams.of([0])
    views = leaves(model, initial(model, streams))
    stages = len({parameter.stage for parameter in model.parameters if parameter.trunk})
    none = torch.zeros(1, stages, len(model.names) * (len(model.names) - 1) // 2)
    with torch.no_grad():
        for step in model.turns:
            model.turn(step, views, streams, none)
    return views
