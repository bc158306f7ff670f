"""Every kind of task through the same demands: what is added up batch by batch is what the whole split says."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pytest
import torch
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    f1_score,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
)

from mtl_core.kinds.kind import Kind, kind_of
from mtl_core.kinds.meter import Meter
from mtl_core.random import Streams
from mtl_core.spec.kinds import KINDS, LOSS, METRICS
from mtl_core.suites.suite import Task

CPU = torch.device("cpu")
RUNS, ROWS, CLASSES = 3, 60, 5

Array = npt.NDArray[np.float64]


def macro_f1(labels: Array, output: Array) -> float:
    guesses = output.argmax(1)
    return float(f1_score(labels, guesses, labels=np.union1d(labels, guesses), average="macro", zero_division=0))


ORACLES: dict[str, Callable[[Array, Array], float]] = {
    "accuracy": lambda labels, output: accuracy_score(labels, output.argmax(1)),
    "macro_f1": macro_f1,
    "balanced_accuracy": lambda labels, output: balanced_accuracy_score(labels, output.argmax(1)),
    "commonest_answer": lambda _, output: float(np.bincount(output.argmax(1)).max() / len(output)),
    "roc_auc": lambda labels, output: roc_auc_score(labels, output[:, 1] - output[:, 0]),
    "average_precision": lambda labels, output: average_precision_score(labels, output[:, 1] - output[:, 0]),
    "r2": lambda values, output: r2_score(values, output[:, 0]),
    "mae": lambda values, output: mean_absolute_error(values, output[:, 0]),
}
"""Scikit-learn's word on each metric, from targets and a run's outputs; a new one brings its own."""


TASKS = [
    Task("t", name, count) for name, entry in KINDS.items() for count in ((2, CLASSES) if entry.targets == "classes" else (1,))
]


@pytest.fixture(params=TASKS, ids=lambda task: f"{task.kind} {task.classes}")
def task(request: pytest.FixtureRequest) -> Task:
    """One task of each kind, with two classes and with more where it has classes."""
    found: Task = request.param
    return found


ROUNDED = {"roc_auc": 5e-3, "average_precision": 5e-3}
"""Scores are counted in steps, in which near ones are tied; ``test_ranking`` has the exact comparison."""


@pytest.fixture
def kind(task: Task) -> Kind:
    """Its code."""
    return kind_of(task.kind)


def outputs(task: Task, kind: Kind, rows: int = ROWS) -> torch.Tensor:
    """What an untrained head says of random features."""
    head = kind.head(task, 4)
    return head(
        head.initialise(Streams.of(range(RUNS))), torch.randn(RUNS, rows, 4, generator=torch.Generator().manual_seed(1))
    )


def targets(task: Task, rows: int = ROWS) -> torch.Tensor:
    """The same for every run; of five classes the last never occurs."""
    generator = torch.Generator().manual_seed(2)
    occurring = min(task.classes, 4)
    whole = (
        torch.randint(0, occurring, (rows,), generator=generator) if occurring > 1 else torch.randn(rows, generator=generator)
    )
    return whole.expand(RUNS, -1)


def masks() -> torch.Tensor:
    """Every run knows other labels."""
    return torch.rand(RUNS, ROWS, generator=torch.Generator().manual_seed(3)) < 0.7


def measured(
    task: Task, output: torch.Tensor, target: torch.Tensor, observed: torch.Tensor | None, cuts: Sequence[int] = ()
) -> torch.Tensor:
    """The metrics, added up over the pieces between the cuts."""
    meter = Meter(task, len(output), CPU)
    for start, end in zip((0, *cuts), (*cuts, output.shape[1]), strict=True):
        part = slice(start, end)
        meter.add(output[:, part], target[:, part], None if observed is None else observed[:, part])
    return meter.result()


@pytest.mark.parametrize("masked", [False, True])
def test_metrics_are_scikit_learns(task: Task, kind: Kind, masked: bool) -> None:
    output, target = outputs(task, kind), targets(task)
    observed = masks() if masked else torch.ones(RUNS, ROWS, dtype=torch.bool)
    table = measured(task, output, target, observed if masked else None)
    assert table.shape == (RUNS, len(task.metrics))
    assert table.dtype == torch.float32
    losses = kind.losses(output, target)
    for run in range(RUNS):
        known = observed[run]
        truth, answer = target[run][known].numpy(), output[run][known].numpy()
        expected = [float(losses[run][known].mean()), *(ORACLES[name](truth, answer) for name in task.metrics[1:])]
        for name, found, value in zip(task.metrics, table[run].tolist(), expected, strict=True):
            assert found == pytest.approx(value, abs=ROUNDED.get(name, 1e-5), rel=1e-5), name


@pytest.mark.parametrize("cuts", [[1], [17, 18, 40], range(1, ROWS), [0, 30, 30]])
@pytest.mark.parametrize("masked", [False, True])
def test_any_way_of_cutting_a_split_gives_the_same(task: Task, kind: Kind, masked: bool, cuts: Sequence[int]) -> None:
    output, target, observed = outputs(task, kind), targets(task), masks() if masked else None
    whole = measured(task, output, target, observed)
    torch.testing.assert_close(measured(task, output, target, observed, list(cuts)), whole, rtol=1e-6, atol=1e-6)


def test_what_has_no_label_is_never_read(task: Task, kind: Kind) -> None:
    output, target, observed = outputs(task, kind), targets(task).clone(), masks()
    expected = measured(task, output, target, observed, [20])
    output = output.masked_fill(~observed.unsqueeze(2), torch.nan)
    assert torch.equal(measured(task, output, target, observed, [20]), expected)


def test_without_a_label_there_is_nothing_to_measure(task: Task, kind: Kind) -> None:
    output, target = outputs(task, kind), targets(task)
    observed = masks()
    observed[1] = False
    table = measured(task, output, target, observed, [7])
    assert table[1].isnan().all()
    assert not table[[0, 2]].isnan().any()
    assert Meter(task, RUNS, CPU).result().isnan().all(), "no example at all"


def test_a_run_does_not_depend_on_its_neighbours(task: Task, kind: Kind) -> None:
    output, target, observed = outputs(task, kind), targets(task), masks()
    together = measured(task, output, target, observed)
    alone = measured(task, output[1:2], target[1:2], observed[1:2])
    torch.testing.assert_close(alone[0], together[1], rtol=1e-6, atol=1e-6)


def test_adding_changes_no_sum_that_was_given_out(task: Task, kind: Kind) -> None:
    sums = kind.init(task, torch.zeros(RUNS, dtype=torch.float64))
    before = {name: value.clone() for name, value in sums.items()}
    after = kind.add(sums, outputs(task, kind), targets(task), masks())
    assert all(torch.equal(sums[name], value) for name, value in before.items())
    assert all(len(value) == RUNS for value in after.values())
    assert after.keys() == sums.keys()


def test_losses_are_one_an_example_and_can_be_learned_from(task: Task, kind: Kind) -> None:
    output = outputs(task, kind).detach().requires_grad_()
    losses = kind.losses(output, targets(task))
    assert losses.shape == (RUNS, ROWS)
    assert (losses >= 0).all()
    (gradient,) = torch.autograd.grad(losses[0, 3], output)
    assert gradient[0, 3].abs().sum() > 0
    gradient[0, 3] = 0
    assert not gradient.any(), "an example's loss reads that example alone"


def test_chance_is_the_loss_of_knowing_nothing(task: Task, kind: Kind) -> None:
    """A head that says the same of every example and class, on targets of every class alike or standardised."""
    rows = 20 * CLASSES
    whole = torch.arange(rows) % task.classes if task.classes > 1 else torch.linspace(-1, 1, rows)
    whole = whole if task.classes > 1 else (whole - whole.mean()) / whole.std(correction=0)
    nothing = torch.zeros_like(outputs(task, kind, rows))
    losses = kind.losses(nothing, whole.expand(RUNS, -1))
    assert float(losses.mean()) == pytest.approx(task.chance, rel=1e-5)


def test_the_table_line_says_all_that_pages_show() -> None:
    for entry in KINDS.values():
        assert entry.summary
        assert entry.loss
        assert entry.metrics
        assert LOSS.name not in {metric.name for metric in entry.metrics}
        assert all(METRICS[metric.name] == metric for metric in entry.metrics), "one name, one meaning"
    assert METRICS[LOSS.name].lower_is_better


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if metric != LOSS and not metric.aside])
def test_the_direction_of_a_metric_is_that_of_a_better_answer(name: str) -> None:
    (entry,) = [entry for entry in KINDS.values() if name in {metric.name for metric in entry.metrics}]
    classes = 2 if METRICS[name].two_classes else CLASSES
    task = Task("t", entry.name, classes if entry.targets == "classes" else 1)
    target, place = targets(task), task.metrics.index(name)
    perfect = torch.nn.functional.one_hot(target, task.classes).float() * 9 if task.classes > 1 else target.unsqueeze(2)
    good, bad = (measured(task, output, target, None)[0, place] for output in (perfect, outputs(task, kind_of(entry.name))))
    assert (good < bad) == METRICS[name].lower_is_better
