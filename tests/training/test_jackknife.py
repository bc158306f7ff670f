"""Metrics without each part of the test split, added up part by part or taken anew."""

import pytest
import torch

import mtl_core as mtl
from mtl_core.kinds.box import Box
from mtl_core.kinds.depth import Depth
from mtl_core.kinds.normals import Normals
from mtl_core.kinds.segmentation import Segmentation
from mtl_core.models.build import Sizes, build
from mtl_core.random import Streams
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import choose
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.training import jackknife
from mtl_core.training.data import Data, DeviceSplit
from mtl_core.training.parameters import initial

CPU = torch.device("cpu")


@pytest.mark.parametrize("rows", [24, 13])
def test_taking_a_part_away_is_leaving_it_out(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    suite = mtl.load_suite({"name": "driving", "pictures": 64}, ["segmentation", "depth", "steering", "box"])
    data = Data.of(suite, CPU)
    few = DeviceSplit(
        data.test.inputs[:rows],
        tuple(target[:rows] for target in data.test.targets),
        tuple(None if mask is None else mask[:rows] for mask in data.test.observed),
    )
    data = Data(data.tasks, data.train, data.validation, few)
    body = choose("backbone", BACKBONES, {"name": "unet", "width": 2, "depth": 3})
    model = build(choose("strategy", STRATEGIES, "hard"), body, Sizes(data.tasks, data.shape))
    parameters = initial(model, Streams.of([0, 1]))
    found = jackknife.left_out(model, data, parameters, 1 << 22)
    for kind in (Segmentation, Depth, Normals, Box):
        monkeypatch.setattr(kind, "adds", False)
    expected = jackknife.left_out(model, data, parameters, 1 << 22)
    assert found.shape == expected.shape
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6, equal_nan=True)
