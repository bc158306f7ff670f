"""What every solver needs: a precise Gramian, its cosines, and the way back to the caller's dtype."""

import torch
from torch import Tensor

from mtl_core.balancing.method import Probe, Signals
from mtl_core.errors import SpecError


def gramian_of(signals: Signals) -> Tensor:
    """The step's Gramian ``(R, T, T)``, as far as its dtype resolves it; see ``resolved``.

    Raises:
        SpecError: the step brought none; the method's table line must ask for it.
    """
    if signals.gramian is None:
        raise SpecError("this method needs the Gramian of the task gradients, found none; give gramian= in its signals.")
    return resolved(signals.gramian)


def resolved(gramian: Tensor) -> Tensor:
    """A Gramian in which gradients too short for their squares to be told from zero are zero.

    Near the smallest number that a dtype holds products lose their digits: in single precision below a length of 3e-16. What
    is then read as a length or an angle is rounding, and a weight that divides by it has any size.

    Args:
        gramian: ``(R, T, T)``.
    """
    limits = torch.finfo(gramian.dtype)
    lost = gramian.diagonal(dim1=-2, dim2=-1) < limits.tiny / limits.eps
    return gramian.masked_fill(lost.unsqueeze(-1) | lost.unsqueeze(-2), 0.0)


def jacobian_of(signals: Signals) -> Tensor:
    """The step's task gradients ``(R, T, P)``.

    Raises:
        SpecError: the step brought none; the method's table line must ask for them.
    """
    if signals.jacobian is None:
        raise SpecError("this method needs the task gradients themselves, found none; give jacobian= in its signals.")
    return signals.jacobian


def probe_of(signals: Signals) -> Probe:
    """The step's look beyond its batch.

    Raises:
        SpecError: the step brought none; the method's table line must ask for it.
    """
    if signals.probe is None:
        raise SpecError("this method looks beyond the batch, found no way to; give probe= in its signals.")
    return signals.probe


def precise(values: Tensor) -> Tensor:
    """The values in float64: small problems are solved there whatever the model is trained in.

    Apple's MPS has no float64, so there the few numbers of a Gramian travel to the CPU; ``fit`` brings the answer back.
    """
    if values.device.type == "mps":
        return values.cpu().double()
    return values.double()


def fit(weights: Tensor, like: Tensor) -> Tensor:
    """The weights in the dtype and on the device of ``like``, kept within what that dtype can hold."""
    bound = min(torch.finfo(like.dtype).max, torch.finfo(weights.dtype).max)
    return weights.clamp(-bound, bound).to(like)


def at_most(weights: Tensor, gramian: Tensor, longest: float) -> Tensor:
    """The weights ``(R, T)`` of an update no longer than ``longest``; shorter updates stay as they are, 0 is no limit."""
    if longest <= 0:
        return weights
    w = precise(weights)
    squared = (w.unsqueeze(-2) @ precise(gramian) @ w.unsqueeze(-1)).squeeze(-1)
    return fit(w * (longest / squared.clamp(min=longest**2).sqrt()), weights)


def cosines(gramian: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """A Gramian with the lengths taken out: ``G = diag(n) C diag(n)``.

    Solving on ``C`` makes a solver indifferent to the scale of every single gradient.

    Args:
        gramian: ``(R, T, T)`` in float64.

    Returns:
        The cosines ``(R, T, T)``, unit diagonal, with zero gradients orthogonal to all others; the norms ``(R, T)``, 1 in
        place of 0; and ``(R, T)`` bool, False where a gradient is zero.
    """
    squares = gramian.diagonal(dim1=-2, dim2=-1)
    alive = ~(squares <= 0)  # not `squares > 0`: NaN must stay visible
    norms = torch.where(alive, squares, 1.0).sqrt()
    values = (gramian / norms[:, :, None] / norms[:, None, :]).clamp(-1, 1)
    eye = torch.eye(gramian.shape[-1], dtype=torch.bool, device=gramian.device)
    return torch.where(eye, 1.0, values), norms, alive


def ridge(gramian: Tensor) -> float:
    """What is added to a unit diagonal so that dependent gradients share their weight evenly and no answer grows without bound:
    at least what the rounding of the Gramian's entries can take from its smallest eigenvalue."""
    return max(1e-12, 4 * gramian.shape[-1] * torch.finfo(gramian.dtype).eps)


def settled(done: Tensor) -> bool:
    """Whether a bounded iteration may stop early because every run of the batch is done.

    Reading a flag is free on a CPU; on an accelerator it would stall the queue at every iteration, so there the iteration
    runs to its bound. Finished runs are left as they are either way, so no result depends on the answer.
    """
    return done.device.type == "cpu" and bool(done.all())
