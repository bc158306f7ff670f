"""A cohort: runs of one model that differ only in numbers, trained as one tensor program."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mtl_core.models.model import EVALUATION, Model, Pass
from mtl_core.random import Purpose, Streams
from mtl_core.spec.plan import Run
from mtl_core.spec.study import Study
from mtl_core.training import optimizers
from mtl_core.training.affinity import LookAhead, looking
from mtl_core.training.balance import Balance, needs_gradients
from mtl_core.training.conflict import conflict
from mtl_core.training.data import Data, batches_of
from mtl_core.training.forward import batch_losses, table
from mtl_core.training.gradients import Gradients, gramian, gramians
from mtl_core.training.leading import Led, led_at
from mtl_core.training.parameters import Slices, initial, leaves, pace
from mtl_core.training.phase import Phase, phases_of
from mtl_core.training.probe import Probe, StepPoint


@dataclass(frozen=True)
class StepReport:
    """What one step of R runs came to: ``losses``, ``weights`` ``(R, T)``, ``update_norm``, ``unexplained`` ``(R,)``, on steps
    with a conflict record ``gramians`` ``(R, L, T, T)``, the strategy's ``penalties`` ``(R,)`` by name, and on steps with a
    look ahead the ``affinity`` ``(r, T, T)`` of the runs at the cohort's ``looked_at``.

    All is NaN for runs that diverged at an earlier step and for tasks that a run does not train; so is the loss of a task
    without a label in the batch."""

    losses: Tensor
    weights: Tensor
    update_norm: Tensor
    unexplained: Tensor
    gramians: Tensor | None
    penalties: Mapping[str, Tensor] = field(default_factory=dict)
    affinity: Tensor | None = None


class Cohort:
    """R runs with stacked parameters ``(R, P)``.

    A run whose losses or gradients stop being finite is frozen where it stood before that step; its neighbours never notice.

    Args:
        study: sizes, optimizer and schedule.
        model: the model of one run.
        data: the suite on its device.
        runs: the runs, those of one method next to each other, all or none of them with methods that need task gradients.
    """

    def __init__(self, study: Study, model: Model, data: Data, runs: tuple[Run, ...]) -> None:
        self.runs = runs
        self._study, self._model, self._data = study, model, data
        device = data.train.inputs.device
        tasks = self.tasks = len(data.tasks)
        seeds = [run.seed for run in runs]
        self._slices = Slices.of(model, device)
        streams = Streams.of(seeds, device)
        self._first, self._noise = streams.at(Purpose.INITIAL_VALUES), streams.at(Purpose.SHARING)
        self.parameters = initial(model, self._first)
        self.views = leaves(model, self.parameters)
        self._gradients = Gradients(model, self._slices, self.views, tasks)
        self._batches = batches_of(data, runs, study.batch_size)
        self.part = None if data.folds is None else data.folds.parts_of(runs)
        """``(R,)`` which rows each run has; None where there are no folds."""
        self._optimizer = optimizers.build(study.optimizer)
        self._moments = self._optimizer.init(self.parameters)
        self._pace = pace(model.parameters, device)
        self._phases = phases_of(study, model.parameters, runs, device)
        pairs, stages = tasks * (tasks - 1) // 2, len(self._slices.stages)
        self._opposed = self.parameters.new_zeros(len(runs), stages, pairs) if model.turns else None
        """In which share of the recorded steps tasks were opposed, for strategies that look back on it."""
        self._last_losses = self.parameters.new_tensor([task.chance for task in data.tasks]).repeat(len(runs), 1)
        self._all = torch.ones_like(self._last_losses, dtype=torch.bool)
        self.trained = torch.tensor([run.trains(tasks) for run in runs], device=device)  # (R, T)
        self._all_trained = bool(self.trained.all())
        self._eye = torch.eye(tasks, device=device)
        self.balance = Balance(
            runs, self._last_losses, study.steps, lambda some: Probe(model, data, self._slices, some, study.batch_size)
        )
        # Of runs that a nested choice is made by nothing is told but what they are validated by.
        self._told = self._opposed is not None or any(run.besides is None for run in runs)
        self._every_step = any(needs_gradients(run) for run in runs)
        self.looked_at = looking(study, runs) if self._slices.trunk else []
        """The places of the runs of which affinities are recorded."""
        self._ahead = LookAhead(model, data, self._slices, runs, self.looked_at, self._pace) if self.looked_at else None
        self._led: list[Led] = []
        self._epoch_steps = max(1, math.ceil(data.examples / study.batch_size))
        self.rates = self.parameters.new_tensor([[run.learning_rate] for run in runs])
        self.alive = torch.ones(len(runs), dtype=torch.bool, device=device)
        self.diverged_step = torch.full((len(runs),), -1, dtype=torch.int32, device=device)
        self.diverged_task = torch.full_like(self.diverged_step, -1)

    @property
    def turns(self) -> tuple[int, ...]:
        """The steps before which a new part of training begins; results are read of the last part."""
        return self._model.turns

    def step(self, step: int) -> StepReport:
        """Update every run once; ``step`` counts from 0."""
        if step in self.turns:
            self._turn(step)
        phase = next((phase for phase in self._phases if step < phase.end), self._phases[-1])
        if step == phase.start > 0:
            self._forget()
        at = Pass(step, self._noise.at(step), restore=phase.noise)
        rows = self._batches.at(step)
        losses, known, answered = batch_losses(self._model, self._data, self.views, rows, at)
        penalties = list(answered.penalties.values())
        observed = self._all if known is None else known
        detached = table(losses)
        if phase.active is not None:  # a task that waits is one without a label in the batch: no loss, no gradient
            observed = observed & phase.active
            losses = [loss * active for loss, active in zip(losses, phase.active.float().unbind(1), strict=True)]
        # Methods see finite numbers only: what a frozen or just diverged run shows them is replaced.
        finite = self._finite(detached)
        seen = self._both(finite, observed)
        self._last_losses = detached if seen is self._all else torch.where(seen, detached, self._last_losses)
        recorded = self._told and step % self._study.conflict_every == 0
        by_layer = affinity = None
        if recorded or self._every_step:
            jacobian = self._gradients.per_task(losses, retain=bool(penalties))
            by_layer = gramians(jacobian, self._slices.stages) if recorded else None
            whole = gramian(jacobian) if by_layer is None else by_layer[:, 0]
            squares = whole.diagonal(dim1=1, dim2=2)
            well = self._both(finite, self._finite(squares))
            if self._ahead is not None and step % self._study.affinity_every == 0 and phase.noise is None:
                learned, rates = observed & self.alive[:, None], self._rate(step)
                affinity = self._ahead(step, phase, rows, self.parameters, rates, jacobian, detached, learned)
            safe = whole if well is self._all else torch.where((well.all(1) & self.alive)[:, None, None], whole, self._eye)
            point = StepPoint(self.parameters, self.rates, self._gradients.flat, jacobian, phase.active)
            balanced = self.balance(self._last_losses, observed, step, self._epoch_steps, safe, point)
            balanced, led = led_at(step, balanced, self._led)
            update = self._gradients.combine(jacobian, balanced.weights, balanced.head_scale)
            for part, direction in balanced.directions:
                update[part, : self._slices.trunk] = direction
            for each in led:  # theirs is a weighted sum, whatever their method's is
                update[each.places, : self._slices.trunk] = each.weights @ jacobian[each.places]
            if penalties:
                self._gradients.add(penalties)
            if by_layer is not None and self._opposed is not None:
                opposed = (conflict(by_layer[:, 1:])[0] < 0).to(self._opposed.dtype)
                self._opposed += (opposed - self._opposed) / (step // self._study.conflict_every + 1)
        else:
            well = finite
            point = StepPoint(self.parameters, self.rates, self._gradients.flat, None, phase.active)
            balanced = self.balance(self._last_losses, observed, step, self._epoch_steps, None, point)
            balanced, _ = led_at(step, balanced, self._led)
            update = self._gradients.weighted(losses, balanced.weights, penalties)
        if phase.moves is not None:
            update.mul_(phase.moves)
        gone = ~self.alive  # before this step
        norm = self._apply(update, well, detached, balanced.weights, step, phase)
        if observed is self._all and well is self._all and self._all_trained and self.alive.all():
            told = {name: value.detach() for name, value in answered.penalties.items()}
            return StepReport(detached, balanced.weights, norm, balanced.unexplained, by_layer, told, affinity)
        # What was not trained was not observed: neither the zero that stands for the loss of a task without a label in the
        # batch, nor a task of weight zero, nor anything of a run that stands still.
        hidden = gone[:, None] | ~self.trained
        pairs = hidden[:, None, :, None] | hidden[:, None, None, :]
        return StepReport(
            detached.masked_fill(hidden | ~observed, torch.nan),
            balanced.weights.masked_fill(hidden, torch.nan),
            norm.masked_fill(gone, torch.nan),
            balanced.unexplained.masked_fill(gone, torch.nan),
            None if by_layer is None else by_layer.masked_fill(pairs, torch.nan),
            {name: value.detach().masked_fill(gone, torch.nan) for name, value in answered.penalties.items()},
            affinity,
        )

    def _turn(self, step: int) -> None:
        """A new part of training begins: the model moves its parameters, and the optimizer forgets."""
        before = self.parameters.clone()
        opposed = self.parameters.new_zeros(0) if self._opposed is None else self._opposed
        with torch.no_grad():
            self._model.turn(step, self.views, self._first, opposed)
        self.parameters.copy_(torch.where(self.alive[:, None], self.parameters, before))  # what diverged stands still
        self._forget()

    def _forget(self) -> None:
        """The optimizer begins anew."""
        for moment in self._moments.values():
            moment.zero_()

    def _finite(self, values: Tensor) -> Tensor:
        """``(R, T)`` bool, which of the values are finite or of no matter: ``_all`` itself where that is known at once.

        On a CPU a sum tells, and what follows from a value that is not finite need not be worked out. Elsewhere reading the sum
        would hold up the device, so that work is always done.
        """
        if values.device.type == "cpu" and math.isfinite(values.sum().item()):
            return self._all
        return values.isfinite() | ~self.trained

    def _both(self, one: Tensor, other: Tensor) -> Tensor:
        """``one & other`` of ``(R, T)`` flags: ``_all`` itself where both are."""
        return other if one is self._all else one if other is self._all else one & other

    def _apply(self, update: Tensor, well: Tensor, losses: Tensor, weights: Tensor, step: int, phase: Phase) -> Tensor:
        """Freeze what diverged, clip, and move the rest; ``(R,)`` norm of the combined trunk gradient.

        Args:
            update: ``(R, P)``.
            well: ``(R, T)`` whether what is known of the task is finite: its loss and, where it was taken, its gradient.
            losses: ``(R, T)``.
            weights: ``(R, T)`` theirs.
            step: from 0.
            phase: the present one.
        """
        study = self._study
        trunk_norm: Tensor = torch.linalg.vector_norm(update[:, : self._slices.trunk], dim=1)
        norm = torch.hypot(trunk_norm, torch.linalg.vector_norm(update[:, self._slices.trunk :], dim=1))
        if well is not self._all or not (norm.isfinite() & self.alive).all():
            healthy = well.all(1) & norm.isfinite() & self.alive
            fresh = self.alive & ~healthy
            self.diverged_step = torch.where(fresh, step, self.diverged_step)
            # Where only the gradient of the sum is known and is not finite, the largest term of the sum is to blame.
            terms = (losses * weights).masked_fill(~self.trained, -torch.inf)
            blamed = torch.where(well.all(1), terms.argmax(1), (~well).int().argmax(1)).int()
            self.diverged_task = torch.where(fresh, blamed, self.diverged_task)
            self.alive = healthy
            update.masked_fill_(~healthy[:, None], 0)
            trunk_norm = trunk_norm.masked_fill(~healthy, 0)
        if study.clip is not None:
            update.mul_((study.clip / norm.clamp(min=study.clip)).nan_to_num_(0)[:, None])
        rate = self._rate(step) * self.alive[:, None]
        begun = max((turn for turn in self.turns if turn <= step), default=phase.start)
        each = rate if self._pace is None else rate * self._pace
        before = None if phase.moves is None else self.parameters.clone()
        self._optimizer.step(self.parameters, update, self._moments, each, step - begun + 1)
        with torch.no_grad():
            self._model.settle(self.views, rate[:, 0])
        if phase.moves is not None and before is not None:  # neither decay nor a strategy's own step moves what is frozen
            self.parameters.copy_(torch.where(phase.moves, self.parameters, before))
        return trunk_norm

    def _rate(self, step: int) -> Tensor:
        """``(R, 1)`` the learning rates of this step. What trains anew has a warm-up and a schedule of its own."""
        study, anew = self._study, max(self.turns, default=0)
        start, end = (anew, study.steps) if step >= anew else (0, anew)
        return self.rates * optimizers.schedule(step - start, end - start, study.warmup, study.schedule)

    def predict(self, inputs: Tensor, at: Pass = EVALUATION) -> tuple[Tensor, ...]:
        """One output a task for the same examples ``(N, ...)`` in every run: ``(R, N, ...)``, without autograd history."""
        return self.answer(self._data.seen(inputs.expand(len(self.runs), *inputs.shape), self.part), at)

    def answer(self, inputs: Tensor, at: Pass = EVALUATION) -> tuple[Tensor, ...]:
        """The same for examples ``(R, N, ...)`` of each run's own, as it sees them."""
        with torch.no_grad():
            outputs: tuple[Tensor, ...] = self._model(self.views, self._data.arranged(inputs), at).tasks
        return outputs

    def set_weights(self, runs: Sequence[int], weights: Sequence[float]) -> None:
        """Give these runs (places in the cohort) other fixed weights; see ``Runner.set``, also for what it raises."""
        point = self.parameters.new_tensor(weights)
        self.balance.set(runs, point)
        self.trained[list(runs)] |= point > 0
        self._all_trained = bool(self.trained.all())

    def set_rate(self, value: float, runs: Sequence[int]) -> None:
        """Give these runs (places in the cohort) another learning rate."""
        self.rates[list(runs)] = value

    def lead(self, runs: Sequence[int], weights: Sequence[float], start: int, end: int) -> None:
        """Have these runs (places in the cohort) follow these weights, a number a task, at the steps from ``start`` to before
        ``end``; their methods look on, and what they remember moves on."""
        self._led.append(Led(list(runs), self.parameters.new_tensor(weights), start, end))

    def state(self) -> dict[str, Tensor]:
        """Everything that a bit-identical resume needs, by name; the tensors themselves, not copies."""
        methods = {
            f"method.{place}.{name}": value
            for place, group in enumerate(self.balance.groups)
            for name, value in group.state.items()
        }
        moments = {f"optimizer.{name}": value for name, value in self._moments.items()}
        own = ("parameters", "rates", "alive", "diverged_step", "diverged_task")
        looked = {} if self._opposed is None else {"opposed": self._opposed}
        return {name: getattr(self, name) for name in own} | {"last_losses": self._last_losses} | moments | methods | looked

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a ``state()`` of the same cohort."""
        self.parameters.copy_(state["parameters"])
        self._last_losses = state["last_losses"]
        self.rates, self.alive = state["rates"], state["alive"]
        self.diverged_step, self.diverged_task = state["diverged_step"], state["diverged_task"]
        for name, value in self._moments.items():
            value.copy_(state[f"optimizer.{name}"])
        if self._opposed is not None:
            self._opposed.copy_(state["opposed"])
        for place, group in enumerate(self.balance.groups):
            group.state = {name: state[f"method.{place}.{name}"] for name in group.state}
