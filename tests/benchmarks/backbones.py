"""Cohorts of residual networks, U-Nets and transformers, on vectors and texts, against a plain loop over ordinary modules:
forward and backward, per run."""

import argparse
from collections.abc import Callable

import torch
import torch.nn.functional as F
from measure import interleaved, machine
from torch import Tensor, nn

from mtl_core.layers.stage import Backbone, Stage
from mtl_core.models.resnet import resnet
from mtl_core.models.transformer import transformer
from mtl_core.models.unet import unet
from mtl_core.random import Streams
from mtl_core.training.memory import keep_freed_memory

RUNS = 16
WORDS, PLACES = 500, 24


class Block(nn.Module):
    """A basic residual block, after halving where filters grow."""

    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        self.more = filters - channels
        self.first = nn.Sequential(nn.Conv2d(channels, filters, 3, padding=1), nn.GroupNorm(1, filters), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(filters, filters, 3, padding=1), nn.GroupNorm(1, filters))

    def forward(self, x: Tensor) -> Tensor:
        x = F.avg_pool2d(x, 2) if self.more else x
        return torch.relu(self.second(self.first(x)) + (F.pad(x, (0, 0, 0, 0, 0, self.more)) if self.more else x))


class PlainResnet(nn.Module):
    """``resnet`` of width 8 and depth 2 as ordinary modules."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.GroupNorm(1, 8), nn.ReLU(), Block(8, 8), Block(8, 16))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x).mean((2, 3))


class PlainUnet(nn.Module):
    """``unet`` of width 8 and depth 6 as ordinary modules, to its last map."""

    def __init__(self) -> None:
        super().__init__()
        sizes = ((3, 8, 1), (8, 16, 2), (16, 32, 2), (32, 32, 1), (48, 16, 1), (24, 16, 1))
        self.layers = nn.ModuleList(nn.Conv2d(inputs, filters, 3, stride, 1) for inputs, filters, stride in sizes)

    def forward(self, x: Tensor) -> Tensor:
        whole = torch.relu(self.layers[0](x))
        half = torch.relu(self.layers[1](whole))
        deep = torch.relu(self.layers[3](torch.relu(self.layers[2](half))))
        half = torch.relu(self.layers[4](torch.cat((F.interpolate(deep, scale_factor=2), half), 1)))
        return torch.relu(self.layers[5](torch.cat((F.interpolate(half, scale_factor=2), whole), 1)))


class PlainTransformer(nn.Module):
    """``transformer`` of width 32, depth 2 and 4 heads as ordinary modules."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(16, 32)), nn.Parameter(torch.randn(16, 32))
        layers = [nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, batch_first=True, norm_first=True) for _ in range(2)]
        self.layers = nn.Sequential(*layers, nn.LayerNorm(32))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(torch.addcmul(self.bias, x.unsqueeze(2), self.weight)).mean(1)


class PlainText(nn.Module):
    """``transformer`` of width 48, depth 1 and 4 heads on texts as ordinary modules."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(WORDS, 48, padding_idx=0), nn.Parameter(torch.randn(PLACES, 48))
        self.layer = nn.TransformerEncoderLayer(48, 4, 96, dropout=0.0, batch_first=True, norm_first=True)
        self.normal = nn.LayerNorm(48)

    def forward(self, x: Tensor) -> Tensor:
        there = (x != 0).unsqueeze(2)
        y = self.normal(self.layer(self.words(x) + self.places, src_key_padding_mask=~there.squeeze(2)))
        return (y * there).sum(1) / there.sum(1)


def cohort(body: Backbone, x: Tensor) -> Callable[[], None]:
    """Forward and backward of all runs at once."""
    starts = [stage.initialise(Streams.of(range(RUNS)).at(place)) for place, stage in enumerate(body.stages)]
    values = [{name: value.requires_grad_() for name, value in start.items()} for start in starts]

    def step() -> None:
        for own in values:
            for value in own.values():
                value.grad = None
        y = x
        if body.whole is not None:
            y = body.whole(body.stages, values, x)
        else:
            for stage, own in zip(body.stages, values, strict=True):
                y = stage(own, y)
        Stage("shown", body.showing)({}, y).square().sum().backward()

    return step


def loop(make: Callable[[], nn.Module], x: Tensor) -> Callable[[], None]:
    """Forward and backward of one run after another."""
    modules = [make() for _ in range(RUNS)]

    def step() -> None:
        for module, examples in zip(modules, x, strict=True):
            module.zero_grad()
            module(examples).square().sum().backward()

    return step


def texts(batch: int) -> Tensor:
    """``(RUNS, batch, PLACES)`` random words, half of the texts with some padding."""
    lengths = torch.randint(PLACES // 2, 3 * PLACES // 2, (RUNS, batch, 1))
    return torch.randint(1, WORDS, (RUNS, batch, PLACES)) * (torch.arange(PLACES) < lengths)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    keep_freed_memory()  # as training does
    print(machine())
    image, vector, colours = (1, 8, 8), (16,), (3, 32, 32)
    for name, body, make, shape in (
        ("resnet", resnet(image, 8, 2, 1), PlainResnet, image),
        ("unet", unet(colours, 8, 6, False).opened(), PlainUnet, colours),
        ("transformer", transformer(vector, 32, 2, 4, 2), PlainTransformer, vector),
        ("text", transformer((PLACES,), 48, 1, 4, 2, words=WORDS), PlainText, (PLACES,)),
    ):
        for batch in (16, 32, 64) if make is not PlainUnet else (16,):
            x = torch.randn(RUNS, batch, *shape) if make is not PlainText else texts(batch)
            taken = interleaved({"cohort": cohort(body, x), "loop": loop(make, x)}, rounds, calls=2)
            each = ", ".join(f"{way} {seconds / RUNS * 1e3:.2f} ms a run" for way, seconds in taken.items())
            print(f"{name}, batch {batch}: {each}; {taken['loop'] / taken['cohort']:.2f} times faster")


if __name__ == "__main__":
    main()
