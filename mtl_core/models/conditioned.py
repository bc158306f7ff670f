"""One model for every weighting of the tasks: its weights depend on a preference on the simplex.

In training each batch is cut into parts and each part gets a preference of its own, drawn anew at every step: virtual runs
beside each other, at the cost of one. What an example counts in a task's loss is the preference's weight for that task.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mtl_core.errors import SpecError
from mtl_core.layers.layers import Layer, Linear, Parameters, Relu
from mtl_core.layers.stage import Stage
from mtl_core.models.composed import Part, Seen
from mtl_core.models.hard import HardSharing
from mtl_core.models.model import EVALUATION, Outputs, Pass, Setting
from mtl_core.models.primitives import side_by_side
from mtl_core.random import Streams
from mtl_core.records.sharing import Trace


class Conditioned(HardSharing):
    """Hard sharing whose stages' weights are ``θ(λ) = θ + Δ(λ)``. A subclass says its further parts and ``Δ``.

    Args:
        setting: what it is built for.
        preferences: into how many parts a batch is cut, or the largest number below that divides it.

    Preferences are uniform on the simplex. Evaluations ask for the equal one unless another is given.

    Raises:
        SpecError: tasks with inputs of their own.
    """

    def __init__(self, setting: Setting, preferences: int) -> None:
        super().__init__(setting)
        if setting.per_task:
            raise SpecError(
                "a model for all weightings needs one input for all tasks, found inputs of their own; choose another suite or "
                "strategy."
            )
        self._count = preferences

    @abstractmethod
    def change(self, place: int, parameters: Mapping[str, Tensor], preference: Tensor) -> dict[str, Tensor]:
        """``Δ`` of a stage's parameters, ``(R, W, *shape)`` by the stage's own names, from ``(R, W, T)``; what is not named
        does not change."""

    @property
    def traces(self) -> tuple[Trace, ...]:
        """See ``Model.traces``."""
        found = []
        for stage in self.stages:
            found.append(
                Trace(f"agreement.{stage.name}", ("task", "task"), (self.names, self.names), "cosine of two tasks' own weights")
            )
            found.append(Trace(f"change.{stage.name}", ("task",), (self.names,), "size of a task's change beside the weights"))
        return tuple(found)

    def __call__(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass = EVALUATION) -> Outputs:
        """See ``Model.__call__``."""
        outputs = super().__call__(parameters, x, at)
        if at.noise is None:
            return outputs
        preference = self._preference(at, x)  # (R, W, T)
        each = preference.repeat_interleave(x.shape[1] // preference.shape[1], dim=1)
        # Times T: with equal weights, 1/T, the whole is then the preference's own weighted sum.
        return replace(outputs, emphasis=len(self.tasks) * each)

    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Composed.flow``."""
        preference = self._preference(at, x[:, 0])
        x = x[:, 0].unflatten(1, (preference.shape[1], -1))  # (R, B, ...) -> (R, W, B / W, ...)
        for place, stage in enumerate(self.stages):
            x = side_by_side(stage, self._weights(place, parameters, preference), x, "")
            if seen.wanted:
                seen.row(stage.name, x.flatten(1, 2).unsqueeze(1), **self._told(place, parameters))
        return x.flatten(1, 2).unsqueeze(1), {}

    def ordinary(
        self, parameters: Mapping[str, Tensor], preference: Tensor | None = None
    ) -> tuple[HardSharing, dict[str, Tensor]]:
        """What it is at a preference: a network of hard sharing, and its parameters ``(R, *shape)``.

        Args:
            parameters: by name.
            preference: ``(R, T)``; None for the equal one.
        """
        heads = {name: value for name, value in parameters.items() if name.startswith("head.")}
        asked = self._preference(Pass(preference=preference), next(iter(heads.values())))
        trunk = {
            f"trunk.{place}.{name}": value.squeeze(1)
            for place in range(len(self.stages))
            for name, value in self._weights(place, parameters, asked).items()
        }
        return HardSharing(replace(self.setting, denoises=False)), trunk | heads

    def _weights(self, place: int, parameters: Mapping[str, Tensor], preference: Tensor) -> dict[str, Tensor]:
        """A stage's parameters at the preferences, ``(R, W, *shape)``."""
        change = self.change(place, parameters, preference)
        weights = {}
        for name in self.stages[place].shapes:
            base = parameters[f"trunk.{place}.{name}"].unsqueeze(1)
            weights[name] = base + change[name] if name in change else base.expand(-1, preference.shape[1], *base.shape[2:])
        return weights

    def _told(self, place: int, parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What tasks' own weights, those at the corners, have in common."""
        runs = next(iter(parameters.values())).shape[0]
        corners = torch.eye(len(self.tasks), device=next(iter(parameters.values())).device).expand(runs, -1, -1)
        change = self.change(place, parameters, corners)
        return told_of({name: parameters[f"trunk.{place}.{name}"] for name in change}, change)

    def _preference(self, at: Pass, x: Tensor) -> Tensor:
        """``(R, W, T)``: drawn in training; else the one asked for or the equal one."""
        runs, batch, tasks = x.shape[0], x.shape[1], len(self.tasks)
        if at.noise is None:
            asked = at.preference
            equal = torch.full((runs, tasks), 1 / tasks, device=x.device)
            return (equal if asked is None else asked).unsqueeze(1)
        parts = next(count for count in range(min(self._count, batch), 0, -1) if batch % count == 0)
        drawn = -torch.log1p(-at.noise.at(0).uniform(parts, tasks))  # exponentials over their sum are uniform on the simplex
        return drawn / drawn.sum(2, keepdim=True).clamp(min=1e-12)


def told_of(base: Mapping[str, Tensor], change: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """``agreement`` ``(R, T, T)``, the cosine of two tasks' own weights, and ``change`` ``(R, T)``, the size of a task's change
    beside the weights; from ``(R, *shape)`` and ``(R, T, *shape)`` by name."""
    moved = torch.cat([value.flatten(2) for value in change.values()], dim=2)
    common = torch.cat([base[name].flatten(1) for name in change], dim=1).unsqueeze(1)
    own = torch.nn.functional.normalize(common + moved, dim=2)
    return {"agreement": own @ own.mT, "change": moved.norm(dim=2) / common.norm(dim=2).clamp(min=1e-12)}


@dataclass(frozen=True)
class Factors(Layer):
    """Low-rank factors of one matrix ``(I, O)`` for each task: ``A`` ``(T, I, r)`` as a linear layer starts, ``B`` zero."""

    tasks: int
    inputs: int
    outputs: int
    rank: int

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {"down": (self.tasks, self.inputs, self.rank), "up": (self.tasks, self.rank, self.outputs)}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        down = (streams.at(0).uniform(*self.shapes["down"]) * 2 - 1) / self.inputs**0.5
        return {"down": down, "up": torch.zeros(len(down), *self.shapes["up"], device=down.device)}

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        """``(R, W, T)`` preferences -> ``(R, W, I, O)``: ``sum_t λ_t A_t B_t``."""
        each = self.changes(parameters)
        mixed: Tensor = torch.bmm(x, each.flatten(2)).unflatten(2, each.shape[2:])
        return mixed

    def changes(self, parameters: Parameters) -> Tensor:
        """``(R, T, I, O)``: each task's ``A B``."""
        return parameters["down"] @ parameters["up"]


class ParetoLowRank(Conditioned):
    """``θ(λ) = θ + s Σ_t λ_t A_t B_t`` for every matrix of every stage (PaLoRA, Dimitriadis et al. 2025).

    Args:
        setting, preferences: see ``Conditioned``.
        rank: r, at most the smaller side of a matrix.
        scale: s is this by the rank.

    Deviations: trained from scratch with preferences uniform on the simplex instead of the paper's annealed schedule; filters
    of a convolution are one matrix; biases and normalisations do not change; heads neither.
    Cost: parameters ``P + T Σ r (I + O)``; products as hard sharing, and the weights of W networks a step.
    """

    def __init__(self, setting: Setting, preferences: int, rank: int, scale: float) -> None:
        super().__init__(setting, preferences)
        self._factors = [
            {
                name: (shape, Factors(len(self.tasks), *_sides(shape), min(rank, *_sides(shape))))
                for name, shape in stage.shapes.items()
                if len(shape) > 1
            }
            for stage in self.stages
        ]
        self._scale = scale

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        added = (
            Part(f"factor.{place}.{name}.", Stage(f"factor {name}", (factors,)), self.tasks, stage.name, start="other")
            for place, stage in enumerate(self.stages)
            for name, (_, factors) in self._factors[place].items()
        )
        return (*super().parts, *added)

    def change(self, place: int, parameters: Mapping[str, Tensor], preference: Tensor) -> dict[str, Tensor]:
        """See ``Conditioned.change``."""
        changes = {}
        for name, (shape, factors) in self._factors[place].items():
            own = {factor: parameters[f"factor.{place}.{name}.0.{factor}"] for factor in factors.shapes}
            changes[name] = factors(own, self._scale / factors.rank * preference).reshape(*preference.shape[:2], *shape)
        return changes


class Hypernetwork(Conditioned):
    """``θ(λ) = θ + V h(λ)``: a small network turns the preference into a change of every parameter (Navon et al. 2021).

    Args:
        setting, preferences: see ``Conditioned``.
        hidden: neurons of its two hidden layers.

    Deviations: only the change is generated, from a last map that starts at zero, so that it begins as hard sharing;
    preferences are uniform (the paper: Dirichlet of 0.2); heads are not generated. Cost: ``(hidden + 1) P`` parameters.
    """

    def __init__(self, setting: Setting, preferences: int, hidden: int) -> None:
        super().__init__(setting, preferences)
        if any(len(shape) == 4 for stage in self.stages for shape in stage.shapes.values()):
            raise SpecError(
                "hypernet generates every weight of the backbone and serves 'mlp' and 'transformer' alone; found filters of "
                "convolutions. Choose one of these, or the strategy 'palora'."
            )
        self._hidden = hidden
        self._body = Stage("generator", (Linear(len(self.tasks), hidden), Relu(), Linear(hidden, hidden), Relu()))

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        maps = (
            Part(
                f"map.{place}.{name}.", Stage(f"map {name}", (Map(self._hidden, shape),)), self.tasks, stage.name, start="other"
            )
            for place, stage in enumerate(self.stages)
            for name, shape in stage.shapes.items()
        )
        return (*super().parts, Part("generator.", self._body, self.tasks, "generator", start="other"), *maps)

    def change(self, place: int, parameters: Mapping[str, Tensor], preference: Tensor) -> dict[str, Tensor]:
        """See ``Conditioned.change``."""
        hidden = self._body(parameters, preference, "generator.")  # (R, W, H)
        return {
            name: torch.bmm(hidden, parameters[f"map.{place}.{name}.0.weight"].flatten(2)).unflatten(2, shape)
            for name, shape in self.stages[place].shapes.items()
        }


@dataclass(frozen=True)
class Map(Layer):
    """From ``H`` numbers to a change of one parameter: ``(H, *shape)``, zero at first."""

    hidden: int
    shape: tuple[int, ...]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.hidden, *self.shape)}

    def initialise(self, streams: Streams) -> dict[str, Tensor]:
        return {"weight": torch.zeros(len(streams.keys), self.hidden, *self.shape, device=streams.keys.device)}

    def __call__(self, parameters: Parameters, x: Tensor) -> Tensor:
        return torch.bmm(x, parameters["weight"].flatten(2))


def _sides(shape: tuple[int, ...]) -> tuple[int, int]:
    """A parameter of two or more dimensions as a matrix: the first against all others."""
    return shape[0], int(torch.Size(shape[1:]).numel())


def palora(setting: Setting, preferences: int, rank: int, scale: float) -> ParetoLowRank:
    """The low-rank model for all weightings; see ``ParetoLowRank``."""
    return ParetoLowRank(setting, preferences, rank, scale)


def hypernet(setting: Setting, preferences: int, hidden: int) -> Hypernetwork:
    """The generated model for all weightings; see ``Hypernetwork``."""
    return Hypernetwork(setting, preferences, hidden)
