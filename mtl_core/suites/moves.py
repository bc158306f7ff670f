"""How one moves in a maze, and what the cells are worth to who moves best."""

from functools import cache

import numpy as np
import numpy.typing as npt

MOVES = ("up", "down", "left", "right")
SLIP = 0.1
"""How often a move is any of the four instead, drawn uniformly."""

DISCOUNT = 0.95

_STEPS = ((-1, 0), (1, 0), (0, -1), (0, 1))
_NEAR = 1e-9
"""Values that change by less are settled."""

Cells = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@cache
def neighbours(height: int, width: int) -> Places:
    """``(height width, 4)`` the place of the cell that lies each way of each, in reading order; its own at the border."""
    row, column = np.divmod(np.arange(height * width)[:, None], width)
    steps = np.array(_STEPS)
    to: Places = np.clip(row + steps[:, 0], 0, height - 1) * width + np.clip(column + steps[:, 1], 0, width - 1)
    to.setflags(write=False)
    return to


def arrivals(free: Cells) -> Places:
    """Where each move leads from each cell, ``(N, H, W) -> (N, H W, 4)`` places: one into a wall stays where it is."""
    to, flat = neighbours(*free.shape[1:]), free.reshape(len(free), -1)
    return np.asarray(np.where(flat[:, to], to, np.arange(flat.shape[1])[:, None]))


def best_values(free: Cells, reward: Values, end: Cells) -> Values:
    """What the best policy gains from each cell, ``(N, H, W)``, 0 for walls: value iteration until nothing changes.

    ``V(s) = max_a sum_s' P(s' | s, a) (r(s') + DISCOUNT (1 - end(s')) V(s'))``, where a move slips with probability ``SLIP``.

    Args:
        free: ``(N, H, W)`` False for walls.
        reward: ``(N, H, W)`` what an arrival at a cell brings, staying in it included.
        end: ``(N, H, W)`` whether an arrival ends it all.
    """
    count = len(free)
    to = (arrivals(free) + np.prod(free.shape[1:]) * np.arange(count)[:, None, None]).reshape(-1, len(MOVES))
    to = np.ascontiguousarray(to.T)  # of few moves and many cells the best is found along cells
    gain, goes_on, inside = reward.ravel(), DISCOUNT * ~end.ravel(), free.ravel()
    values, change = np.zeros(free.size), np.inf
    while change > _NEAR:
        after = (gain + goes_on * values)[to]
        better = inside * ((1 - SLIP) * after.max(0) + SLIP * after.mean(0))
        change = float(np.abs(better - values).max())
        values = better
    return values.reshape(free.shape)
