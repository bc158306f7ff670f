"""What the tests of experts and gates have in common."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mtl_core.models.build import Sizes, build
from mtl_core.models.model import Model
from mtl_core.random import Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task

STREAMS = Streams.of([0, 1, 2])
TASKS = (Task("digit", "classification", 3), Task("size", "regression"), Task("shape", "classification", 4))
X = torch.randn(3, 5, 4, generator=torch.Generator().manual_seed(0))
DEPTH = 3


def built(name: str, backbone: str = "mlp", tasks: tuple[Task, ...] = TASKS, *, apart: bool = False, **options: Any) -> Model:
    body = {"mlp": {"width": 6, "depth": DEPTH}, "cnn": {"width": 2}}[backbone]
    sizes = Sizes(tasks, (4,) if backbone == "mlp" else (2, 8, 8), per_task=apart)
    strategy = choose("strategy", STRATEGIES, {"name": name} | options)
    return build(strategy, choose("backbone", BACKBONES, {"name": backbone} | body), sizes)


def first(model: Model, x: Tensor = X) -> tuple[Tensor, ...]:
    return model(model.initialise(STREAMS), x).tasks


def same(one: Model, other: Model, x: Tensor = X) -> bool:
    return all(torch.equal(a, b) for a, b in zip(first(one, x), first(other, x), strict=True))


def gate(values: Mapping[str, Tensor], prefix: str, copy: int, x: Tensor) -> Tensor:
    return torch.softmax(x @ values[f"{prefix}.0.weight"][copy] + values[f"{prefix}.0.bias"][copy], dim=0)
