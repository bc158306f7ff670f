"""What a method makes of two gradients, at every place of a lattice: for pictures whose arrows are dragged."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from mtl_core.balancing.method import Method, Signals
from mtl_core.balancing.once import Still, build
from mtl_core.random import Purpose, Streams

ALONG = (0.8, 0.6)
"""Which way the first task goes downhill: askew, so that both coordinates take part where a method looks at each by itself."""

LENGTHS = np.arange(1, 11) / 5
"""How long the first task's arrow may be."""

PLACES = np.arange(-20, 21) / 10
"""The coordinates that the tip of the second task's arrow may have, across and up."""

LOSSES = np.arange(1, 21) / 10
"""What either loss may be, for methods that look at nothing else."""

DRAWS = 5
"""How often a method is asked that draws by lot."""

HALVES = {"fixed": {"weights": (0.3, 0.7)}}
"""What a method is asked with that has no weights of its own."""

Arrays = dict[str, np.ndarray[Any, Any]]


def plane(name: str, steps: int = 1) -> Arrays:
    """The answers of one method, with its own options, to all pairs of arrows: downhill for each of two tasks.

    Args:
        name: a name of ``METHODS``.
        steps: which step of a training it is in which neither losses nor gradients ever change, from 1.

    Returns:
        ``made``, float32, its first axis the draws, one where nothing is drawn. Of a method that looks at losses alone
        ``(D, K, K, 2)`` weights over ``losses`` ``(K,)`` of the first task and the second; of any other, with both losses one,
        ``(D, L, N, N, 2)`` steps that the trunk takes (against its update), over the ``lengths`` ``(L,)`` of the first arrow,
        which points ``along`` ``(2,)``, and the ``places`` ``(N,)`` of the second one's tip, up before across. ``remembers`` is
        whether it keeps anything from step to step. Every further batch that a method asks for is the same one again.

    Raises:
        SpecError: an unknown name.

    Cost: as many calls as there are steps, for 17,000 runs at once.
    """
    entry, method = build(name, HALVES.get(name, {}))
    alone = entry.signals == "losses"
    jacobian, losses = _losses() if alone else _arrows()
    shape = (len(LOSSES),) * 2 if alone else (len(LENGTHS), len(PLACES), len(PLACES))
    # By lot or not shows at the first step already.
    sample = [_asked(method, jacobian, losses, 1, seed) for seed in (0, 1)]
    seeds = range(1 if torch.equal(*sample) else DRAWS)
    draws = [sample[0]] if steps == 1 and len(seeds) == 1 else [_asked(method, jacobian, losses, steps, seed) for seed in seeds]
    made = torch.stack(draws).reshape(len(draws), *shape, 2).to(torch.float32).numpy()
    axes = {"lengths": LENGTHS, "places": PLACES, "losses": LOSSES, "along": np.array(ALONG)}
    return axes | {"made": made, "remembers": np.array(bool(method.init(losses)))}


def _losses() -> tuple[Tensor | None, Tensor]:
    """All pairs of losses ``(R, 2)``, and no gradients."""
    values = torch.as_tensor(LOSSES)
    return None, torch.cartesian_prod(values, values)


def _arrows() -> tuple[Tensor, Tensor]:
    """All pairs of gradients ``(R, 2, 2)``, which point against the arrows, and losses ``(R, 2)`` of one."""
    lengths, places = torch.as_tensor(LENGTHS), torch.as_tensor(PLACES)
    length, up, across = torch.meshgrid(lengths, places, places, indexing="ij")
    first = length[..., None] * torch.tensor(ALONG, dtype=torch.float64)
    arrows = torch.stack((first, torch.stack((across, up), -1)), -2).reshape(-1, 2, 2)
    return -arrows, arrows.new_ones(len(arrows), 2)


def _asked(method: Method, jacobian: Tensor | None, losses: Tensor, steps: int, seed: int) -> Tensor:
    """What it answers at the last of so many equal steps: weights ``(R, 2)`` where there are no gradients, else steps."""
    streams = Streams.of([seed]).at(Purpose.LANDSCAPE)
    every, state = [0] * len(losses), method.init(losses)
    for step in range(steps):
        signals = Signals(
            losses=losses,
            observed=torch.ones_like(losses, dtype=torch.bool),
            step=step,
            epoch_steps=1,
            streams=Streams(lambda: streams.keys[every]).at(step),  # every row draws the same
            gramian=None if jacobian is None else jacobian @ jacobian.mT,
            jacobian=jacobian,
            probe=Still(losses, jacobian),
        )
        update, state = method(signals, state)
    if jacobian is None:
        return update.weights
    if update.direction is not None:
        return -update.direction
    return -(update.weights.unsqueeze(1) @ jacobian).squeeze(1)  # (R, 1, T) @ (R, T, P) -> (R, P)
