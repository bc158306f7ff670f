"""The Gramians of a run's task gradients, from what is recorded of their lengths and angles."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mtl_core.diagnostics.columns import of_kind
from mtl_core.records import Layout, Record, steps_of


def gramians(layout: Layout, records: Sequence[Record], run: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """The steps at which a run's gradients were compared, and their inner products on the whole trunk.

    ``G_ij = cos_ij |g_i| |g_j|``. Steps at which a gradient is not known, as of a task that the run does not train, are left
    out; a gradient of length zero has products of zero.

    Args:
        layout, records: of a study.
        run: its place.

    Returns:
        ``(K,)`` and ``(K, T, T)``.
    """
    first, second = (np.array(side, dtype=np.intp) for side in ([a for a, _ in layout.pairs], [b for _, b in layout.pairs]))
    steps, tables = [np.zeros(0, dtype=np.int32)], [np.zeros((0, len(layout.tasks), len(layout.tasks)))]
    for record, _run, places in of_kind(records, "conflict", [run]):
        norms = record.arrays["norms"][:, places][:, 0, 0].astype(np.float64)  # (K, T) on the whole trunk
        cosines = np.nan_to_num(record.arrays["cosine"][:, places][:, 0, 0].astype(np.float64))  # (K, Q)
        table = norms[:, :, None] * norms[:, None, :]
        table[:, first, second] *= cosines
        table[:, second, first] *= cosines
        known = np.isfinite(norms).all(axis=1)
        steps.append(steps_of(record)[known])
        tables.append(table[known])
    return np.concatenate(steps), np.concatenate(tables)
