"""AdaShare: every task learns which stages of one network to skip."""

from collections.abc import Mapping
from itertools import combinations

import torch
import torch.nn.functional as F
from torch import Tensor

from mtl_core.errors import SpecError
from mtl_core.layers.stage import Stage
from mtl_core.models.composed import Part, Seen
from mtl_core.models.model import Pass, Setting
from mtl_core.models.primitives import together
from mtl_core.models.searching import PINNED, Searching, Structure, geometric, progress, tiny_to_one
from mtl_core.random import Streams
from mtl_core.records.sharing import Row, Trace


class AdaShare(Searching):
    """``h_t <- o_tl stage_l(h_t) + (1 - o_tl) shortcut_l(h_t)`` with one network for all and a policy ``o`` for each task and
    stage (Sun et al. 2020, equations 1 to 6).

    Three parts: in the *warm-up* all stages are executed; in the *search* stage after stage is opened, the last one first (the
    paper's curriculum): ``o = sigmoid((z + logistic noise) / temperature)``, with z the logit of executing; then
    ``o = [z >= 0]`` is settled and the network trains anew. The penalties, on probabilities ``p = sigmoid(z)`` of what is open:
    ``sparsity * mean_tl -log(1 - p_tl)`` and ``sharing * sum_l (L - l)/L mean_(t,u) |p_tl - p_ul|`` with l from 0, so that the
    bottom is shared first. The first stage reads raw examples and is always executed. In evaluations ``o = p``. Where all is
    executed it is hard sharing.

    Args:
        setting: what it is built for.
        search: see ``Searching``; the warm-up is part of it.
        warm_up: the share of it that is warm-up.
        sparsity, sharing: weights of the penalties.
        logit_rate: learning rate of the logits as a multiple of the run's.

    Raises:
        SpecError: no stage can be skipped.

    Deviations: one logit in place of the paper's two, whose difference it is (two Gumbel draws differ by a logistic one);
    logits train on the batches and steps that the weights train on; penalties are divided by T, for weights sum to one here
    where the paper sums losses; the likeliest policy is trained, where the public code
    trains eight draws and reports the best on test. What no task executes is pruned.
    Cost: one backbone's parameters; T times its FLOPs after the first stage throughout, for shapes never change.
    """

    def __init__(
        self, setting: Setting, search: float, warm_up: float, sparsity: float, sharing: float, logit_rate: float
    ) -> None:
        super().__init__(setting, search)
        self._policies = tuple(place for place, stage in enumerate(self.stages) if stage.skippable)
        if not self._policies:
            raise SpecError(
                "adashare lets tasks skip stages after the first, and this backbone has none; choose a backbone.depth of 2 or "
                "more."
            )
        self._sparsity, self._sharing, self._rate = sparsity, sharing, logit_rate
        start = min(round(warm_up * self.found), max(0, self.found - 1))
        # Half of the search opens stages, the last stage first; the other half has all open.
        spread = (self.found - start) / (2 * len(self._policies))
        self._opened = {place: start + int(spread * n) for n, place in enumerate(reversed(self._policies))}
        self._started = start
        self.turns = tuple(sorted({*self._opened.values(), self.found} - {0}))

    @property
    def parts(self) -> tuple[Part, ...]:
        """See ``Composed.parts``."""
        trunk = [Part(f"trunk.{place}.", stage, self.tasks, stage.name) for place, stage in enumerate(self.stages)]
        policies = [
            Part(
                f"policy.{place}.",
                Stage("policy", (Structure((PINNED if self._opened[place] else 0.0,) * len(self.tasks)),)),
                self.tasks,
                self.stages[place].name,
                each=True,
                start="other",
                rate=self._rate,
                structure=True,
            )
            for place in self._policies
        ]
        return (*trunk, *policies)

    @property
    def rows(self) -> tuple[Row, ...]:
        """See ``Model.rows``."""
        found: list[Row] = []
        for place, stage in enumerate(self.stages):
            skips = place in self._policies
            modules = ("shared", "skipped") if skips else ("shared",)
            below = tuple(range(len(found[-1].modules))) if found else ()
            found.append(Row(stage.name, modules, (self.tasks,) * len(modules), (below,) * len(modules), skips))
        return tuple(found)

    @property
    def traces(self) -> tuple[Trace, ...]:
        """See ``Model.traces``."""
        labels = (self.names, ("shared", "skipped"))
        return tuple(
            Trace(
                f"usage.{self.stages[place].name}", ("task", "module"), labels, "how likely a task executes or skips the stage"
            )
            for place in self._policies
        )

    def flow(self, parameters: Mapping[str, Tensor], x: Tensor, at: Pass, seen: Seen) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Composed.flow``."""
        for place, stage in enumerate(self.stages):
            executed = together(stage, parameters, x, f"trunk.{place}.")
            if place not in self._policies:
                x = executed
                seen.row(stage.name, x)
                continue
            logit = parameters[f"policy.{place}.0.value"]
            policy = torch.sigmoid(logit if at.noise is None else self._drawn(logit, at, at.noise.at(place)))
            skipped = stage.shortcut(x.flatten(1, 2)).unflatten(1, x.shape[1:3])
            share = policy.view(*policy.shape, *(1,) * (executed.dim() - 2))
            x = torch.lerp(skipped, executed, share)
            if seen.wanted:
                likely = torch.sigmoid(logit)
                seen.row(stage.name, x, torch.stack([likely, 1 - likely], dim=2))
        return x, self._penalties(parameters)

    def _drawn(self, logit: Tensor, at: Pass, noise: Streams) -> Tensor:
        """``(R, T)`` logits of a soft draw."""
        drawn = tiny_to_one(noise, logit.shape[1])
        return (logit + drawn.log() - torch.log1p(-drawn)) / geometric(progress(at.step, self._started, self.found))

    def _penalties(self, parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
        logits = torch.stack([parameters[f"policy.{place}.0.value"] for place in self._policies], dim=1)  # (R, L, T)
        open_ = logits.abs() < PINNED / 2
        costs = torch.where(open_, F.softplus(logits), 0).sum((1, 2)) / open_.sum((1, 2)).clamp(min=1)
        likely = torch.sigmoid(logits)
        weights = likely.new_tensor([1 - place / len(self.stages) for place in self._policies])
        pairs = list(combinations(self.tasks, 2))
        apart = [(likely[:, :, one] - likely[:, :, other]).abs() @ weights for one, other in pairs]
        differing = torch.stack(apart).mean(0) if apart else torch.zeros_like(costs)
        count = len(self.tasks)
        return {"sparsity": self._sparsity / count * costs, "sharing": self._sharing / count * differing}

    def turn(self, step: int, parameters: Mapping[str, Tensor], streams: Streams, conflicts: Tensor) -> None:
        """See ``Model.turn``."""
        if step != self.found:
            for place, opened in self._opened.items():
                if opened == step:
                    parameters[f"policy.{place}.0.value"].zero_()
            return
        self.restart(parameters, streams)
        for place in self._policies:
            logit = parameters[f"policy.{place}.0.value"]
            executed = logit >= 0
            logit.copy_(torch.where(executed, PINNED, -PINNED))
            self.prune(parameters, f"trunk.{place}.", executed.any(1).to(logit.dtype))


def adashare(setting: Setting, search: float, warm_up: float, sparsity: float, sharing: float, logit_rate: float) -> AdaShare:
    """The model in which tasks skip stages; see ``AdaShare``."""
    return AdaShare(setting, search, warm_up, sparsity, sharing, logit_rate)
