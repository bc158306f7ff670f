"""What a few methods need besides a step's own batch: a look back, a second batch, a trial step."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mtl_core.models.model import Model, Pass
from mtl_core.random import Purpose, Streams
from mtl_core.spec.plan import Run
from mtl_core.training.data import Data, batches_of
from mtl_core.training.forward import batch_losses, table
from mtl_core.training.gradients import Gradients
from mtl_core.training.parameters import Slices, leaves


@dataclass(frozen=True)
class StepPoint:
    """Where runs stand in a step.

    Args:
        parameters: ``(R, P)``.
        rates: ``(R, 1)`` learning rates.
        own: ``(R, P)`` whose head part holds each head's own gradient on this step's batch.
        jacobian: ``(R, T, P_trunk)`` the task gradients on this step's batch; None for methods that look at losses alone.
        active: ``(R or 1, T)`` bool, the tasks that are learned; None for all.
    """

    parameters: Tensor
    rates: Tensor
    own: Tensor
    jacobian: Tensor | None
    active: Tensor | None = None

    def of(self, runs: slice) -> "StepPoint":
        """Where some of the runs stand."""
        jacobian = None if self.jacobian is None else self.jacobian[runs]
        active = self.active if self.active is None or len(self.active) == 1 else self.active[runs]
        return StepPoint(self.parameters[runs], self.rates[runs], self.own[runs], jacobian, active)


class Probe:
    """Looks at other batches and other parameters for the runs of one method, all runs at once, and changes neither.

    Second batches are drawn from the train split in an order of their own, so validation stays what selection is made on.

    Args:
        model: of one run.
        data: the suite on its device.
        slices: where the parameters lie.
        runs: the runs.
        size: examples of a batch.
    """

    def __init__(self, model: Model, data: Data, slices: Slices, runs: Sequence[Run], size: int) -> None:
        device, seeds = data.train.inputs.device, [run.seed for run in runs]
        self._model, self._data, self._slices = model, data, slices
        self._first = batches_of(data, runs, size)
        self._second = batches_of(data, runs, size, Purpose.SECOND_BATCH)
        self._scratch = torch.zeros(len(runs), slices.total, device=device)
        self._views = leaves(model, self._scratch)
        self._gradients = Gradients(model, slices, self._views, len(data.tasks))
        self._noise = Streams.of(seeds, device).at(Purpose.SHARING)
        self._step = 0
        self._point = StepPoint(self._scratch, self._scratch[:, :1], self._scratch, None)

    def at(self, step: int, point: StepPoint) -> "Probe":
        """Itself, looking from this step (from 0) on."""
        self._step, self._point = step, point
        return self

    def revisited(self) -> Tensor:
        """``(R, T)`` losses of the previous step's batch at the present parameters."""
        self._move(None)
        return self._losses(self._first.at(self._step - 1))

    def losses(self, weights: Tensor) -> Tensor:
        """``(R, T)`` losses of this step's batch after a trial step along ``weights`` ``(R, T)``."""
        self._move(weights)
        return self._losses(self._first.at(self._step))

    def gradients(self, weights: Tensor | None = None) -> Tensor:
        """``(R, T, P_trunk)`` task gradients on the second batch, after a trial step if weights ``(R, T)`` are given."""
        self._move(weights)
        losses, *_ = batch_losses(self._model, self._data, self._views, self._second.at(self._step), self._pass)
        if self._point.active is not None:  # a task that waits pulls at nothing
            losses = [loss * learned for loss, learned in zip(losses, self._point.active.float().unbind(1), strict=True)]
        return self._gradients.per_task(losses)

    def _losses(self, rows: Tensor) -> Tensor:
        with torch.no_grad():
            return table(batch_losses(self._model, self._data, self._views, rows, self._pass)[0])

    @property
    def _pass(self) -> Pass:
        """The step's own occasion: what a strategy draws is drawn alike."""
        return Pass(self._step, self._noise.at(self._step))

    def _move(self, weights: Tensor | None) -> None:
        """Bring the scratch parameters to where the runs stand, or one plain gradient step on."""
        here = self._point
        self._scratch.copy_(here.parameters)
        if weights is None or here.jacobian is None:
            return
        trunk = (weights.unsqueeze(1) @ here.jacobian).squeeze(1)
        self._scratch[:, : self._slices.trunk].sub_(here.rates * trunk)
        own, each = self._slices.own, weights.index_select(1, self._slices.owner)
        self._scratch[:, own].sub_(here.rates * each * here.own[:, own])
