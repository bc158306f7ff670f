"""Every kind of task through the same demands: what is added up batch by batch is what the whole split says."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np
import numpy.typing as npt
import pytest
import torch
from seqeval.metrics import f1_score as entity_f1
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    f1_score,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
)
from torchmetrics.functional.classification import multiclass_jaccard_index

from mtl_core.kinds.kind import Kind, kind_of
from mtl_core.kinds.meter import Meter
from mtl_core.spec.kinds import KINDS, LOSS, METRICS
from mtl_core.suites.suite import UNLABELLED, Task
from tests.kinds.drawn import (
    CLASSES,
    PIXELS,
    ROWS,
    RUNS,
    SPREAD,
    TAGS,
    TASKS,
    hidden,
    masks,
    outputs,
    perfect,
    targets,
    task_of,
)
from tests.kinds.walked import lost

CPU = torch.device("cpu")

Array = npt.NDArray[np.float64]


def macro_f1(labels: Array, output: Array) -> float:
    if labels.ndim == 2:
        occurring = (labels + (output > 0)).any(0)
        return float(f1_score(labels[:, occurring], output[:, occurring] > 0, average="macro", zero_division=0))
    guesses = output.argmax(1)
    return float(f1_score(labels, guesses, labels=np.union1d(labels, guesses), average="macro", zero_division=0))


def entities(labels: Array, output: Array) -> float:
    """Seqeval's word."""
    known = [row != UNLABELLED for row in labels]
    truth = [[TAGS[tag] for tag in row[there]] for row, there in zip(labels, known, strict=True)]
    answer = [[TAGS[tag] for tag in row[there]] for row, there in zip(output.argmax(2), known, strict=True)]
    return float(entity_f1(truth, answer))


def said(labels: Array, output: Array) -> list[tuple[list[int], list[int]]]:
    """For every example the words of the answer that is right and of the one that is given, by the published rule, one span
    after another."""
    found = []
    for (first, last, text, *words), (start, end) in zip(labels, output.transpose(0, 2, 1), strict=True):
        spans = [(start[i] + end[j], i, j) for i in range(text, len(words)) for j in range(i, min(i + 12, len(words)))]
        best = max(spans)
        given = [] if start[0] + end[0] >= best[0] else words[best[1] : best[2] + 1]
        wanted = words[first : last + 1] if last else []
        found.append(([word for word in wanted if word], [word for word in given if word]))
    return found


def token_f1(wanted: Sequence[object], given: Sequence[object]) -> float:
    """The published rule, of one example."""
    if not wanted or not given:
        return float(wanted == given)
    common = sum((Counter(wanted) & Counter(given)).values())
    return 2 * common / (len(wanted) + len(given))


def over(labels: Array, output: Array, score: Callable[..., float], *, answerable: bool = False) -> float:
    return float(
        np.mean([score(*pair) for pair, row in zip(said(labels, output), labels, strict=True) if row[1] or not answerable])
    )


def match(wanted: object, given: object) -> float:
    return float(wanted == given)


def jaccard(labels: Array, output: Array) -> float:
    """Torchmetrics' word."""
    sizes = (torch.tensor(output.argmax(1)), torch.tensor(labels), CLASSES)
    return float(multiclass_jaccard_index(*sizes, average="macro", ignore_index=UNLABELLED))


def depths(labels: Array, output: Array) -> list[tuple[float, float]]:
    """Metres that are and metres that are said, pixel by pixel; whatever the mean was."""
    pairs = []
    for row, said in zip(labels, output, strict=True):
        for down in range(PIXELS[0]):
            for right in range(PIXELS[1]):
                if row[down, right] != UNLABELLED:
                    logs = (1.2 + SPREAD * float(value[down, right]) for value in (row, said[0]))
                    pairs.append((np.exp(next(logs)), np.exp(next(logs))))
    return pairs


def angles(labels: Array, output: Array) -> Array:
    """Degrees between what is and what is said, pixel by pixel."""
    found = []
    for row, said in zip(labels, output, strict=True):
        for down in range(PIXELS[0]):
            for right in range(PIXELS[1]):
                one, other = (value[:, down, right].astype(np.float64) for value in (row, said))
                if one.any():
                    found.append(np.degrees(np.arccos(one @ other / np.linalg.norm(one) / np.linalg.norm(other))))
    return np.array(found)


