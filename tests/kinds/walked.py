"""Walks through a maze, cell by cell: what policies gain, without a system of equations."""

import numpy as np
import numpy.typing as npt

from mtl_core.suites.moves import DISCOUNT, SLIP

Array = npt.NDArray[np.float64]
LONG = 700
"""Moves after which nothing is left that would show: 0.95 to that power."""


def there(free: Array, row: int, column: int, move: int) -> tuple[int, int]:
    """Where one of the moves up, down, left, right leads."""
    to = ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))[move]
    inside = 0 <= to[0] < free.shape[0] and 0 <= to[1] < free.shape[1]
    return to if inside and free[to] else (row, column)


def chances(free: Array, policy: Array) -> Array:
    """``(H, W, H, W)`` from cell to cell, of probabilities of moves ``(4, H, W)`` before slips."""
    leads = np.zeros((*free.shape, *free.shape))
    for row, column in np.ndindex(free.shape):
        for move in range(4):
            leads[row, column][there(free, row, column, move)] += (1 - SLIP) * policy[move, row, column] + SLIP / 4
    return leads


def gained(maze: Array, odds: Array) -> Array:
    """``(H, W)`` what a policy of log-odds ``(4, H, W)`` gains from each cell on a walk of one move, of two, and so on."""
    free, reward, end, _ = maze.astype(np.float64)
    powers = np.exp(odds.astype(np.float64) - odds.max(0))
    leads = chances(free, powers / powers.sum(0)).reshape(free.size, free.size)
    gains = np.zeros(free.size)
    for _ in range(LONG):
        gains = leads @ (reward.ravel() + DISCOUNT * (1 - end.ravel()) * gains)
    return gains.reshape(free.shape)


def lost(maze: Array, odds: Array) -> float:
    """What a policy gains less than the best one, in the mean over free cells."""
    return float((maze[3] - gained(maze, odds))[maze[0] > 0].mean())


def swept(maze: Array, values: Array) -> Array:
    """``(H, W)`` what the best move at each cell gains, if ``values`` is what is gained from where it leads."""
    free, reward, end, _ = maze.astype(np.float64)
    gains = np.zeros(free.shape)
    for cell in np.ndindex(free.shape):
        if free[cell]:
            ways = [there(free, *cell, move) for move in range(4)]
            after = [reward[to] + DISCOUNT * (1 - end[to]) * values[to] for to in ways]
            gains[cell] = (1 - SLIP) * max(after) + SLIP * sum(after) / 4
    return gains
