"""How sure a front is: what so many of the seeds reach at least."""

import moocore
import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import names

SHARES = (0.25, 0.5, 0.75)
"""The shares of seeds whose staircases are drawn; the middle one is the median front."""


def attainment(points: pd.DataFrame, signs: tuple[float, float] = (1.0, 1.0)) -> pd.DataFrame:
    """The staircases that shares of the seeds attain: those a place is attained by have a run at least as good in both tasks.

    Args:
        points: one row a run: ``strategy, seed, x, y``; a strategy's runs of a seed are one front. Runs without a value are no
            part of it.
        signs: 1 for an axis on which larger is better, -1 for one on which smaller is.

    Returns:
        ``strategy, share, seeds, x, y``: the corners of each strategy's staircase for each of ``SHARES``, from the best in
        ``y`` to the best in ``x``. Strategies with one seed have none: that says nothing of others.

    Source: Grunert da Fonseca et al. 2001; Fonseca et al. 2011; worked out by moocore.
    """
    whole = points.dropna(subset=["x", "y"])
    known = list(dict.fromkeys(whole["strategy"].astype(str)))
    types = {"strategy": names(known), "share": np.float64, "seeds": np.int64, "x": np.float64, "y": np.float64}
    parts = []
    for name in known:
        own = whole[whole["strategy"].astype(str) == name]
        seeds = own["seed"].nunique()
        if seeds < 2:
            continue
        signed = own[["x", "y"]].to_numpy(dtype=np.float64) * signs
        # Sets are numbered one after another, and a set's points stand together.
        order = np.argsort(own["seed"].to_numpy(), kind="stable")
        sets = pd.factorize(own["seed"].to_numpy()[order])[0] + 1
        found = moocore.eaf(-signed[order], sets, percentiles=[100 * share for share in SHARES])  # smaller is better there
        part = pd.DataFrame({"strategy": name, "share": found[:, 2] / 100, "seeds": seeds})
        part = part.assign(x=-found[:, 0] * signs[0], y=-found[:, 1] * signs[1], along=-found[:, 0])
        parts.append(part.sort_values(["share", "along"], kind="stable").drop(columns="along"))
    if not parts:
        return pd.DataFrame({name: [] for name in types}).astype(types)
    return pd.concat(parts, ignore_index=True).astype(types)
