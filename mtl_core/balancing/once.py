"""One method applied once to given gradients: for lessons, landscapes, tests and notebooks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mtl_core.balancing.build import make
from mtl_core.balancing.method import Method, Signals, Update
from mtl_core.errors import SpecError, unknown_name
from mtl_core.random import Streams
from mtl_core.spec.methods import METHODS
from mtl_core.spec.table import MethodEntry


@dataclass(frozen=True)
class Still:
    """A probe for single use: every batch is this batch, and nothing has moved.

    Args:
        values: ``(R, T)`` losses.
        jacobian: ``(R, T, P)`` task gradients; None where only losses are looked at.
    """

    values: Tensor
    jacobian: Tensor | None = None

    def revisited(self) -> Tensor:
        """The losses."""
        return self.values

    def losses(self, weights: Tensor) -> Tensor:  # noqa: ARG002 - wherever a step would lead, nothing moves
        """The losses."""
        return self.values

    def gradients(self, weights: Tensor | None = None) -> Tensor:  # noqa: ARG002 - as above
        """The gradients."""
        if self.jacobian is None:
            raise SpecError("this method needs the task gradients themselves, found none; call direction with the Jacobian.")
        return self.jacobian


def weights_once(name: str, gramian: Any, losses: Any, seed: int, options: Mapping[str, Any]) -> Tensor:
    """See ``mtl_core.balancing.weights``."""
    entry, method = build(name, options)
    if entry.signals == "jacobian":
        raise SpecError(f"{name} needs the gradients themselves, found their Gramian; call direction with the Jacobian.")
    values = _numbers("gramian", gramian, 2, "(R, T, T) or (T, T)")
    if values.shape[-1] != values.shape[-2] or values.shape[-1] == 0:
        raise SpecError(f"gramian must have shape (R, T, T) or (T, T), found {tuple(values.shape)}.")
    batch = values if values.ndim == 3 else values[None]
    update = _apply(method, batch, None, losses, seed)
    return update.weights if values.ndim == 3 else update.weights[0]


def direction_once(name: str, jacobian: Any, losses: Any, seed: int, options: Mapping[str, Any]) -> Tensor:
    """See ``mtl_core.balancing.direction``."""
    _, method = build(name, options)
    values = _numbers("jacobian", jacobian, 2, "(R, T, P) or (T, P)")
    if 0 in values.shape:
        raise SpecError(f"jacobian must have at least one run, task and parameter, found shape {tuple(values.shape)}.")
    batch = values if values.ndim == 3 else values[None]
    update = _apply(method, batch @ batch.mT, batch, losses, seed)
    combined = update.direction
    if combined is None:
        combined = (update.weights.unsqueeze(1) @ batch).squeeze(1)  # (R, 1, T) @ (R, T, P) -> (R, P)
    return combined if values.ndim == 3 else combined[0]


def build(name: str, options: Mapping[str, Any]) -> tuple[MethodEntry, Method]:
    """A method's table line, and the method with these options.

    Raises:
        SpecError: an unknown name or option, or a value out of bounds.
    """
    if not isinstance(name, str) or name not in METHODS:
        raise unknown_name("method", name, METHODS)
    entry = METHODS[name]
    given = dict(options)
    # Fixed weights are numbers a task, not an option with bounds; the method checks them itself.
    own = {} if entry.selectable else {key: given.pop(key) for key in ("weights",) if key in given}
    return entry, make(entry, entry.check(given) | own)


def _apply(method: Method, gramian: Tensor, jacobian: Tensor | None, losses: Any, seed: int) -> Update:
    runs, tasks = gramian.shape[:2]
    values = gramian.new_ones(runs, tasks) if losses is None else _numbers("losses", losses, 1, "(R, T) or (T,)").to(gramian)
    if values.shape not in ((runs, tasks), (tasks,)):
        raise SpecError(f"losses must have shape {(runs, tasks)} or {(tasks,)}, one a task, found {tuple(values.shape)}.")
    values = values.expand(runs, tasks)
    signals = Signals(
        losses=values,
        observed=torch.ones_like(values, dtype=torch.bool),
        step=0,
        epoch_steps=1,
        streams=Streams.of(range(seed, seed + runs), gramian.device),
        gramian=gramian,
        jacobian=jacobian,
        probe=Still(values, jacobian),
    )
    return method(signals, method.init(values))[0]


def _numbers(what: str, given: Any, inner: int, shape: str) -> Tensor:
    try:
        values = torch.as_tensor(given)
        values = values.detach() if values.is_floating_point() else values.to(torch.get_default_dtype())
    except (TypeError, ValueError, RuntimeError) as error:
        raise SpecError(f"{what} must be numbers of shape {shape}, found {type(given).__name__}.") from error
    if values.ndim not in (inner, inner + 1):
        raise SpecError(f"{what} must have shape {shape}, found {tuple(values.shape)}.")
    if not bool(values.isfinite().all()):
        raise SpecError(f"{what} must be finite, found NaN or infinity; leave diverged runs out.")
    return values
