"""Which weightings to train next by Optuna, which knows them from the study alone: asked here, told by what was trained."""

from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import Array
from mtl_core.diagnostics.next_points import NEAREST, on_simplex
from mtl_core.diagnostics.scores import Scores, merit
from mtl_core.diagnostics.subsets import strategies_of
from mtl_core.errors import SpecError
from mtl_core.records import Layout

SEARCHES = ("front", "optuna")
"""How the next weightings are found: where the front has most to win, or by Optuna for the largest mean gain."""

_TRIES = 50
"""How often Optuna is asked for each weighting, for it may say what is there already."""


def searched_points(layout: Layout, scores: Scores, count: int = 1, strategy: str | None = None) -> pd.DataFrame:
    """The weightings that Optuna's tree-structured Parzen estimator would try next for the largest mean gain on validation.

    Its trials are the study's own weightings that weigh every task, told with their mean ``merit`` over seeds and folds: on
    validation, and but for a constant the mean gain over the tasks alone, each in standard deviations. Nothing else is
    remembered, so the same study is told the same. A weighting is asked for as ``(T - 1,)`` parts that are uniform where the
    weighting is uniform on the simplex: ``w_k = (1 - w_1 - .. - w_{k-1}) (1 - v_k^{1 / (T - k)})``.

    Args:
        layout: what the records' axes mean.
        scores: what the runs reached; validation alone is looked at.
        count: how many, which are asked for together.
        strategy: whose map, as runs call it; None for ``hard`` or else the first.

    Returns:
        ``weights, told``: the weightings, and how many trained ones Optuna was told of. Fewer than ``count`` where it finds
        nothing new; empty where no weighting is trained.

    Raises:
        SpecError: Optuna is not installed.

    Sources: Bergstra, Bardenet, Bengio & Kegl 2011 (NeurIPS); Optuna, Akiba et al. 2019 (KDD).
    """
    need_optuna()
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    known = _known(layout, scores, strategy)
    parts = len(layout.tasks) - 1
    found: list[tuple[float, ...]] = []
    if known and parts:
        over: dict[str, Any] = {f"v{place}": optuna.distributions.FloatDistribution(0.0, 1.0) for place in range(parts)}
        search = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=len(known)))
        for point, value in known.items():
            told = dict(zip(over, parts_of(np.array(point)).tolist(), strict=True))
            search.add_trial(optuna.trial.create_trial(params=told, distributions=over, value=value))
        for _ in range(count * _TRIES):
            if len(found) >= count:
                break
            trial = search.ask(over)
            fresh = tuple(on_simplex(weighting_of(np.array([trial.params[name] for name in over]))))
            others = np.array([*known, *found])
            if min(fresh) >= NEAREST and np.abs(others - fresh).max(axis=1).min() > NEAREST:
                found.append(fresh)
    weights = pd.Series(found, dtype=object)
    return pd.DataFrame({"weights": weights, "told": np.full(len(found), len(known), dtype=np.int64)})


def need_optuna() -> None:
    """Raises SpecError where Optuna is not installed; does not import it."""
    if find_spec("optuna") is None:
        raise SpecError(
            "search='optuna' needs Optuna, found none; install it with pip install 'seesaw-mtl[search]', or choose 'front'."
        )


def weighting_of(parts: Array) -> Array:
    """The weighting ``(T,)`` of ``(T - 1,)`` parts in [0, 1].

    >>> weighting_of(np.array([0.25, 0.5])).tolist()
    [0.5, 0.25, 0.25]
    """
    left, weights = 1.0, []
    for place, part in enumerate(parts.tolist()):
        weights.append(left * (1 - part ** (1 / (len(parts) - place))))
        left -= weights[-1]
    return np.array([*weights, left])


def parts_of(weighting: Array) -> Array:
    """The parts ``(T - 1,)`` of a weighting ``(T,)``: what ``weighting_of`` makes it from."""
    left = 1 - np.concatenate([[0.0], np.cumsum(weighting[:-1])])  # what is left before each task, then for the last
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(left[:-1] > 0, left[1:] / left[:-1], 1.0)
    return np.asarray(np.clip(shares, 0, 1) ** np.arange(len(weighting) - 1, 0, -1))


def _known(layout: Layout, scores: Scores, strategy: str | None) -> dict[tuple[float, ...], float]:
    """The trained weightings of a strategy that weigh every task, and the mean merit of each."""
    strategies = strategies_of(layout)
    chosen = strategy or ("hard" if "hard" in strategies else next(iter(strategies), "hard"))
    each: dict[tuple[float, ...], list[int]] = {}
    for run in layout.runs:
        if run.role != "baseline" and run.strategy == chosen and run.label == run.family and run.weights is not None:
            each.setdefault(run.weights, []).append(run.index)
    values = merit(layout, scores)
    means = {point: float(values[runs].mean()) for point, runs in each.items() if min(point) > 0}
    return {point: mean for point, mean in means.items() if np.isfinite(mean)}
