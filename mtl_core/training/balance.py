"""The balancing methods of a cohort, and the probes of those that look beyond a batch."""

from collections.abc import Callable, Sequence

from torch import Tensor

from mtl_core.balancing.method import Signals
from mtl_core.balancing.runner import Balanced, Group, Runner
from mtl_core.random import Purpose, Streams
from mtl_core.spec.methods import METHODS
from mtl_core.spec.plan import Run
from mtl_core.training.probe import Probe, StepPoint


class Balance:
    """The methods of a cohort's runs, which are sorted so that runs of one method are neighbours.

    Args:
        runs: the cohort's runs.
        losses: ``(R, T)``, for shapes, dtype and device.
        steps: of a run.
        probe: makes the look beyond a batch for some of the runs; called only for methods that ask for one.
    """

    def __init__(self, runs: tuple[Run, ...], losses: Tensor, steps: int, probe: Callable[[Sequence[Run]], Probe]) -> None:
        self._steps = steps
        self._streams = Streams.of([run.seed for run in runs], losses.device).at(Purpose.BALANCE)
        self._runner = Runner([run.method for run in runs], losses)
        self.probes = {group.runs.start: probe(runs[group.runs]) for group in self.groups if group.entry.extra}
        """One for each group of runs whose method asks for it, by the group's first run."""
        asked = [place for place, run in enumerate(runs) if not METHODS[run.method.name].selectable]
        if asked:  # a table line that no study lists by name stands for the points that were asked for
            self.set(asked, losses.new_tensor([runs[place].weights for place in asked]))

    @property
    def groups(self) -> list[Group]:
        """The runs of each method, with its state."""
        return self._runner.groups

    def __call__(
        self, losses: Tensor, observed: Tensor, step: int, epoch_steps: int, gramian: Tensor | None, point: StepPoint
    ) -> Balanced:
        """One step of every method; states move on."""
        signals = Signals(
            losses=losses,
            observed=observed,
            step=step,
            epoch_steps=epoch_steps,
            streams=self._streams.at(step),
            gramian=gramian,
            jacobian=point.jacobian,
            steps=self._steps,
        )
        return self._runner(signals, lambda group: self.probes[group.runs.start].at(step, point.of(group.runs)))

    def set(self, runs: Sequence[int], weights: Tensor) -> None:
        """Give these runs (places in the cohort) other fixed weights; see ``Runner.set``, also for what it raises."""
        self._runner.set(runs, weights)


def needs_gradients(run: Run) -> bool:
    """Whether a run's method looks at task gradients at every step."""
    return METHODS[run.method.name].signals != "losses"
