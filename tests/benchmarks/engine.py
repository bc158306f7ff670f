"""The cohort engine against a plain loop, TorchJD, and its own matrix products.

The plain loop is one run at a time: an ordinary module, two backward passes, PCGrad by hand, PyTorch's Adam. The cohort does
everything a study does: its own batches, PCGrad, Adam, a conflict record every five steps, and copying records out.
"""

import argparse
from collections.abc import Callable

import torch
import torch.nn.functional as F
from measure import interleaved, machine
from torch import Tensor, nn
from torchjd.aggregation import PCGrad
from torchjd.autojac import jac_to_grad, mtl_backward

from mtl_core.models.build import Sizes, build
from mtl_core.random import Streams
from mtl_core.spec.choice import Choice
from mtl_core.spec.plan import Run
from mtl_core.spec.study import Study
from mtl_core.suites import load_suite
from mtl_core.suites.suite import Task
from mtl_core.training.cohort import Cohort
from mtl_core.training.data import Data, DeviceSplit
from mtl_core.training.forward import batch_losses
from mtl_core.training.gradients import Gradients
from mtl_core.training.memory import keep_freed_memory
from mtl_core.training.parameters import Slices, initial, leaves
from mtl_core.training.recorder import Recorder

INPUTS, CLASSES, TASKS, ROWS, STEPS = 144, 10, 2, 1000, 20_000


