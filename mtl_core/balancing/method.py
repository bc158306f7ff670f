"""What a balancing method is: a function from signals to effective weights, with explicit state."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from torch import Tensor

if TYPE_CHECKING:
    from mtl_core.random import Streams

State = dict[str, Tensor]
"""What a method remembers, each tensor with the run axis first. Part of every checkpoint. Tracked gradients have a last axis of
one before the first step and of the trunk's size from then on."""


class Probe(Protocol):
    """A look beyond this step's batch, for the methods whose table line asks for ``extra``; others never get one."""

    def revisited(self) -> Tensor:
        """``(R, T)`` losses of the previous step's batch at the present parameters; not at the first step."""
        ...

    def losses(self, weights: Tensor) -> Tensor:
        """``(R, T)`` losses of this step's batch after a trial step along ``weights`` ``(R, T)``."""
        ...

    def gradients(self, weights: Tensor | None = None) -> Tensor:
        """``(R, T, P)`` task gradients on an independent batch, after a trial step if weights ``(R, T)`` are given."""
        ...


@dataclass(frozen=True)
class Signals:
    """What a method may look at in one step, for R runs and T tasks. Nothing here carries autograd history.

    Args:
        losses: ``(R, T)`` task losses of this batch; where a task has no label in the batch, its last observed loss.
        observed: ``(R, T)`` bool, False where a task had no label in the batch; its gradient is then zero.
        step: updates done before this one, from 0.
        epoch_steps: steps of one pass over the train split.
        streams: the runs' own random numbers for this step; never draw from anywhere else.
        gramian: ``(R, T, T)`` inner products of the task gradients on the trunk; None for methods that need only losses.
        jacobian: ``(R, T, P)`` the task gradients on the trunk; None unless the method's table line asks for it.
        probe: a look beyond this batch; None unless the method's table line asks for it.
        steps: updates of the whole run, for what goes by how much of it is over.
    """

    losses: Tensor
    observed: Tensor
    step: int
    epoch_steps: int
    streams: "Streams"
    gramian: Tensor | None = None
    jacobian: Tensor | None = None
    probe: Probe | None = None
    steps: int = 1

    def of(self, runs: slice, *, jacobian: bool, probe: Probe | None) -> "Signals":
        """What the method of some of the runs sees: their rows, the gradients only if it asks for them, and its own probe."""
        return Signals(
            losses=self.losses[runs],
            observed=self.observed[runs],
            step=self.step,
            epoch_steps=self.epoch_steps,
            streams=self.streams.of_runs(runs),
            gramian=None if self.gramian is None else self.gramian[runs],
            jacobian=self.jacobian[runs] if jacobian and self.jacobian is not None else None,
            probe=probe,
            steps=self.steps,
        )


@dataclass(frozen=True)
class Update:
    """What a method answers.

    Args:
        weights: ``(R, T)`` the weights that multiply the task gradients. Where ``direction`` is given they are the
            least-squares ones.
        direction: ``(R, P)`` the trunk update itself, for methods whose update is no weighted sum of task gradients.
        unexplained: ``(R,)`` the share of ``direction``'s squared norm that the weights do not explain.
        heads: ``(R, T)`` what multiplies each head's own gradient, where it is neither 1 nor the weight.
    """

    weights: Tensor
    direction: Tensor | None = None
    unexplained: Tensor | None = None
    heads: Tensor | None = None


class Method(Protocol):
    """A balancing method for R runs at once. Options are the constructor's keywords; instances hold no state.

    One whose weights a person may move by hand has a ``set`` besides (``Settable``).
    """

    def init(self, losses: Tensor) -> State:
        """The state before the first step. ``losses`` ``(R, T)`` gives shapes, dtype and device, not information."""
        ...

    def __call__(self, signals: Signals, state: State) -> tuple[Update, State]:
        """One step. Neither argument is changed in place."""
        ...


@runtime_checkable
class Settable(Method, Protocol):
    """A method that does not decide its weights itself, so that a person may: as a starting point, or between two steps."""

    def set(self, state: State, runs: Sequence[int], weights: Tensor) -> State:
        """The state with other weights for some of its runs; the given one is not changed in place.

        Args:
            state: the method's own.
            runs: places along its run axis.
            weights: ``(T,)`` for all of these runs, or ``(len(runs), T)``.
        """
        ...


class Stateless:
    """The half that methods without memory share."""

    def init(self, losses: Tensor) -> State:  # noqa: ARG002 - the interface gives it, and there is nothing to shape
        """Nothing to remember."""
        return {}
