"""Learning to branch: a tree of stages is searched, then trained."""

from collections.abc import Mapping

import torch
from torch import Tensor

from mtl_core.layers.stage import Stage
from mtl_core.models.composed import Part, Seen
from mtl_core.models.model import Pass, Setting
from mtl_core.models.primitives import mix, side_by_side
from mtl_core.models.searching import COOLEST, HOTTEST, PINNED, Searching, Structure, progress, tiny_to_one
from mtl_core.random import Streams
from mtl_core.records.sharing import Row, Trace


class LearningToBranch(Searching):
    """T nodes a stage; a node reads ``sum_i d_ji h_i`` of the nodes below and a head so of the last stage's nodes, with
    ``d_j = softmax((logits_j + gumbel) / temperature)`` (Guo et al. 2020, in the recipe of Brüggemann et al. 2020).

    Three parts: in the *warm-up* node j reads node j, a network for each task; in the *search* logits, zero at first, train
    with the weights while the temperature falls in a straight line; then every node keeps its likeliest parent, nodes that
    nobody reads are pruned, and the tree trains anew. ``resource`` times the expected share of the T networks' FLOPs in use,
    ``sum_l f_l sum_j (1 - prod_c (1 - u_c d_cj)) / (T sum_l f_l)`` with u how likely a node is used, is added to the loss. In
    evaluations ``d_j = softmax(logits_j)``: the likeliest tree is only met where logits are settled. One parent for all is hard
    sharing, every node its own a network for each task.

    Args:
        setting: what it is built for.
        search: see ``Searching``; the warm-up is part of it.
        warm_up: the share of it that is warm-up.
        resource: weight of the FLOPs.
        logit_rate: learning rate of the logits as a multiple of the run's.

    Deviations: logits train on the batches that the weights train on (the paper holds a part of the data back); ``resource`` is
    divided by T, for weights sum to one here where the paper sums losses. All nodes count
    as trunk, for a search may give each to any task; a node that ends with one task keeps its column in the Gramian.
    Cost: T backbones' parameters and FLOPs throughout, for shapes never change; the tree itself needs less.
    """

    def __init__(self, setting: Setting, search: float, warm_up: float, resource: float, logit_rate: float) -> None:
        super().__init__(setting, search)
        self._opened = min(round(warm_up * self.found), max(0, self.found - 1))
        self.turns = tuple(sorted({self._opened, self.found} - {0}))
        self._resource, self._rate = resource, logit_rate
        self._nodes = tuple(f"node {task + 1}" for task in self.tasks)
        cost = [stage.flops(shape) for stage, shape in zip(self.stages, self.shapes[:-1], strict=True)]
        self._cost = [each / (len(self.tasks) * max(1, sum(cost))) for each in cost]

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        own = tuple(tuple(PINNED * (task == other and self._opened > 0) for other in self.tasks) for task in self.tasks)
        nodes = [
            Part(f"node.{place}.", stage, self.tasks, stage.name, len(self.tasks)) for place, stage in enumerate(self.stages)
        ]
        # What the nodes of a stage read of the stage below, and last what the heads read.
        names = [*(stage.name for stage in self.stages[1:]), ""]
        parents = [
            Part(
                f"parent.{place}.",
                Stage("parents", (Structure(own),)),
                self.tasks,
                name or self.stages[-1].name,
                each=not name,
                start="other",
                rate=self._rate,
                structure=True,
            )
            for place, name in enumerate(names)
        ]
        return (*nodes, *parents)

    @property
    def rows(self) -> tuple[Row, ...]:
        """See ``Model.rows``."""
        count = len(self.tasks)
        return tuple(
            Row(stage.name, self._nodes, (self.tasks,) * count, (self.tasks if place else (),) * count)
            for place, stage in enumerate(self.stages)
        )

    @property
    def traces(self) -> tuple[Trace, ...]:
        """See ``Model.traces``."""
        usage = tuple(
            Trace(
                f"usage.{stage.name}",
                ("task", "module"),
                (self.names, self._nodes),
                "how likely a task's path is to use a node",
            )
            for stage in self.stages
        )
        reads = tuple(
            Trace(
                f"reads.{stage.name}",
                ("module", "module below"),
                (self._nodes, self._nodes),
                "how likely a node is to read each node below",
            )
            for stage in self.stages[1:]
        )
        return (*usage, *reads)

    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Composed.flow``."""
        logits = [parameters[f"parent.{place}.0.value"] for place in range(len(self.stages))]
        likely = [torch.softmax(each, dim=2) for each in logits]
        edges = likely if at.noise is None else [self._drawn(each, at, at.noise, n) for n, each in enumerate(logits)]
        count = len(self.tasks)
        # Examples of a task's own go through every node, one after the other in the batch, for any node may be the task's.
        own = self.setting.per_task
        x = x.flatten(1, 2).unsqueeze(1) if own else x
        paths = _paths(likely) if seen.wanted else []
        for place, stage in enumerate(self.stages):
            x = mix(edges[place - 1], x) if place else x
            x = side_by_side(stage, parameters, x, f"node.{place}.")
            if seen.wanted:
                reads = {"reads": likely[place - 1]} if place else {}
                seen.row(stage.name, _own(mix(paths[place], x), count, own), paths[place], **reads)
        return _own(mix(edges[-1], x), count, own), {"resource": self._resource / count * self._used(likely)}

    def _drawn(self, logits: Tensor, at: Pass, noise: Streams, place: int) -> Tensor:
        """``(R, T, T)`` edges on trial: a soft draw of each node's parent."""
        gumbel = -torch.log(-torch.log(tiny_to_one(noise.at(place), *logits.shape[1:])))
        temperature = HOTTEST + progress(at.step, self._opened, self.found) * (COOLEST - HOTTEST)
        return torch.softmax((logits + gumbel) / temperature, dim=2)

    def _used(self, likely: list[Tensor]) -> Tensor:
        """``(R,)`` the expected share of the T networks' FLOPs."""
        used, total = torch.ones_like(likely[-1][:, :, 0]), torch.zeros_like(likely[-1][:, 0, 0])
        for edges, cost in zip(reversed(likely), reversed(self._cost), strict=True):
            used = 1 - (1 - used.unsqueeze(2) * edges).prod(1)
            total = total + cost * used.sum(1)
        return total

    def turn(self, step: int, parameters: Mapping[str, Tensor], streams: Streams, conflicts: Tensor) -> None:
        """See ``Model.turn``."""
        logits = [parameters[f"parent.{place}.0.value"] for place in range(len(self.stages))]
        if step != self.found:
            for each in logits:
                each.zero_()
            return
        self.restart(parameters, streams)
        for each in logits:
            each.copy_(PINNED * torch.nn.functional.one_hot(each.argmax(2), len(self.tasks)))
        used = torch.ones_like(logits[0][:, :, 0])
        for place in reversed(range(len(self.stages))):
            used = ((used.unsqueeze(2) * logits[place]).amax(1) > 0).to(used.dtype)  # whom a used node reads
            self.prune(parameters, f"node.{place}.", used)


def _paths(likely: list[Tensor]) -> list[Tensor]:
    """``(R, T, n)`` for each stage: how likely each task's way down from its head passes each node."""
    found = [likely[-1]]
    for edges in reversed(likely[:-1]):
        found.append(torch.bmm(found[-1], edges))
    return found[::-1]


def _own(x: Tensor, tasks: int, apart: bool) -> Tensor:
    """``(R, T, T B, ...) -> (R, T, B, ...)``: of each task's stream the task's own examples; ``x`` where all read the same."""
    if not apart:
        return x
    blocks: Tensor = x.unflatten(2, (tasks, -1))
    return blocks.diagonal(dim1=1, dim2=2).movedim(-1, 1)


def ltb(setting: Setting, search: float, warm_up: float, resource: float, logit_rate: float) -> LearningToBranch:
    """The model that searches a tree; see ``LearningToBranch``."""
    return LearningToBranch(setting, search, warm_up, resource, logit_rate)
