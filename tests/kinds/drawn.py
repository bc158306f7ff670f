"""Tasks of every kind with random features, targets and perfect outputs, the same at every call."""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mtl_core.kinds.kind import kind_of
from mtl_core.kinds.span import FACTS
from mtl_core.layers.attention import NOWHERE
from mtl_core.random import Streams
from mtl_core.spec.kinds import KINDS
from mtl_core.suites.moves import DISCOUNT, MOVES, arrivals, best_values
from mtl_core.suites.suite import UNLABELLED, Task

RUNS, ROWS, CLASSES, WORDS, FEATURES = 3, 60, 5, 9, 4
PIXELS, SPREAD = (4, 3), 0.4
TAGS = ("O", "B-who", "I-who", "B-where", "I-where")

TASKS = [
    Task("t", "classification", 2),
    Task("t", "classification", CLASSES),
    Task("t", "regression"),
    Task("t", "regression", outputs=3),
    Task("t", "multilabel", CLASSES),
    Task("t", "tagging", len(TAGS), labels=TAGS),
    Task("t", "span", at_chance=math.log(WORDS)),
    Task("t", "segmentation", CLASSES),
    Task("t", "depth", spread=SPREAD),
    Task("t", "normals"),
    Task("t", "box"),
    Task("t", "policy", len(MOVES), labels=MOVES),
]
"""One task of each kind, with few and many classes or numbers."""


def task_of(kind: str) -> Task:
    """The last task of a kind."""
    return [task for task in TASKS if task.kind == kind][-1]


def lengths(rows: int = ROWS) -> Tensor:
    """Words of each text: from three to all."""
    return torch.randint(3, WORDS + 1, (rows,), generator=torch.Generator().manual_seed(4))


def words(rows: int = ROWS) -> Tensor:
    """``(rows, WORDS)`` which places have a word."""
    return torch.arange(WORDS) < lengths(rows)[:, None]


def outputs(task: Task, rows: int = ROWS) -> Tensor:
    """What an untrained head says of random features."""
    head = kind_of(task.kind).head(task, FEATURES)
    generator = torch.Generator().manual_seed(1)
    sizes = {"vector": (FEATURES,), "positions": (WORDS, FEATURES), "map": (FEATURES, *PIXELS)}
    x = torch.randn(RUNS, rows, *sizes[KINDS[task.kind].reads], generator=generator)
    if KINDS[task.kind].reads == "positions":
        x = x * words(rows)[:, :, None]
    return head(head.initialise(Streams.of(range(RUNS))), x)


def targets(task: Task, rows: int = ROWS) -> Tensor:
    """The same for every run; of five classes the last never occurs."""
    generator = torch.Generator().manual_seed(2)
    match task.kind:
        case "classification":
            whole = torch.randint(0, min(task.classes, 4), (rows,), generator=generator)
        case "regression":
            whole = torch.randn((rows, task.outputs) if task.outputs > 1 else (rows,), generator=generator)
        case "multilabel":
            whole = (torch.rand(rows, task.classes, generator=generator) < 0.4).float()
            whole[:, -1] = 0
        case "tagging":
            tags = torch.randint(0, task.classes, (rows, WORDS), generator=generator)
            whole = torch.where(words(rows), tags, UNLABELLED)
        case "span":
            text = torch.ones(rows, dtype=torch.long)
            first = (torch.rand(rows, generator=generator) * (lengths(rows) - 1)).long() + 1
            last = torch.minimum(first + torch.randint(0, 3, (rows,), generator=generator), lengths(rows) - 1)
            there = torch.rand(rows, generator=generator) < 0.7
            # Few words, so that some occur twice, and some that do not count.
            said = torch.randint(0, 5, (rows, WORDS), generator=generator) * words(rows)
            said[there] = said[there].scatter(1, first[there, None], 1 + first[there, None] % 4)
            whole = torch.cat([torch.stack([first * there, last * there, text], dim=1), said], dim=1)
            assert whole.shape[1] == FACTS + WORDS
        case "segmentation":
            classes = torch.randint(0, min(task.classes, 4), (rows, *PIXELS), generator=generator)
            whole = torch.where(pixels(rows), classes, UNLABELLED)
        case "depth":
            whole = torch.where(pixels(rows), torch.randn(rows, *PIXELS, generator=generator), UNLABELLED)
        case "normals":
            ways = torch.randn(rows, 3, *PIXELS, generator=generator)
            whole = torch.where(pixels(rows)[:, None], functional.normalize(ways, dim=1), 0)
        case "box":
            corner, size = torch.rand(2, rows, 2, generator=generator).unbind(0)
            whole = torch.cat((corner, corner + size), 1) / 2
        case "policy":
            whole = mazes(rows)
        case _:
            raise AssertionError(f"draw targets of kind {task.kind!r} here")
    return whole.expand(RUNS, *whole.shape)