def overlaps(labels: Array, output: Array) -> Array:
    """The area that both boxes have by what either has, pair by pair."""
    found = []
    for one, other in zip(labels.tolist(), output.tolist(), strict=True):
        sides = [[max(0.0, box[axis + 2] - box[axis]) for axis in range(2)] for box in (one, other)]
        shared = [max(0.0, min(one[axis + 2], other[axis + 2]) - max(one[axis], other[axis])) for axis in range(2)]
        areas = [wide * high for wide, high in sides]
        both = shared[0] * shared[1] if min(areas) > 0 else 0.0
        found.append(both / (sum(areas) - both) if both else 0.0)
    return np.array(found)


def mean_precision(labels: Array, output: Array) -> float:
    """The mean over labels that occur."""
    there = labels.any(axis=0)
    return float(average_precision_score(labels[:, there], output[:, there], average="macro"))


ORACLES: dict[str, Callable[[Array, Array], float]] = {
    "accuracy": lambda labels, output: accuracy_score(labels, output.argmax(1)),
    "macro_f1": macro_f1,
    "balanced_accuracy": lambda labels, output: balanced_accuracy_score(labels, output.argmax(1)),
    "commonest_answer": lambda _, output: float(np.bincount(output.argmax(1)).max() / len(output)),
    "roc_auc": lambda labels, output: roc_auc_score(labels, output[:, 1] - output[:, 0]),
    "average_precision": lambda labels, output: average_precision_score(labels, output[:, 1] - output[:, 0]),
    "r2": lambda values, output: r2_score(values.reshape(output.shape), output),
    "mae": lambda values, output: mean_absolute_error(values.reshape(output.shape), output),
    "micro_f1": lambda labels, output: f1_score(labels, output > 0, average="micro"),
    "mean_average_precision": mean_precision,
    "entity_f1": entities,
    "normalised_return": lambda mazes, output: 1 - float(np.mean(list(map(lost, mazes, output)))),
    "token_accuracy": lambda labels, output: accuracy_score(
        labels[labels != UNLABELLED], output.argmax(2)[labels != UNLABELLED]
    ),
    "token_f1": lambda labels, output: over(labels, output, token_f1),
    "exact_match": lambda labels, output: over(labels, output, match),
    "answerable_f1": lambda labels, output: over(labels, output, token_f1, answerable=True),
    "answerable_match": lambda labels, output: over(labels, output, match, answerable=True),
    "miou": jaccard,
    "pixel_accuracy": lambda labels, output: accuracy_score(
        labels[labels != UNLABELLED], output.argmax(1)[labels != UNLABELLED]
    ),
    "abs_rel": lambda labels, output: float(np.mean([abs(d - p) / d for d, p in depths(labels, output)])),
    "rmse_log": lambda labels, output: float(np.mean([np.log(p / d) ** 2 for d, p in depths(labels, output)]) ** 0.5),
    "mean_angle": lambda labels, output: float(angles(labels, output).mean()),
    "median_angle": lambda labels, output: float(np.quantile(angles(labels, output), 0.5, method="lower")),
    "within_11": lambda labels, output: float((angles(labels, output) < 11.25).mean()),
    "within_22": lambda labels, output: float((angles(labels, output) < 22.5).mean()),
    "within_30": lambda labels, output: float((angles(labels, output) < 30).mean()),
    "box_iou": lambda labels, output: float(overlaps(labels, output).mean()),
    "half_iou": lambda labels, output: float((overlaps(labels, output) >= 0.5).mean()),
}
"""Scikit-learn's, seqeval's or the published rule's word on each metric, from targets and a run's outputs; a new one brings its
own."""


@pytest.fixture(params=TASKS, ids=lambda task: f"{task.kind} {max(task.classes, task.outputs)}")
def task(request: pytest.FixtureRequest) -> Task:
    """One task of each kind, with two classes and with more where it has classes."""
    found: Task = request.param
    return found


ROUNDED = {"roc_auc": 5e-3, "average_precision": 5e-3, "mean_average_precision": 5e-3, "median_angle": 0.05}
"""Scores and angles are counted in steps, in which near ones are tied; ``test_ranking`` has the exact comparison of scores."""


@pytest.fixture
def kind(task: Task) -> Kind:
    """Its code."""
    return kind_of(task.kind)


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
def test_metrics_are_what_others_say(task: Task, kind: Kind, masked: bool) -> None:
    output, target = outputs(task), targets(task)
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
    output, target, observed = outputs(task), targets(task), masks() if masked else None
    whole = measured(task, output, target, observed)
    torch.testing.assert_close(measured(task, output, target, observed, list(cuts)), whole, rtol=1e-6, atol=1e-6)


