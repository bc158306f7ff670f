"""Any ordinary ``nn.Module`` as a layer, mapped over runs."""

from math import prod

from torch import Tensor, nn
from torch.func import functional_call, vmap

from mtl_core.layers.layers import Layer, Parameters, uniform
from mtl_core.random import Streams


class Mapped(Layer):
    """A module of one run, applied to R runs by ``vmap`` over its parameters.

    The way to try a layer from elsewhere (attention, say) before it is worth a batched one: one run of it costs about half
    as much again as a layer written for many.

    Args:
        module: the template, ``(B, ...) -> (B, ...)``. It must keep no buffers that change (batch statistics) and draw no
            random numbers. Parameters of two or more dimensions start at U(-1/sqrt(fan_in), 1/sqrt(fan_in)), their fan-in
            being all dimensions but the first; others start as the module was made.
    """

    def __init__(self, module: nn.Module) -> None:
        self.module = module

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: tuple(value.shape) for name, value in self.module.named_parameters()}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        runs = len(streams.keys)
        return {
            name: uniform(streams.at(place), tuple(value.shape), prod(value.shape[1:]))
            if value.dim() > 1
            else value.detach().to(streams.keys.device).expand(runs, *value.shape).clone()
            for place, (name, value) in enumerate(self.module.named_parameters())
        }

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        mapped = vmap(lambda own, examples: functional_call(self.module, own, (examples,)))
        result: Tensor = mapped(dict(parameters), x)
        return result
