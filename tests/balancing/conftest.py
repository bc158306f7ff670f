"""Task gradients of proven character, and the signals that carry them."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from mtl_core.balancing.method import Signals
from mtl_core.balancing.once import Still
from mtl_core.random import Streams

KINDS = (
    "plain",
    "duplicate",
    "opposite",
    "rank1",
    "zero",
    "all_zero",
    "mixed_scales",
    "tiny",
    "huge",
    "stationary",
    "conflict",
)


def _jacobian(kind: str, runs: int, tasks: int, size: int, dtype: torch.dtype, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    draw = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)  # noqa: E731
    values = draw(runs, tasks, size)
    match kind:
        case "duplicate":
            values[:, -1] = values[:, 0]
        case "opposite":
            values[:, -1] = -values[:, 0]
        case "rank1":
            values = draw(runs, tasks, 1) * draw(runs, 1, size)
        case "zero":
            values[:, 0] = 0
        case "all_zero":
            values[:] = 0
        case "mixed_scales":
            values *= 10.0 ** torch.linspace(-10, 10, tasks, dtype=torch.float64)[:, None]
        case "tiny":
            values *= 1e-10
        case "huge":
            values *= 1e10
        case "stationary":
            values[:, -1] = -(values[:, :-1] * draw(runs, tasks - 1, 1).abs()).sum(1)
        case "conflict":
            values -= 0.95 * values.mean(1, keepdim=True)
    return values.to(dtype)


@pytest.fixture(scope="session")
def kinds() -> tuple[str, ...]:
    """The names that ``jacobian`` knows."""
    return KINDS


@pytest.fixture(scope="session")
def jacobian() -> Callable[..., Tensor]:
    """``jacobian(kind, runs, tasks, size, dtype, seed)``: ``(runs, tasks, size)`` task gradients of a kind."""

    def make(
        kind: str = "plain", runs: int = 8, tasks: int = 3, size: int = 12, dtype: torch.dtype = torch.float64, seed: int = 0
    ) -> Tensor:
        return _jacobian(kind, runs, tasks, size, dtype, seed)

    return make


@pytest.fixture(scope="session")
def signals() -> Callable[..., Signals]:
    """``signals(jacobian, losses, observed, step, epoch_steps, seeds)`` as a trainer would give them."""

    def make(
        jacobian: Tensor,
        losses: Tensor | None = None,
        observed: Tensor | None = None,
        step: int = 0,
        epoch_steps: int = 3,
        seeds: tuple[int, ...] | None = None,
    ) -> Signals:
        runs, tasks, _ = jacobian.shape
        losses = jacobian.new_ones(runs, tasks) if losses is None else losses
        observed = torch.ones_like(losses, dtype=torch.bool) if observed is None else observed
        jacobian = jacobian * observed.unsqueeze(-1)
        streams = Streams.of(seeds or range(runs)).at(step)
        return Signals(losses, observed, step, epoch_steps, streams, jacobian @ jacobian.mT, jacobian, Still(losses, jacobian))

    return make