def test_a_part_can_be_taken_out_again(task: Task, kind: Kind) -> None:
    output, target, observed = outputs(task), targets(task), masks()
    parts = [Meter(task, RUNS, CPU) for _ in range(3)]
    for place, part in enumerate(parts):
        part.add(output[:, place::3], target[:, place::3], observed[:, place::3])
    if not kind.adds:
        assert task.kind == "regression", "its sums are about a mean that is known at the end"
        return
    whole = reduce(Meter.joined, parts)
    torch.testing.assert_close(whole.result(), measured(task, output, target, observed), rtol=1e-6, atol=1e-6)
    rest = parts[0].joined(parts[2]).result()
    torch.testing.assert_close(whole.joined(parts[1], -1).result(), rest, rtol=1e-6, atol=1e-6)


def test_what_has_no_label_is_never_read(task: Task, kind: Kind) -> None:
    output, target, observed = outputs(task), targets(task).clone(), masks()
    expected = measured(task, output, target, observed, [20])
    assert torch.equal(measured(task, hidden(output, observed), target, observed, [20]), expected)


def test_without_a_label_there_is_nothing_to_measure(task: Task, kind: Kind) -> None:
    output, target = outputs(task), targets(task)
    observed = masks()
    observed[1] = False
    table = measured(task, output, target, observed, [7])
    assert table[1].isnan().all()
    assert not table[[0, 2]].isnan().any()
    assert Meter(task, RUNS, CPU).result().isnan().all(), "no example at all"


def test_a_run_does_not_depend_on_its_neighbours(task: Task, kind: Kind) -> None:
    output, target, observed = outputs(task), targets(task), masks()
    together = measured(task, output, target, observed)
    alone = measured(task, output[1:2], target[1:2], observed[1:2])
    torch.testing.assert_close(alone[0], together[1], rtol=1e-6, atol=1e-6)


def test_adding_changes_no_sum_that_was_given_out(task: Task, kind: Kind) -> None:
    sums = kind.init(task, torch.zeros(RUNS, dtype=torch.float64))
    before = {name: value.clone() for name, value in sums.items()}
    after = kind.add(sums, outputs(task), targets(task), masks())
    assert all(torch.equal(sums[name], value) for name, value in before.items())
    assert all(len(value) == RUNS for value in after.values())
    assert after.keys() == sums.keys()


def test_losses_are_one_an_example_and_can_be_learned_from(task: Task, kind: Kind) -> None:
    output = outputs(task).detach().requires_grad_()
    losses = kind.losses(output, targets(task))
    assert losses.shape == (RUNS, ROWS)
    assert (losses >= 0).all()
    (gradient,) = torch.autograd.grad(losses[0, 3], output)
    assert gradient[0, 3].abs().sum() > 0
    gradient[0, 3] = 0
    assert not gradient.any(), "an example's loss reads that example alone"


def test_chance_is_the_loss_of_knowing_nothing(task: Task, kind: Kind) -> None:
    """A head that says the same of every example and class, on targets of every class alike or standardised."""
    target = targets(task)
    if task.kind == "regression":
        target = (target - target.mean(1, keepdim=True)) / target.std(1, correction=0, keepdim=True)
    elif task.kind in ("depth", "box"):  # absolute errors: on values of the size that the table says
        known = target != UNLABELLED
        size = float(kind.losses(torch.zeros_like(outputs(task)), target).mean())
        target = torch.where(known, target * (task.chance / size), target)
    losses = kind.losses(torch.zeros_like(outputs(task)), target)
    assert float(losses.mean()) == pytest.approx(task.chance, rel=1e-5)


def test_the_table_line_says_all_that_pages_show() -> None:
    for entry in KINDS.values():
        assert entry.summary
        assert entry.loss
        assert entry.metrics
        assert LOSS.name not in {metric.name for metric in entry.metrics}
        assert all(METRICS[metric.name] == metric for metric in entry.metrics), "one name, one meaning"
    assert METRICS[LOSS.name].lower_is_better


@pytest.mark.parametrize(
    ("kind", "name"), [(entry.name, metric.name) for entry in KINDS.values() for metric in entry.metrics if not metric.aside]
)
def test_the_direction_of_a_metric_is_that_of_a_better_answer(kind: str, name: str) -> None:
    task = Task("t", kind, 2) if METRICS[name].two_classes else task_of(kind)
    target, place = targets(task), task.metrics.index(name)
    good, bad = (measured(task, output, target, None)[0, place] for output in (perfect(task, target), outputs(task)))
    assert (good < bad) == METRICS[name].lower_is_better
