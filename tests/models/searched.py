"""What the tests of strategies that search a structure have in common."""

from typing import Any

import torch

from mtl_core.models.build import Sizes, build
from mtl_core.models.model import Model, Outputs, Pass
from mtl_core.random import Purpose, Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task
from tests.models.small import SMALL

TASKS = (Task("digit", "classification", 3), Task("size", "regression"), Task("shape", "classification", 4))
SEEDS = [3, 1, 4]
STREAMS = Streams.of(SEEDS)
SHAPE, STEPS = (2, 8, 8), 100
FOUND = {"recon": 30, "ltb": 50, "adashare": 50}
OPTIONS = SMALL | {"mlp": {"width": 12, "depth": 3}}

Values = dict[str, torch.Tensor]


def built(strategy: str, backbone: str = "mlp", per_task: bool = False, **options: Any) -> Model:
    body = choose("backbone", BACKBONES, {"name": backbone} | OPTIONS[backbone])
    return build(choose("strategy", STRATEGIES, {"name": strategy} | options), body, Sizes(TASKS, SHAPE, STEPS, per_task))


def examples(*axes: int) -> torch.Tensor:
    return torch.rand(3, *axes, *SHAPE, generator=torch.Generator().manual_seed(7))


def answered(model: Model, values: Values, x: torch.Tensor, at: Pass | None = None) -> Outputs:
    return model(values, x, at or Pass())


def training(step: int) -> Pass:
    return Pass(step, STREAMS.at(Purpose.SHARING).at(step))


def stirred(values: Values) -> Values:
    """All but the structure somewhere else, each copy at a place of its own."""
    generator = torch.Generator().manual_seed(2)
    return {
        name: value if name.endswith(".value") else value + 0.1 * torch.randn(value.shape, generator=generator)
        for name, value in values.items()
    }


def turned(model: Model, values: Values, conflicts: torch.Tensor | None = None) -> Values:
    """After every turn; conflicts ``(R, L, Q)``, none where they are of no matter."""
    for step in model.turns:
        model.turn(step, values, STREAMS, torch.zeros(3, len(model.rows), 3) if conflicts is None else conflicts)
    return values


def gradients(model: Model, values: Values, at: Pass) -> Values:
    """Of everything that is minimised, penalties too."""
    leaves = {name: value.clone().requires_grad_() for name, value in values.items()}
    outputs = answered(model, leaves, examples(6), at)
    total = sum((out.sin().sum() for out in outputs.tasks), start=torch.zeros(()))
    (total + sum(each.sum() for each in outputs.penalties.values())).backward()
    return {name: torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for name, leaf in leaves.items()}


def headed(model: Any, values: Values, run: int, task: int, h: torch.Tensor) -> torch.Tensor:
    """A task's answer in one run from what its head reads, ``(B, F)``."""
    own = {name: value[run : run + 1] for name, value in values.items()}
    answer: torch.Tensor = model.heads[task](own, h.unsqueeze(0), f"head.{task}.")[0]
    return answer


def same(one: Outputs, other: Outputs) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.tasks, other.tasks, strict=True))
