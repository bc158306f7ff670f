"""The Pareto front."""

import numpy as np

from mtl_core.diagnostics.columns import Array


def front(values: Array) -> Array:
    """Which points no other point dominates.

    A point dominates another if it is at least as good in everything and better in something; equal points do not dominate
    each other.

    Args:
        values: ``(N, T)``, larger is better. A point with a value that is NaN is never on the front and dominates none.

    Returns:
        ``(N,)`` bool.

    Cost: O(N² T) time and O(N²) memory at most; one comparison a point and candidate.
    """
    whole = np.flatnonzero(~np.isnan(values).any(axis=1))
    points = values[whole]
    on = np.zeros(len(values), dtype=bool)
    kept = np.ones(len(points), dtype=bool)
    for place, point in enumerate(points):
        if kept[place]:
            kept &= ~((points <= point).all(axis=1) & (points < point).any(axis=1))
    on[whole[kept]] = True
    return on
