"""Everything that a page draws of a walk, as plain arrays."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from mtl_core.landscapes.problem import Problem
from mtl_core.landscapes.walk import built, placed, walk
from mtl_core.spec.landscapes import PROBLEMS, Walk

GRID = 141
"""Points a side at which the losses are drawn."""

FRONT = 101
"""Points of the Pareto set that are drawn."""

_MARGIN = 0.05

Arrays = dict[str, np.ndarray[Any, Any]]


def picture(asked: Walk) -> Arrays:
    """The walk and the land around it, for a picture of the plane and one of the two losses.

    Args:
        asked: what to walk.

    Returns:
        Arrays in float32 but for the steps, with R trajectories (methods x starts, starts innermost) and S kept steps:
        ``steps`` ``(S,)`` int64; ``path``, ``losses``, ``update``, ``weights`` ``(R, S, 2)``; ``gradients`` ``(R, S, 2, 2)``, a
        row a task; ``distance`` ``(R, S)``; ``front``, ``front_losses`` ``(F, 2)``; ``across`` ``(G,)``, ``up`` ``(G,)`` and
        ``ground`` ``(G, G, 2)``, the losses over the plane, ``up`` first. Paths, updates and gradients are as the plane shows
        them.
    """
    problem = built(asked)
    assert asked.steps is not None and asked.learning_rate is not None  # noqa: S101, PT018 - a checked walk has both
    found = walk(
        problem,
        asked.methods,
        placed(problem, asked.starts),
        steps=asked.steps,
        learning_rate=asked.learning_rate,
        optimizer=asked.optimizer,
        seed=asked.seed,
    )
    path, front = problem.view(found.x), problem.pareto_set(FRONT)
    tasks = [problem.view_of_step(found.x, found.jacobian[..., task, :]) for task in (0, 1)]
    across, up, ground = _ground(problem, PROBLEMS[asked.problem].window, path[0])
    arrays = {
        "path": path,
        "losses": found.losses,
        "gradients": torch.stack(tasks, -2),
        "update": problem.view_of_step(found.x, found.update),
        "weights": found.weights,
        "distance": problem.distance_to_front(found.x),
    }
    drawn = {name: values.transpose(0, 1) for name, values in arrays.items()}  # (S, R, ...) -> (R, S, ...)
    drawn |= {"front": problem.view(front), "front_losses": problem.losses(front)}
    drawn |= {"across": across, "up": up, "ground": ground}
    plain = {name: np.ascontiguousarray(values.numpy().astype(np.float32)) for name, values in drawn.items()}
    return plain | {"steps": np.array(found.steps, dtype=np.int64)}


def _ground(problem: Problem, window: tuple[Any, Any], starts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The axes and the losses over the window, made wide enough for all starts."""
    low = torch.minimum(torch.tensor(window[0], dtype=torch.float64), starts.amin(0))
    high = torch.maximum(torch.tensor(window[1], dtype=torch.float64), starts.amax(0))
    outside = (starts <= low).any(0) | (starts >= high).any(0)
    reach = _MARGIN * (high - low) * outside
    across, up = (torch.linspace(a, b, GRID, dtype=torch.float64) for a, b in zip(low - reach, high + reach, strict=True))
    plane = torch.stack(torch.meshgrid(across, up, indexing="xy"), -1)  # (up, across, 2)
    return across, up, problem.losses(problem.place(plane))
