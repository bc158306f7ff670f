"""Where the boxes of the picture of sharing stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from dashboard.figures.frame import Floats
from dashboard.figures.palette import NEUTRAL, TaskStyle
from mtl_core.diagnostics.sharing import Shared

BOX, MARK = 0.26, 0.6
"""The height of a box above its row's foot, and of the marks; rows are one apart."""

STREAM = 0.3
"""The width of all that flows to one task; columns are one apart."""

ROUND = 0.05
"""The radius of a box's corners."""


@dataclass(frozen=True)
class Places:
    """Where things stand, in columns.

    Args:
        columns: of each task by its place in the study, the middle of its column.
        boxes: of each row ``(n, 2)``: the left and right ends of its modules.
        across: of each row whether every task has one module alone, drawn across the columns of its tasks.
    """

    columns: tuple[int, ...]
    boxes: tuple[Floats, ...]
    across: tuple[bool, ...]

    def rank(self, row: int) -> list[int]:
        """A row's modules from left to right."""
        return [int(place) for place in np.argsort(self.boxes[row].mean(1), kind="stable")]


def places_of(found: Shared) -> Places:
    """Where everything stands while the slider moves, by what is so at the end.

    Modules that part the tasks among them, neighbours with neighbours, stand across their tasks' columns; so do the tasks' own
    networks. Other modules share the width, each in use near the tasks that use it.
    """
    columns = tuple(found.order.index(task) for task in range(len(found.tasks)))
    boxes, across = [], []
    for row, usage in zip(found.rows, found.usage, strict=True):
        groups = [sorted(columns[task] for task in users) for users in row.reached]
        if row.modules == found.tasks:
            groups = [[column] for column in columns]
        parted = sorted(column for group in groups for column in group) == list(range(len(columns)))
        if parted and all(group[-1] - group[0] == len(group) - 1 for group in groups):
            boxes.append(np.array([[group[0] - 0.4, group[-1] + 0.4] for group in groups]))
            across.append(row.modules != found.tasks or all(len(users) == 1 for users in row.reached))
            continue
        across.append(False)
        width = len(columns) / len(row.modules)
        centre = _near_their_tasks(np.nan_to_num(usage[-1]), columns)
        boxes.append(np.stack([centre - 0.42 * width, centre + 0.42 * width], axis=1))
    return Places(columns, tuple(boxes), tuple(across))


def _near_their_tasks(usage: Floats, columns: Sequence[int]) -> Floats:
    """``(n,)`` the middles of n modules that share the width: those in use as near to their tasks as can be, without changing
    sides, and the others where there is room. ``usage``: ``(T, n)``."""
    count, weight = usage.shape[1], usage.sum(0)
    middle = (usage * np.array(columns)[:, None]).sum(0) / np.maximum(weight, 1e-9)
    slots = (np.arange(count) + 0.5) * len(columns) / count - 0.5
    order = np.argsort(np.round(middle, 2), kind="stable")
    used = order[weight[order] > 1e-3]
    # Squares do not change sides; sorted, so that what stands at one place keeps its order.
    far = csr_array(1 + (middle[used][:, None] - slots) ** 2)  # 1 and more: what is 0 counts as no place at all
    taken = np.sort(min_weight_full_bipartite_matching(far)[1])
    centre = np.empty(count)
    centre[used] = slots[taken]
    centre[np.setdiff1d(np.arange(count), used)] = np.delete(slots, taken)
    return centre


def outline(
    box: Floats, low: float, height: float, *, fill: str, dashed: bool = False, line: TaskStyle | None = None
) -> dict[str, Any]:
    """A rounded box; ``line`` has it drawn in a task's colour."""
    left, right, top = float(box[0]), float(box[1]), low + height
    x, y = _rounding(right - left, height)
    path = (
        f"M {left + x:.3f},{low:.3f} L {right - x:.3f},{low:.3f} Q {right:.3f},{low:.3f} {right:.3f},{low + y:.3f} "
        f"L {right:.3f},{top - y:.3f} Q {right:.3f},{top:.3f} {right - x:.3f},{top:.3f} L {left + x:.3f},{top:.3f} "
        f"Q {left:.3f},{top:.3f} {left:.3f},{top - y:.3f} L {left:.3f},{low + y:.3f} Q {left:.3f},{low:.3f} "
        f"{left + x:.3f},{low:.3f} Z"
    )
    edge = {"width": 1.5, "color": line.color if line else NEUTRAL, "dash": "dash" if dashed else "solid"}
    return {"type": "path", "path": path, "fillcolor": fill, "line": edge, "layer": "below"}


def filled(box: Floats, low: float, share: float) -> Floats:
    """The lower part of a rounded box of height ``BOX`` as a polygon ``(corners, 2)``, filled to a share of its height."""
    left, right = float(box[0]), float(box[1])
    x, y = _rounding(right - left, BOX)
    corner = y * np.array([0.0, 0.1, 0.4, 1.0])
    heights = np.concatenate([corner, BOX - corner[::-1]])
    heights = np.append(heights[heights < share * BOX], share * BOX)
    # A corner is a parabola, see ``outline``: from the box's edge it goes in by x t², up by y (1 - t)².
    inward = x * (1 - np.sqrt(np.clip(np.minimum(heights, BOX - heights) / y, 0, 1))) ** 2
    sides = [np.column_stack([edge, low + heights]) for edge in (right - inward, left + inward)]
    return np.concatenate([sides[0], sides[1][::-1]])


def _rounding(width: float, height: float) -> tuple[float, float]:
    """How far a box's corners reach sideways and upwards."""
    return min(ROUND, width / 2), min(ROUND, height / 2)
