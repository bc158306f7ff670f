"""Losses of a few numbers, without data, whose Pareto set is known: small enough to see, exact enough to test against.

Importing this package does not import torch; using it does.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mtl_core.spec.landscapes import PROBLEMS, Walk

if TYPE_CHECKING:
    from mtl_core.landscapes.concave import ConcaveFront
    from mtl_core.landscapes.problem import Problem
    from mtl_core.landscapes.quadratics import Quadratics
    from mtl_core.landscapes.tables import trajectories
    from mtl_core.landscapes.valley import PCGradValley, Valley

_HOME_OF = {
    "ConcaveFront": "concave",
    "PCGradValley": "valley",
    "Problem": "problem",
    "Quadratics": "quadratics",
    "Valley": "valley",
    "trajectories": "tables",
}

__all__ = ["PROBLEMS", "ConcaveFront", "PCGradValley", "Problem", "Quadratics", "Valley", "Walk", "trajectories"]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
