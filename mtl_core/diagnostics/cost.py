"""What a study will cost, from what others took."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from statistics import median
from typing import Protocol

from mtl_core.errors import SeesawError
from mtl_core.spec import BACKBONES, METHODS, STRATEGIES, SUITES, Choice, Study, plan
from mtl_core.spec.plan import equal_weights, inner_runs

RECENT = 50
"""So many finished studies are looked at, the newest first."""

ALIKE, OTHERS = 3, 9
"""Of so many of them the middle one counts: of those that are most like the study, and where none has its suite, backbone and
strategy, whose rates differ more."""

STEP_OVERHEAD = 60.0
"""What a step costs before its first run, in parts of a run's forward pass: launching operations, on two CPU cores."""

FORWARD, BACKWARD = 3.0, 2.0
"""Forward pass, losses and optimizer against one task's backward pass, for one run."""

EVALUATION, EVALUATION_OVERHEAD = 3.0, 1000.0
"""An evaluation of one task of a run, its passes and its metrics, and what it costs before its first run."""

_SAME = 3  # in device, backbone, suite and strategies


class Measured(Protocol):
    """What is read of a study in the store's history."""

    @property
    def state(self) -> str: ...
    @property
    def seconds(self) -> float | None: ...
    @property
    def device(self) -> str | None: ...
    @property
    def study(self) -> Study: ...


@dataclass(frozen=True)
class Estimate:
    """What a study will cost.

    Args:
        runs: how many runs it trains.
        seconds: how long that will take on this machine; None when nothing was ever measured.
        alike: whether the measured studies have the same suite, backbone, strategy and device; a rougher guess if not.
    """

    runs: int
    seconds: float | None
    alike: bool = False


def estimate(study: Study, history: Iterable[Measured]) -> Estimate:
    """The runs of a study and the seconds they will take.

    The seconds a unit of ``work`` took, the median of the newest finished studies that are most like this one: same suite,
    backbone, strategies and device; else same backbone and device; else same device; else any. So it is what this machine
    needs with what else it does, as far as that stays as it was.

    Args:
        study: what is about to be trained.
        history: studies of the store, the newest first; those that are not finished say nothing.
    """
    runs = run_count(study)
    known = list(islice(_rates(study, history), RECENT))
    if not known:
        return Estimate(runs, None)
    closest = max(likeness for likeness, _ in known)
    rates = [rate for likeness, rate in known if likeness == closest][: ALIKE if closest == _SAME else OTHERS]
    return Estimate(runs, work(study) * median(rates), alike=closest == _SAME)


def run_count(study: Study) -> int:
    """How many runs a study trains."""
    return len(plan(study)) + len(inner_runs(study))


@lru_cache(maxsize=512)  # looked at for each of the last studies whenever a cost is told
def work(study: Study) -> float:
    """How much a study computes, in arbitrary units that can be compared between studies.

    Every step has an overhead that all runs share, and for each run a forward pass and its backward passes: one for each task
    where the method needs task gradients, and one in all where it needs only losses, but for steps with a conflict record;
    methods that look beyond their batch pay for that too, and runs of which affinities are recorded for a forward pass a task.
    Where tasks have examples of their own, every pass is one a task. Evaluations are a forward pass over the splits and metrics
    of every task. Grows with the batch, the backbone's size and what each sharing strategy makes of it; the runs of different
    strategies share no operations, so each has the overhead once.
    """
    tasks, runs, sizes = len(study.tasks), (*plan(study), *inner_runs(study)), _sizes(study)
    centre = equal_weights(tasks)
    apart = tasks if SUITES[study.suite.name].per_task else 1
    cohorts = len({run.strategy for run in runs})
    total = STEP_OVERHEAD * cohorts
    for run in runs:
        entry = METHODS[run.method.name]
        alone = 1 + (tasks - 1) / study.conflict_every
        passes = FORWARD + BACKWARD * (alone if entry.signals == "losses" else tasks)
        # A look beyond the batch: the last one again, or the task gradients of a second one.
        passes += {"": 0, "next_losses": FORWARD}.get(entry.extra, FORWARD + BACKWARD * tasks)
        if study.affinity_every and run.weights == centre:
            passes += FORWARD * tasks / study.affinity_every
        share = _share(study) if run.role == "fixed" else 1.0
        total += share * apart * passes * study.batch_size / 64 * sizes.get(run.strategy, sizes[""])
    evaluations = 1 + study.steps / study.evaluation_interval
    total = study.steps * total + evaluations * (EVALUATION_OVERHEAD * cohorts + EVALUATION * len(runs) * tasks)
    return SUITES[study.suite.name].dearer * total


def _share(study: Study) -> float:
    """Which share of all steps the fixed weightings of a study take, of which a third goes on at each rung."""
    ends = (0, *study.rungs, study.steps)
    return float(sum((end - start) / 3**rung for rung, (start, end) in enumerate(pairwise(ends))) / study.steps)


def relative_flops(study: Study, strategy: Choice) -> float:
    """The operations of a strategy's trunk for one example of all tasks, as a multiple of the backbone's at its width.

    Where parameters are matched so are operations, nearly: each number of a dense layer is used once an example.
    """
    tasks = len(study.tasks)
    match study.equal_parameters:
        case "hard":
            return 1.0
        case "single_task":
            return float(tasks)
    return float(STRATEGIES[strategy.name].copies(strategy.options, tasks))


def _sizes(study: Study) -> dict[str, float]:
    """What a run of each strategy costs beside one of the usual backbone; under no name, of the tasks alone."""
    backbone = _backbone_size(study)
    # Next to losses and batches the network itself is about half of a small run's time.
    each = {study.sharing(strategy): relative_flops(study, strategy) for strategy in study.strategies} | {"": 1.0}
    return {name: 0.5 + 0.5 * backbone * copies for name, copies in each.items()}


def _backbone_size(study: Study) -> float:
    sizes = {name: value for name, value in study.backbone.items if isinstance(value, int) and not isinstance(value, bool)}
    # It grows with each layer's matrix.
    width, depth = sizes.get("width", 32), sizes.get("depth", 2)
    return BACKBONES[study.backbone.name].dearer * (width / 32) * (1 + depth * width / 64) / 2


def _rates(study: Study, history: Iterable[Measured]) -> Iterable[tuple[int, float]]:
    for info in history:
        if info.state != "finished" or not info.seconds:
            continue
        try:
            other = info.study
        except SeesawError:
            continue  # its table or method is gone: it can be listed, not planned
        device = study.device in (info.device, other.device)
        backbone = device and other.backbone.name == study.backbone.name
        same = backbone and other.suite.name == study.suite.name and other.strategies == study.strategies
        yield device + backbone + same, info.seconds / work(other)
