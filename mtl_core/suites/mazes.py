"""Generated mazes with three things in them, and four wishes: one network says for every cell which way to go."""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mtl_core.suites.arrays import make_split, make_suite
from mtl_core.suites.moves import DISCOUNT, MOVES, Cells, Values, arrivals, best_values
from mtl_core.suites.suite import Split, Suite, SuiteSource, Task
from mtl_core.suites.view import View

SIDE, WALLS, FEWEST = 7, 0.22, 20
THINGS = ("A", "B", "C")
ROWS = (300, 100, 200)

REACH = {"reach_a": 0, "reach_b": 1}
AVOID = {"avoid_c": 2, "avoid_a": 0}
"""The tasks, and the place of the thing that each is about."""

COLOURS = ((150, 150, 150), (0, 114, 178), (230, 159, 0), (213, 94, 0))
"""Of walls and of A, B and C on a picture, which is white elsewhere."""

_SEED = 20264


class Mazes(SuiteSource):
    """Mazes of 7x7 cells, each a wall with probability 0.22; what cannot be reached from the first free cell in reading order
    becomes wall too, and a maze of fewer than 20 cells is drawn anew. A, B and C lie on three cells. Inputs are four planes of
    0 and 1: walls, A, B, C.

    - ``reach_a``, ``reach_b``: an arrival at the thing brings 1 and ends the walk.
    - ``avoid_c``, ``avoid_a``: every arrival at most one step from the thing brings -1, and the walk goes on.

    A walk begins anywhere; see ``mtl_core.suites.moves`` for how it goes. Targets ``(N, 4, 7, 7)`` say which cells are free,
    what an arrival at each brings, where one ends the walk, and what the best policy gains from each cell. Rewards are in units
    of what the best policy gains beyond the random walk in the mean over train, so that the four are of one size.
    """

    def tasks(self, **_options: Any) -> tuple[Task, ...]:
        """See ``SuiteSource.tasks``."""
        asked = {name: f"Which way leads soonest to {THINGS[thing]}, from every cell?" for name, thing in REACH.items()}
        asked |= {name: f"Which way keeps away from {THINGS[thing]}, from every cell?" for name, thing in AVOID.items()}
        return tuple(Task(name, "policy", len(MOVES), help, MOVES) for name, help in asked.items())

    def train_rows(self, mazes: int = ROWS[0], **_options: Any) -> int:
        """See ``SuiteSource.train_rows``."""
        return mazes

    def load(self, mazes: int = ROWS[0], draw: int = 0, **_options: Any) -> Suite:
        """See ``SuiteSource.load``."""
        return _load(mazes, draw)

    def view(self, suite: Suite, example: npt.NDArray[np.float32]) -> View:  # noqa: ARG002 - all mazes look alike
        """See ``SuiteSource.view``: walls grey, and a colour for each thing."""
        white = np.full((3, SIDE, SIDE), 255.0)
        for plane, colour in zip(example, COLOURS, strict=True):
            white = np.where(plane > 0, np.array(colour)[:, None, None], white)
        return View(tuple(tuple(tuple(line) for line in channel) for channel in white.astype(int).tolist()))


@lru_cache(maxsize=4)
def _load(mazes: int, draw: int) -> Suite:
    rng = np.random.default_rng([_SEED, draw])
    drawn = [_drawn(rng, count) for count in (mazes, *ROWS[1:])]
    splits: list[list[Values]] = [[] for _ in drawn]
    for name, thing in (REACH | AVOID).items():
        units = 0.0
        for (free, things), targets in zip(drawn, splits, strict=True):
            at = things[:, thing]
            reward = at.astype(float) if name in REACH else -(_beside(at) & free).astype(float)
            end = at if name in REACH else np.zeros_like(at)
            best = best_values(free, reward, end)
            units = units or _beyond_chance(free, reward, end, best)  # train comes first
            targets.append(np.stack([free, reward / units, end, best / units], axis=1))
    parts = (_split(free, things, targets) for (free, things), targets in zip(drawn, splits, strict=True))
    return make_suite("mazes", SOURCE.tasks(), parts)


def _split(free: Cells, things: Cells, targets: list[Values]) -> Split:
    return make_split(np.concatenate([~free[:, None], things], axis=1).astype(np.float32), targets)


def _drawn(rng: np.random.Generator, count: int) -> tuple[Cells, Cells]:
    """So many mazes: free cells ``(N, 7, 7)``, and where the things lie, ``(N, 3, 7, 7)``."""
    free = np.zeros((0, SIDE, SIDE), dtype=np.bool_)
    while len(free) < count:
        found = _joined(rng.random((count, SIDE, SIDE)) >= WALLS)
        free = np.concatenate([free, found[found.sum((1, 2)) >= FEWEST]])
    free = free[:count]
    flat = free.reshape(count, -1)
    order = np.argsort(np.where(flat, rng.random(flat.shape), 2.0), axis=1)[:, : len(THINGS)]
    things = np.arange(flat.shape[1]) == order[:, :, None]
    return free, things.reshape(count, len(THINGS), SIDE, SIDE)


def _joined(free: Cells) -> Cells:
    """Of each maze the cells that can be reached from its first one."""
    flat = free.reshape(len(free), -1)
    first = flat & (np.arange(flat.shape[1]) == flat.argmax(1)[:, None])
    reached: Cells = first.reshape(free.shape)
    while (more := _beside(reached) & free).sum() > reached.sum():
        reached = more
    return reached


def _beside(cells: Cells) -> Cells:
    """The cells, and those one step from them."""
    padded = np.pad(cells, ((0, 0), (1, 1), (1, 1)))
    return cells | padded[:, :-2, 1:-1] | padded[:, 2:, 1:-1] | padded[:, 1:-1, :-2] | padded[:, 1:-1, 2:]


def _beyond_chance(free: Cells, reward: Values, end: Cells, best: Values) -> float:
    """What the best policy gains beyond the random walk, in the mean over mazes and over the cells where a walk begins."""
    count, cells = len(free), free[0].size
    chances = (arrivals(free)[..., None] == np.arange(cells)).mean(2)  # (N, H W, H W)
    goes_on = DISCOUNT * ~end.reshape(count, 1, cells)
    chance = np.linalg.solve(np.eye(cells) - goes_on * chances, chances @ reward.reshape(count, cells, 1))
    lost = np.where(free, best - chance.reshape(free.shape), 0).sum((1, 2)) / free.sum((1, 2))
    return float(lost.mean())


SOURCE = Mazes()
