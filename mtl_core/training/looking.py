"""Looking at one update of a run before it is made: what the tasks ask for, what comes of it, and what it does to each loss."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from mtl_core.errors import SpecError
from mtl_core.models.model import Pass
from mtl_core.random import Purpose, Streams
from mtl_core.training.data import batches_of
from mtl_core.training.forward import batch_losses, table
from mtl_core.training.gradients import Gradients, gramian
from mtl_core.training.held import Held
from mtl_core.training.parameters import Slices
from mtl_core.training.phase import phases_of


@dataclass(frozen=True)
class Look:
    """What one look at an update found, for T tasks; all losses and gradients are those of one batch, the next one.

    Args:
        updates: how many were made one after another.
        gramian: ``(T, T)`` inner products of the task gradients on the trunk.
        weights: ``(T,)`` what the run's method multiplies them with.
        unexplained: the share of its combined gradient's squared norm that these do not explain.
        along: ``(T,)`` what multiplied them in the first update: the method's weights, or those asked for.
        moved: ``(T,)`` inner products of the trunk's displacement with the task gradients: each loss's change by first order
            through the trunk.
        length: norm of that displacement.
        before: ``(T,)`` losses.
        promised: ``(T,)`` the losses after by first order, heads included: ``L_t + <∇L_t, Δθ>``.
        after: ``(T,)`` the real ones.
    """

    updates: int
    gramian: list[list[float]]
    weights: list[float]
    unexplained: float
    along: list[float]
    moved: list[float]
    length: float
    before: list[float]
    promised: list[float]
    after: list[float]

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it; a task that the run does not train, or without a label in the batch, has NaN for losses."""
        return asdict(self)


def look(run: Held, updates: int = 1, along: Sequence[float] | None = None) -> Look:
    """Make the next updates of a run in hand, and tell what they came to. The run in the study stays where it is.

    Args:
        run: moved by this.
        updates: how many, at most those that are left.
        along: ``(T,)`` weights of the task gradients in place of the method's; see ``Cohort.lead``.

    Raises:
        SpecError: there is nothing to look at: no task is learned in this step, the tasks share nothing, the run has
            diverged, a part of training begins within these updates, or it is at its end.
    """
    cohort, step = run.cohort, run.step
    slices = Slices.of(run.model)
    updates = min(updates, run.study.steps - step)
    _check(run, slices, updates)
    here = _Here(run, slices)
    losses, known, jacobian, own = here.gradients()
    start = cohort.parameters.clone()
    kept = {name: value.clone() for name, value in cohort.state().items()}
    method = cohort.step(step)
    if along is not None:
        cohort.restore(kept)
        cohort.lead([0], along, step, step + updates)
        first = cohort.step(step)
    else:
        first = method
    for later in range(step + 1, step + updates):
        cohort.step(later)
    change = (cohort.parameters - start)[0].double()
    through = jacobian @ change[: slices.trunk]
    promised = losses + through + own @ change
    told = known & cohort.trained[0]

    def known_of(values: Tensor) -> list[float]:
        found: list[float] = torch.where(told, values, torch.nan).tolist()
        return found

    return Look(
        updates,
        gramian(jacobian[None])[0].tolist(),
        _weights(method.weights),
        float(method.unexplained[0]),
        _weights(first.weights),
        through.tolist(),
        float(change[: slices.trunk].norm()),
        known_of(losses),
        known_of(promised),
        known_of(here.losses()),
    )


def _weights(reported: Tensor) -> list[float]:
    found: list[float] = reported[0].double().nan_to_num(nan=0.0).tolist()  # a task that is not trained has none
    return found


def _check(run: Held, slices: Slices, updates: int) -> None:
    if updates < 1:
        raise SpecError("there must be steps left to look at, found the run at its end.")
    if not bool(run.cohort.alive[0]):
        raise SpecError("the run must be well, found it diverged: it stands still.")
    if slices.trunk == 0:
        raise SpecError("tasks must share parameters for their gradients to meet, found none shared; choose another run.")
    if any(run.step <= turn < run.step + updates for turn in run.cohort.turns):
        raise SpecError("a new part of training begins within these updates and moves parameters by itself; look at fewer.")


class _Here:
    """The next batch of a run, and the occasion on which it meets it: what is drawn by lot is drawn alike each time."""

    def __init__(self, run: Held, slices: Slices) -> None:
        self._run, self._slices = run, slices
        cpu, seeds, study = run.cohort.parameters.device, [run.run.seed], run.study
        phases = phases_of(study, run.model.parameters, (run.run,), cpu)
        phase = next((phase for phase in phases if run.step < phase.end), phases[-1])
        if phase.noise is not None:
            raise SpecError("tasks must be learned in this step, found a phase that restores inputs; go on to the next one.")
        self._rows = batches_of(run.data, [run.run], study.batch_size).at(run.step)
        self._at = Pass(run.step, Streams.of(seeds, cpu).at(Purpose.SHARING).at(run.step))

    def gradients(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Losses ``(T,)`` and which are known, task gradients on the trunk ``(T, P_trunk)`` and on what each task owns
        ``(T, P)``, in double precision."""
        run, slices = self._run, self._slices
        losses, known, _ = batch_losses(run.model, run.data, run.cohort.views, self._rows, self._at)
        tasks = len(losses)
        gradients = Gradients(run.model, slices, run.cohort.views, tasks)
        jacobian = gradients.per_task(losses)[0].double()
        own = jacobian.new_zeros(tasks, slices.total)
        places = torch.arange(slices.own.start, slices.own.stop)
        own[slices.owner, places] = gradients.flat[0, slices.own].double()
        observed = torch.ones(tasks, dtype=torch.bool) if known is None else known[0]
        return table(losses)[0].double(), observed, jacobian, own

    def losses(self) -> Tensor:
        """``(T,)`` the losses where the run stands now."""
        run = self._run
        with torch.no_grad():
            losses, *_ = batch_losses(run.model, run.data, run.cohort.views, self._rows, self._at)
        return table(losses)[0].double()
