"""The parameters of R runs as one flat tensor, with the views that a model reads."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mtl_core.models.model import Model
from mtl_core.random import Streams


@dataclass(frozen=True)
class Slices:
    """Where a model's parameters lie along the flat axis of P numbers.

    Args:
        trunk: the end of the trunk, which comes first; 0 where tasks share nothing.
        stages: ``(name, start, end)`` of each trunk stage.
        tasks: ``(start, end)`` of each task's own parameters, empty where it has none.
        total: P.
    """

    trunk: int
    stages: tuple[tuple[str, int, int], ...]
    tasks: tuple[tuple[int, int], ...]
    total: int

    @classmethod
    def of(cls, model: Model, tasks: int) -> "Slices":
        """The slices of a model; its parameters come trunk first, stage by stage, then task by task."""
        stages: dict[str, tuple[int, int]] = {}
        own: dict[int, tuple[int, int]] = {}
        place = 0
        for parameter in model.parameters:
            end = place + parameter.size
            if parameter.stage is not None:
                stages[parameter.stage] = (stages.get(parameter.stage, (place, 0))[0], end)
            elif parameter.task is not None:
                own[parameter.task] = (own.get(parameter.task, (place, 0))[0], end)
            place = end
        trunk = max((end for _, end in stages.values()), default=0)
        bounds = tuple(own.get(task, (0, 0)) for task in range(tasks))
        return cls(trunk, tuple((name, *ends) for name, ends in stages.items()), bounds, place)


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
