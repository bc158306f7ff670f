"""What models are counted to compute, against formulas."""

from math import prod
from typing import Any

import pytest
import torch

from mtl_core.layers.stage import Backbone
from mtl_core.models.build import Sizes, build
from mtl_core.models.model import Model
from mtl_core.models.primitives import channels
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.suites.suite import Task
from mtl_core.training.built import count_flops
from mtl_core.training.data import Data, DeviceSplit
from tests.models import small

TASKS = (Task("digit", "classification", 3), Task("size", "regression"), Task("shape", "classification", 4))
ANSWERS, COUNT = 3 + 1 + 4, len(TASKS)
SHAPE = (2, 8, 8)
SMALL = small.SMALL | {"mlp": {"width": 12}}
SPLIT = DeviceSplit(torch.zeros(1, *SHAPE), (), ())


class Counted:
    """A strategy on a backbone, what is counted of it, and the parts of formulas."""

    def __init__(self, backbone: str, strategy: str, **options: Any) -> None:
        body = choose("backbone", BACKBONES, {"name": backbone} | SMALL[backbone])
        model: Model = build(choose("strategy", STRATEGIES, {"name": strategy} | options), body, Sizes(TASKS, SHAPE))
        plain: Backbone = BACKBONES[backbone].load()(SHAPE, **body.options)
        self.total, self.each = count_flops(model, Data(TASKS, SPLIT, SPLIT, SPLIT))
        self.body, self.features = plain.flops, plain.features
        self.shapes = plain.shapes[1:]
        self.heads = 2 * self.features * ANSWERS


@pytest.mark.parametrize("backbone", BACKBONES)
def test_all_tasks_of_plain_models_cost_their_stages_and_heads(backbone: str) -> None:
    shared, apart = Counted(backbone, "hard"), Counted(backbone, "single_task")
    assert shared.total == shared.body + shared.heads
    assert apart.total == COUNT * apart.body + apart.heads == sum(apart.each)


@pytest.mark.parametrize("granularity", ["scalar", "channel"])
@pytest.mark.parametrize("backbone", BACKBONES)
def test_a_cross_stitch_unit_multiplies_every_number_once_a_pair(backbone: str, granularity: str) -> None:
    found = Counted(backbone, "cross_stitch", granularity=granularity)
    mixes = sum(2 * COUNT**2 * prod(shape) for shape in found.shapes)
    assert found.total == COUNT * found.body + mixes + found.heads


@pytest.mark.parametrize("backbone", BACKBONES)
def test_a_mixture_multiplies_every_feature_once_a_task_and_expert(backbone: str) -> None:
    found = Counted(backbone, "mmoe", experts=4)
    gates, mixes = COUNT * 2 * channels(SHAPE) * 4, COUNT * 2 * 4 * found.features
    assert found.total == 4 * found.body + gates + mixes + found.heads


@pytest.mark.parametrize("backbone", BACKBONES)
def test_a_projection_multiplies_every_number_once_for_each_channel_of_each_task(backbone: str) -> None:
    found = Counted(backbone, "nddr")
    projections = sum(2 * COUNT**2 * channels(shape) * prod(shape) for shape in found.shapes)
    assert found.total == COUNT * found.body + projections + found.heads
