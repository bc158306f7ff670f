"""Fixed weights: a point of the simplex that never moves unless a person moves it."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mtl_core.balancing.method import Signals, State, Update
from mtl_core.errors import SpecError, shown

SIMPLEX_TOLERANCE = 1e-3


class Fixed:
    """The same weights at every step, ``sum_t w_t L_t``.

    The weights stand in the state, one point a run: whoever trains may ``set`` them between steps, and a checkpoint keeps
    them.

    Args:
        weights: ``(T,)`` one point for all runs, ``(R, T)`` one a run, or None for equal weights; each row non-negative with
            sum one.

    Raises:
        SpecError: weights off the simplex, or (at ``init``) of a shape that does not fit the losses.
    """

    def __init__(self, weights: Tensor | Sequence[float] | Sequence[Sequence[float]] | None = None) -> None:
        self._weights = None if weights is None else _checked(weights)

    def init(self, losses: Tensor) -> State:
        """The points that the runs start from."""
        if self._weights is None:
            return {"weights": torch.full_like(losses, 1 / losses.shape[1])}
        if self._weights.shape not in (losses.shape, losses.shape[1:]):
            raise SpecError(
                f"fixed weights must have shape {tuple(losses.shape[1:])} or {tuple(losses.shape)}, one number a task, found "
                f"{tuple(self._weights.shape)}."
            )
        return {"weights": self._weights.to(losses).expand_as(losses).clone()}

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:  # noqa: ARG002 - fixed means looking at nothing
        """The weights as they stand; a task without a label in the batch has a zero gradient and needs no other weight."""
        return Update(state["weights"]), state

    def set(self, state: State, runs: Sequence[int], weights: Tensor) -> State:
        """See ``Settable``; the weights are taken as they are, checked by whoever asked for them.

        Raises:
            SpecError: another number of weights than of tasks or of points than of runs.
        """
        table = state["weights"].clone()
        if weights.shape not in (table.shape[1:], (len(runs), *table.shape[1:])):
            raise SpecError(
                f"weights to set must be one point or one a run, {table.shape[1]} numbers each, found shape "
                f"{tuple(weights.shape)} for {len(runs)} runs."
            )
        table[list(runs)] = weights.to(table)
        return state | {"weights": table}


def _checked(weights: Tensor | Sequence[float] | Sequence[Sequence[float]]) -> Tensor:
    try:
        values = torch.as_tensor(weights, dtype=torch.float64)
    except (TypeError, ValueError) as error:
        raise SpecError(f"fixed weights must be numbers, one a task, found {shown(weights)}.") from error
    if values.ndim not in (1, 2) or not bool(((values >= 0).all(-1) & ((values.sum(-1) - 1).abs() <= SIMPLEX_TOLERANCE)).all()):
        raise SpecError(f"fixed weights must be on the simplex (each between 0 and 1, sum 1), found {shown(values.tolist())}.")
    return values