def random_data(device: torch.device) -> Data:
    """Ten-class targets on normal inputs; what is learned does not matter here."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(ROWS, INPUTS, generator=generator).to(device)
    targets = tuple(torch.randint(0, CLASSES, (ROWS,), generator=generator).to(device) for _ in range(TASKS))
    split = DeviceSplit(inputs, targets, (None,) * TASKS)
    return Data(tuple(Task(name, "classification", CLASSES) for name in ("left", "right")), split, split, split)


def cohort_step(runs: int, width: int, batch: int, data: Data) -> Callable[[], None]:
    """One step of ``runs`` PCGrad runs, each with a seed of its own, records included."""
    study = Study(backbone={"name": "mlp", "width": width}, steps=STEPS, batch_size=batch, weights=[])
    model = build(study.strategies[0], study.backbone, Sizes(data.tasks, data.shape))
    members = tuple(Run(i, "method", "pcgrad", Choice("pcgrad"), None, i, study.learning_rate) for i in range(runs))
    cohort = Cohort(study, model, data, members)
    recorder = Recorder(cohort, steps=500, example=400)
    count = 0

    def step() -> None:
        nonlocal count
        recorder.add(count, cohort.step(count))
        count += 1
        if recorder.full:
            recorder.drain()

    return step


class Network(nn.Module):
    """The same network as an ordinary module."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(INPUTS, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.heads = nn.ModuleList(nn.Linear(width, CLASSES) for _ in range(TASKS))

    def losses(self, data: Data, rows: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Features and task losses of a batch."""
        features = self.trunk(data.train.inputs[rows])
        return features, [F.cross_entropy(head(features), data.train.targets[t][rows]) for t, head in enumerate(self.heads)]


def plain_step(width: int, batch: int, data: Data) -> Callable[[], None]:
    """One step of one run the ordinary way."""
    device = data.train.inputs.device
    network = Network(width).to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    trunk = list(network.trunk.parameters())

    def step() -> None:
        _, losses = network.losses(data, torch.randint(0, ROWS, (batch,), device=device))
        gradients = []
        for task, loss in enumerate(losses):
            own = list(network.heads[task].parameters())
            grads = torch.autograd.grad(loss, trunk + own, retain_graph=task < TASKS - 1)
            gradients.append(torch.cat([grad.flatten() for grad in grads[: len(trunk)]]))
            for parameter, grad in zip(own, grads[len(trunk) :], strict=True):
                parameter.grad = grad
        combined = torch.zeros_like(gradients[0])
        for i in range(TASKS):
            projected = gradients[i].clone()
            for j in torch.randperm(TASKS).tolist():
                if j != i:
                    inner = projected @ gradients[j]
                    if inner < 0:
                        projected -= inner / (gradients[j] @ gradients[j]) * gradients[j]
            combined += projected
        place = 0
        for parameter in trunk:
            parameter.grad = combined[place : place + parameter.numel()].view_as(parameter)
            place += parameter.numel()
        optimizer.step()

    return step


def torchjd_step(width: int, batch: int, data: Data) -> Callable[[], None]:
    """One step of one run with TorchJD's ``mtl_backward`` and ``PCGrad``."""
    device = data.train.inputs.device
    network = Network(width).to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    aggregator = PCGrad()

    def step() -> None:
        features, losses = network.losses(data, torch.randint(0, ROWS, (batch,), device=device))
        optimizer.zero_grad()
        mtl_backward(losses, features=features)
        jac_to_grad(network.trunk.parameters(), aggregator)
        optimizer.step()

    return step


def products(runs: int, width: int, batch: int, device: torch.device) -> Callable[[], None]:
    """The matrix products of one step alone: forward, and for each task the backward ones."""
    x, h, o = (torch.randn(runs, batch, size, device=device) for size in (INPUTS, width, CLASSES))
    first, second, head = (
        torch.randn(runs, a, b, device=device) for a, b in ((INPUTS, width), (width, width), (width, CLASSES))
    )

    def step() -> None:
        torch.bmm(x, first), torch.bmm(h, second)
        for _ in range(TASKS):
            torch.bmm(h, head), torch.bmm(h.mT, o), torch.bmm(o, head.mT)
            torch.bmm(h.mT, h), torch.bmm(h, second.mT), torch.bmm(x.mT, h)

    return step


def backward_of_eight(device: torch.device) -> dict[str, Callable[[], None]]:
    """Forward and the task gradients of 64 runs that share all but 8 heads (H 32, batch 64): the cohort's way, and with the
    losses stacked first, where each task's pass walks every other head with zeros."""
    tasks = tuple(Task(f"task {t}", "classification", CLASSES) for t in range(8))
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(ROWS, INPUTS, generator=generator).to(device)
    targets = tuple(torch.randint(0, CLASSES, (ROWS,), generator=generator).to(device) for _ in tasks)
    split = DeviceSplit(inputs, targets, (None,) * len(tasks))
    data = Data(tasks, split, split, split)
    model = build(Choice("hard"), Choice("mlp", (("width", 32), ("depth", 2), ("normalise", False))), Sizes(tasks, (INPUTS,)))
    views = leaves(model, initial(model, Streams.of(range(64), device)))
    program = Gradients(model, Slices.of(model), views, len(tasks))
    trunk = [views[parameter.name] for parameter in model.parameters if parameter.trunk]
    heads = [[views[p.name] for p in model.parameters if p.users == (task,)] for task in range(len(tasks))]
    rows = torch.randint(0, ROWS, (64, 64), generator=generator).to(device)

    def apart() -> None:
        program.per_task(batch_losses(model, data, views, rows)[0])

    def stacked() -> None:
        losses = torch.stack(batch_losses(model, data, views, rows)[0], dim=1)
        for own, total in zip(heads, losses.sum(0).unbind(), strict=True):
            torch.autograd.grad(total, trunk + own, retain_graph=True)

    return {"apart": apart, "stacked": stacked}


def images(device: torch.device) -> dict[str, Callable[[], None]]:
    """One step of 30 runs of ``sprites`` (equal weights, the standard network), and of one run the ordinary way."""
    study = Study(suite="sprites", backbone="cnn", weights=[], steps=STEPS)
    data = Data.of(load_suite(study.suite, study.tasks), device)
    model = build(study.strategies[0], study.backbone, Sizes(data.tasks, data.shape))
    weights = (1 / len(data.tasks),) * len(data.tasks)
    runs = tuple(Run(i, "method", "equal", Choice("equal"), weights, i, study.learning_rate) for i in range(30))
    cohort, count = Cohort(study, model, data, runs), 0
    first, second = (nn.Sequential(nn.Conv2d(c, f, 3, padding=1), nn.GroupNorm(1, f), nn.ReLU(), nn.AvgPool2d(2))
                     for c, f in ((1, 8), (8, 16)))  # fmt: skip
    trunk = nn.Sequential(first, second, nn.Flatten()).to(device)
    heads = nn.ModuleList(nn.Linear(256, max(1, task.classes)) for task in data.tasks).to(device)
    optimizer = torch.optim.Adam([*trunk.parameters(), *heads.parameters()], lr=study.learning_rate)

    def together() -> None:
        nonlocal count
        cohort.step(5 * count + 1)  # a step without a conflict record, for the plain loop keeps none
        count += 1

    def alone() -> None:
        rows = torch.randint(0, len(data.train), (study.batch_size,), device=device)
        features = trunk(data.train.inputs[rows])
        total = features.new_zeros(())
        for task, head, column in zip(data.tasks, heads, data.train.targets, strict=True):
            answer, target = head(features), column[rows]
            right = F.cross_entropy(answer, target) if task.kind == "classification" else F.mse_loss(answer[:, 0], target)
            total = total + right / len(data.tasks)
        optimizer.zero_grad()
        total.backward()
        optimizer.step()

    return {"together": together, "alone": alone}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    device, rounds = torch.device(arguments.device), arguments.rounds
    keep_freed_memory()
    data = random_data(device)
    print(machine())
    print(f"MLP {INPUTS}-H-H, T = {TASKS}, PCGrad, conflict recorded every 5 steps; milliseconds")
    small = interleaved(
        {
            "cohort": cohort_step(64, 32, 64, data),
            "plain": plain_step(32, 64, data),
            "torchjd": torchjd_step(32, 64, data),
            "one": cohort_step(1, 32, 64, data),
        },
        rounds,
    )
    a_run = small["cohort"] / 64
    print(f"H 32, batch 64: cohort of 64 {1e3 * small['cohort']:.2f} a step, {1e3 * a_run:.3f} a run")
    print(f"  plain loop {1e3 * small['plain']:.3f} a run: {small['plain'] / a_run:.1f} x the cohort's (wanted: 20)")
    print(f"  TorchJD    {1e3 * small['torchjd']:.3f} a run: {small['torchjd'] / a_run:.1f} x the cohort's (wanted: 12)")
    print(
        f"  one run alone {1e3 * small['one']:.3f}: {small['one'] / small['plain']:.2f} x the plain loop's "
        "(wanted: at most 1.1)"
    )
    large = interleaved(
        {"cohort": cohort_step(64, 128, 128, data), "products": products(64, 128, 128, device)}, max(5, rounds // 3), calls=3
    )
    print(
        f"H 128, batch 128: cohort {1e3 * large['cohort']:.1f} a step, its products alone {1e3 * large['products']:.1f}: ",
        end="",
    )
    print(f"{large['cohort'] / large['products']:.2f} x (wanted: at most 2.5)")
    eight = interleaved(backward_of_eight(device), rounds)
    print(
        f"8 tasks, H 32, batch 64, 64 runs, forward and task gradients: {1e3 * eight['apart']:.1f}, losses stacked first "
        f"{1e3 * eight['stacked']:.1f}: {eight['stacked'] / eight['apart']:.2f} x (wanted: 1.5)"
    )
    cnn = interleaved(images(device), max(5, rounds // 3), calls=3)
    print(
        f"CNN, 30 runs of sprites, batch 64: {1e3 * cnn['together']:.1f} a step; plain loop {1e3 * cnn['alone']:.2f} a run: "
        f"{30 * cnn['alone'] / cnn['together']:.1f} x the cohort's (wanted: 2.5)"
    )


if __name__ == "__main__":
    main()