def mazes(rows: int) -> Tensor:
    """Walls anywhere but in one corner, rewards anywhere, and an end in every second maze, in units of what the best policy
    gains beyond the random walk."""
    rng = np.random.default_rng(5)
    free = rng.random((rows, *PIXELS)) < 0.7
    free[:, 0, 0] = True
    reward, end = rng.normal(size=free.shape), (rng.random(free.shape) < 0.3) & (np.arange(rows)[:, None, None] % 2 == 0)
    whole = torch.from_numpy(np.stack([free, reward, end, best_values(free, reward, end)], axis=1)).float()[None]
    lost = kind_of("policy").losses(torch.zeros(1, rows, len(MOVES), *PIXELS), whole).mean()
    return whole[0] / torch.tensor([1, lost, 1, lost])[:, None, None]


def best_moves(target: Tensor) -> Tensor:
    """``(R, B, 4, H, W)`` 1 for the move of the best policy at each cell, which is known from what it gains there."""
    free, reward, end, best = target.double().flatten(0, 1).numpy().transpose(1, 0, 2, 3)
    after = (reward + DISCOUNT * (1 - end) * best).reshape(len(free), -1, 1)
    chosen = np.take_along_axis(after, arrivals(free > 0), axis=1).argmax(2)
    moves = functional.one_hot(torch.from_numpy(chosen), len(MOVES)).mT
    return moves.reshape(*target.shape[:2], len(MOVES), *target.shape[3:]).float()


def perfect(task: Task, target: Tensor) -> Tensor:
    """Outputs that say exactly the targets, with great certainty."""
    match task.kind:
        case "classification":
            return functional.one_hot(target, task.classes).float() * 9
        case "regression":
            return target.reshape(*target.shape[:2], task.outputs)
        case "multilabel":
            return (2 * target - 1) * 9
        case "tagging":
            return functional.one_hot(target.clamp(min=0), task.classes).float() * 9
        case "span":
            scores = torch.where(words(target.shape[1])[:, :, None], 0.0, NOWHERE).repeat(RUNS, 1, 1, 2)
            for place in (0, 1):
                scores[..., place].scatter_(2, target[:, :, place, None], 9.0)
            return scores
        case "segmentation":
            return functional.one_hot(target.clamp(min=0), task.classes).movedim(4, 2).float() * 9
        case "depth":
            return target.unsqueeze(2)
        case "normals" | "box":
            return target
        case "policy":
            return best_moves(target) * 30
    raise AssertionError(f"say perfect outputs of kind {task.kind!r} here")


def pixels(rows: int = ROWS) -> Tensor:
    """``(rows, *PIXELS)`` which pixels have a label."""
    return torch.rand(rows, *PIXELS, generator=torch.Generator().manual_seed(5)) < 0.8


def masks() -> Tensor:
    """Every run knows other labels."""
    return torch.rand(RUNS, ROWS, generator=torch.Generator().manual_seed(3)) < 0.7


def hidden(output: Tensor, observed: Tensor) -> Tensor:
    """The outputs with NaN wherever there is no label."""
    return output.masked_fill(~observed.view(*observed.shape, *(1,) * (output.dim() - 2)), torch.nan)
