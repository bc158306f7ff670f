"""The network of one run as an ordinary module: a batch in, an answer for each task out."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mtl_core.models.model import Model


class Network(nn.Module):
    """``(B, ...) -> {task: (B, ...)}``: a model's evaluation pass, its parameters without the axis of runs.

    Args:
        model: of the run's strategy.
        values: its parameters ``(*shape)`` by name; of one that is missing zeros are taken.
        answers: the tasks that are answered, each with its place among the model's.
        rows: of a parameter of which some copies alone are there, for each copy in the model the place of the one that stands
            for it.
        per_task: whether every task has inputs of its own: ``(B, T, ...)`` then, and ``(B, ...)`` where one task is answered.
    """

    def __init__(
        self,
        model: Model,
        values: Mapping[str, Tensor],
        answers: Mapping[str, int],
        rows: Mapping[str, Sequence[int]] | None = None,
        *,
        per_task: bool = False,
    ) -> None:
        super().__init__()
        self.model, self.answers, self.rows, self.per_task = model, dict(answers), dict(rows or {}), per_task
        for name, value in values.items():
            *path, last = name.split(".")  # a module has no names with dots, but modules within it
            place: nn.Module = self
            for step in path:
                if step not in place._modules:
                    place.add_module(step, nn.Module())
                place = place.get_submodule(step)
            place.register_parameter(last, nn.Parameter(value.detach().clone(), requires_grad=False))

    @property
    def values(self) -> dict[str, Tensor]:
        """Its parameters by name."""
        return {name: value.detach() for name, value in self.named_parameters()}

    def without(self, names: Sequence[str]) -> "Network":
        """The same without some of its parameters."""
        left = {name: value for name, value in self.values.items() if name not in names}
        rows = {name: places for name, places in self.rows.items() if name in left}
        return Network(self.model, left, self.answers, rows, per_task=self.per_task)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """The answers to a batch."""
        held: dict[str, Tensor] = dict(self.named_parameters())
        given: dict[str, Tensor] = {}
        for parameter in self.model.parameters:
            name = parameter.name
            value = held[name] if name in held else torch.zeros(()).expand(parameter.shape)
            given[name] = (value[torch.tensor(self.rows[name])] if name in self.rows else value).unsqueeze(0)
        x = x.unsqueeze(0)
        if self.per_task and len(self.answers) == 1:
            x = x.unsqueeze(1).expand(-1, len(self.model.names), *x.shape[1:])
        elif self.per_task:
            x = x.transpose(1, 2)  # (1, B, T, ...) as models read it
        outputs = self.model(given, x).tasks
        return {name: outputs[place].squeeze(0) for name, place in self.answers.items()}
