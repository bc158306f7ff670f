"""The models of a study's strategies, and what their layouts say of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from mtl_core.errors import SpecError
from mtl_core.models.build import Sizes, Width, body_size, build, matched_width
from mtl_core.models.composed import RESTORING
from mtl_core.models.model import Model
from mtl_core.models.primitives import counted_mixes
from mtl_core.records import ModelLayout
from mtl_core.spec.choice import Choice
from mtl_core.spec.phases import denoises
from mtl_core.spec.pretrained import kept_trunk
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.spec.study import Study
from mtl_core.suites import Suite, suite_of
from mtl_core.suites.folds import Folded
from mtl_core.training.begin import begin
from mtl_core.training.data import Data
from mtl_core.training.parameters import leaves_after_turns
from mtl_core.training.structure import layout_traces


@dataclass(frozen=True)
class Built:
    """A strategy's model, with how it came to its size."""

    model: Model
    choice: Choice
    width: Width
    matched: float | None

    def layout(self, strategy: str, data: Data) -> ModelLayout:
        """What the layout says of it; ``strategy`` is how runs call it."""
        parameters = self.model.parameters
        trunk = [p for p in parameters if p.trunk]
        # Not what is fixed, such as a mask, nor what serves a phase alone.
        moving = [p for p in parameters if p.rate > 0 and not p.name.startswith(RESTORING)]
        heads = sum(p.size for p in moving if p.head and not p.trunk)
        total = sum(p.size for p in moving)
        stages = tuple(dict.fromkeys(str(p.stage) for p in trunk))
        shared = sum(p.size for p in moving if p.trunk)
        flops, flops_of = count_flops(self.model, data)
        return ModelLayout(
            strategy,
            self.choice.name,
            self.choice.options,
            stages,
            total,
            shared,
            total - shared - heads,
            heads,
            flops,
            flops_of,
            self.width.width,
            self.width.more,
            self.matched,
            self.model.rows,
            layout_traces(self.model),
            self.model.turns,
        )


def loaded(study: Study, device: torch.device, names: Iterable[str]) -> tuple[Suite, Data, dict[str, Built]]:
    """What a study trains on: its suite (with folds as runs of the first see it), the data on the device, and the models by the
    names that runs call them.

    Raises:
        SpecError: a batch that is larger than what a run trains on.
        DataError: the suite's data cannot be learned from, or the pretrained trunk that runs start from is gone or damaged.
    """
    trunk = kept_trunk(study.start)
    suite = suite_of(study)
    if study.folds:
        folded = Folded.of(suite, study.folds, nested=study.nested)
        data, suite = Data.in_folds(folded, device, study.class_weights, study.sampling), folded.suite_of(0)
    else:
        data = Data.of(suite, device, study.class_weights, study.sampling)
    fewest = len(suite.train) if data.folds is None else int(data.folds.train.count.min())
    if fewest < study.batch_size:
        raise SpecError(
            f"batch_size must be at most the {fewest} examples of the train split, found {study.batch_size}; choose a smaller "
            "batch."
        )
    sizes = sizes_of(study, suite)
    if trunk:
        sizes = replace(sizes, begun=begin(trunk, data.shape))
    return suite, data, models(study, sizes, names)


def sizes_of(study: Study, suite: Suite) -> Sizes:
    """What a study's models are built for."""
    shape, parts = suite.train.inputs.shape[2 if suite.per_task else 1 :], tuple(part.shape for part in suite.parts)
    return Sizes(suite.tasks, shape, study.steps, suite.per_task, denoises(study), len(suite.words), parts)


def models(study: Study, sizes: Sizes, names: Iterable[str]) -> dict[str, Built]:
    """The models by the names that runs call them.

    Args:
        study: its strategies and backbone.
        sizes: what models are built for.
        names: those that runs use; the plain backbone is among them even where the study does not list it.
    """
    chosen = {study.sharing(strategy): strategy for strategy in study.strategies}
    plain = Choice("hard", tuple(STRATEGIES["hard"].check({}).items()))
    usual = Width(study.backbone.options["width"])
    target = {"none": 0, "hard": 1, "single_task": len(sizes.tasks)}[study.equal_parameters]
    wanted = target * body_size(build(plain, study.backbone, sizes))
    built = {}
    for name in names:
        if name not in chosen or not target:
            choice = chosen.get(name, plain)
            built[name] = Built(build(choice, study.backbone, sizes), choice, usual, None)
            continue
        width = matched_width(chosen[name], study.backbone, sizes, wanted)
        model = build(chosen[name], study.backbone, sizes, width)
        built[name] = Built(model, chosen[name], width, body_size(model) / wanted)
    return built


def count_flops(model: Model, data: Data) -> tuple[int, tuple[int, ...]]:
    """Floating-point operations of one example, all tasks, and those of each task's stages and head alone.

    Counted while a model runs: two for each multiplication in products of matrices, in convolutions and in mixes, the weighed
    sums of what several modules made; gates and units too. Not counted is what else is done number by number (rectifiers,
    normalisation, softmax, masks, modulation, the skipping of stages), nor what is done once for all examples, such as making
    a task's weights from low-rank factors. What a single task needs is counted from the modules that its loss reaches, without
    gates and units.
    """
    like = data.train.inputs.cpu()[:1]
    views = leaves_after_turns(model)

    def counted(examples: int) -> int:
        x = data.arranged(torch.zeros_like(like).expand(examples, *like.shape[1:]).unsqueeze(0))
        # Attention made of ordinary products is the one that is counted on every device.
        with torch.no_grad(), counted_mixes() as mixes, FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
            model(views, x)
        return int(counter.get_total_flops()) + sum(mixes)

    return counted(2) - counted(1), model.flops_of
