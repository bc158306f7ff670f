"""Functions with gradients of their own against autograd's."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.layers.fused import Blend, FirstConvolution, ReadoutProduct
from mtl_core.layers.layers import Convolution, unfolded

GENERATOR = torch.Generator().manual_seed(0)


def leaf(*shape: int) -> Tensor:
    return torch.randn(shape, generator=GENERATOR, dtype=torch.float64).requires_grad_()


def test_gradients_are_right_to_finite_differences() -> None:
    assert torch.autograd.gradcheck(ReadoutProduct.apply, (leaf(2, 4, 3), leaf(2, 5, 3), leaf(2, 5)))
    columns = leaf(6, 4, 7).detach()  # three examples of two runs
    assert torch.autograd.gradcheck(lambda w, b: FirstConvolution.apply(columns, w, b), (leaf(2, 5, 4), leaf(2, 5)))


def test_unfolding_is_pytorchs() -> None:
    for shape, kernel, padding in (((6, 3, 5, 7), 3, 1), ((4, 1, 6, 6), 5, 2), ((4, 2, 6, 7), 5, 0), ((4, 1, 6, 6), 2, 0)):
        images = torch.randn(shape, generator=GENERATOR)
        assert torch.equal(unfolded(images, kernel, padding), F.unfold(images, kernel, padding=padding))


@pytest.mark.parametrize("layer", [Convolution(2, 4), Convolution(2, 4, 4, padded=False)])
def test_a_thin_input_is_convolved_alike_unfolded_or_not(layer: Convolution) -> None:
    x = leaf(3, 5, 2, 6, 7)
    parameters = {name: leaf(3, *shape) for name, shape in layer.shapes.items()}
    grouped, unfolding = layer(parameters, x), layer.of_thin(parameters, x.detach())
    torch.testing.assert_close(grouped, unfolding)
    seed = torch.randn(grouped.shape, generator=GENERATOR, dtype=torch.float64)
    pairs = (torch.autograd.grad(y, list(parameters.values()), seed) for y in (grouped, unfolding))
    for one, other in zip(*pairs, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("streams", [(1, 1, 1), (3, 1, 3)])
@pytest.mark.parametrize("batch", [4, 1])
@pytest.mark.parametrize("more", [(2,), (2, 1, 2)])
def test_a_blend_is_a_sum_over_modules(streams: tuple[int, ...], batch: int, more: tuple[int, ...]) -> None:
    weights, choices = leaf(2, 3, 3, batch), [leaf(2, count, 4, *more) for count in streams]
    assert torch.autograd.gradcheck(Blend.apply, (weights, *choices))
    stacked = torch.stack([x.expand(-1, 3, *x.shape[2:]) for x in choices], dim=2)  # (R, T, K, B, ...)
    expected = (weights.view(*weights.shape, *(1,) * len(more)) * stacked).sum(2)
    torch.testing.assert_close(Blend.apply(weights, *choices), expected)
