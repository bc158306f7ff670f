"""A run with the parameters that were kept of it."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mtl_core.diagnostics.result import Result
from mtl_core.errors import SpecError, StoreError, shown, some_of, unknown_name
from mtl_core.records import Moment
from mtl_core.spec.plan import Run
from mtl_core.store import Store
from mtl_core.suites import Suite
from mtl_core.training.built import Built, loaded
from mtl_core.training.data import Data
from mtl_core.training.parameters import leaves


@dataclass(frozen=True)
class Trained:
    """A run of a study as it was at a moment.

    Args:
        result: what the study found.
        run: which of its runs.
        moment: ``end`` or ``best``.
        step: the updates that it had done.
        suite, data: what it learned from.
        built: its model.
        values: the model's parameters ``(1, *shape)`` by name.
    """

    result: Result
    run: Run
    moment: Moment
    step: int
    suite: Suite
    data: Data
    built: Built
    values: dict[str, Tensor]

    @property
    def trains(self) -> tuple[int, ...]:
        """The places of the tasks that it has learned."""
        return tuple(place for place, known in enumerate(self.run.trains(len(self.suite.tasks))) if known)


def chosen(result: Result, label: str | None = None, seed: int | None = None) -> Run:
    """One run of a study.

    Args:
        result: what the study found.
        label: one of the ``label`` column of ``runs``; None where there is but one beside the single tasks.
        seed: one of the study's; None for its first.

    Raises:
        SpecError: there is none such, or one must be chosen.
    """
    runs = result.layout.runs
    if label is None:
        labels = list(dict.fromkeys(run.label for run in runs if run.role != "baseline"))
        if len(labels) != 1:
            raise SpecError(f"one run must be chosen, found none named; name a label with --run, one of: {some_of(labels)}.")
        label = labels[0]
    found = [run for run in runs if run.label == label]
    if not found:
        raise unknown_name("label", label, dict.fromkeys(run.label for run in runs))
    for run in found:
        if seed is None or run.seed == seed:
            return run
    raise SpecError(
        f"the seed must be one of the study's, {some_of(str(run.seed) for run in found)}, found {shown(seed)}; choose one."
    )


def trained(store: Store, result: Result, run: Run, moment: Moment) -> Trained:
    """A run with what was kept of it.

    Args:
        store: where.
        result: what the study found.
        run: one of its runs.
        moment: when.

    Raises:
        DataError: the suite's data are not there any more.
        StoreError: nothing was kept of it, or of another version's model.
        SpecError: it has no finite answers.
    """
    kept = store.parameters(result.id, moment, run.strategy)
    rows = (kept["run"] == run.index).nonzero()[0]
    if not len(rows):
        raise StoreError(f"trained parameters of run {run.index} were expected, found none; train the study to its end first.")
    flat = torch.from_numpy(kept["parameters"][rows[:1]].copy())
    suite, data, models = loaded(result.study, torch.device("cpu"), [run.strategy])
    built = models[run.strategy]
    expected = sum(parameter.size for parameter in built.model.parameters)
    if flat.shape[1] != expected:
        raise StoreError(
            f"{expected} parameters were expected, found {flat.shape[1]}: another version of Seesaw kept them; train the study "
            "again."
        )
    if not bool(flat.isfinite().all()):
        raise SpecError("the run diverged and its parameters are no finite numbers; choose another run.")
    values = {name: value.detach() for name, value in leaves(built.model, flat).items()}
    return Trained(result, run, moment, int(kept["step"][rows[0]]), suite, data, built, values)
