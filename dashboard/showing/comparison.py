"""What the results pages take out of a result: which labels to show first, one metric a task, places on the triangle.

Pure functions of tables; no Streamlit.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mtl_core.diagnostics import Result
from mtl_core.diagnostics.comparison import Comparison
from mtl_core.diagnostics.scores import headline_rows

SHOWN_AT_FIRST = 12
"""The most labels shown while nobody has chosen any."""


def task_names(result: Result) -> list[str]:
    """All of the study's tasks, in order; they decide the colours."""
    return [task.name for task in result.layout.tasks]


def labels_by_role(result: Result) -> dict[str, list[str]]:
    """The labels of each role, in the study's order."""
    found: dict[str, list[str]] = {"baseline": [], "fixed": [], "method": []}
    for run in result.layout.runs:
        if run.label not in found[run.role]:
            found[run.role].append(run.label)
    return found


def compared(result: Result, chosen: Sequence[str], comparison: Comparison | None = None) -> list[str]:
    """The labels to compare with the baselines: the chosen ones, or, where all are chosen, methods and the best fixed weights.

    Args:
        result: any result.
        chosen: from the shared selection; all labels where the visitor chose none.
        comparison: where it compares each family at its best learning rate, families stand for their labels.
    """
    if comparison is not None and comparison.rates == "best":
        families = {run.family for run in result.layout.runs if run.label in chosen}
        return [label for label in map(str, comparison.summary["label"]) if label in families][:SHOWN_AT_FIRST]
    roles = labels_by_role(result)
    own = [*roles["method"], *roles["fixed"]]
    if len(set(chosen)) < len(own) + len(roles["baseline"]):
        picked = [label for label in own if label in chosen]
        if picked:
            return picked
    best = result.best_fixed if comparison is None else comparison.best_fixed
    extra = [best.label] if best and best.label not in roles["method"] else []
    return spread(result, roles["method"] + extra or roles["fixed"], SHOWN_AT_FIRST)


def spread(result: Result, labels: Sequence[str], most: int) -> list[str]:
    """At most so many of the labels, in their order: the first of every sharing strategy before any second one."""
    strategy = {run.label: run.strategy for run in result.layout.runs}
    before: dict[str, int] = {}
    for label in labels:
        before[label] = sum(strategy.get(label) == strategy.get(other) for other in before)
    kept = sorted(labels, key=before.__getitem__)[:most]
    return [label for label in labels if label in kept]


def shares(result: Result, label: str, layer: str = "all") -> bool:
    """Whether tasks share parameters of a layer (``all``: any) in a label's runs: else no gradients meet there, ever."""
    strategy = next(run.strategy for run in result.layout.runs if run.label == label)
    stages = result.layout.model(strategy).stages
    return bool(stages) if layer == "all" else layer in stages


BY_STRATEGY, BY_METHOD = "strategy", "method"
"""What labels can be grouped by."""


def strategy_names(result: Result) -> list[str]:
    """The sharing strategies of a study, by the names that its labels begin with, in its order."""
    return [result.study.sharing(strategy) for strategy in result.study.strategies]


def grouped(result: Result, labels: Sequence[str], by: str) -> dict[str, tuple[str, str]]:
    """Labels in the order of their groups, each with its group and with what tells it from the others there.

    Args:
        result: of a study with several sharing strategies.
        labels: labels of runs, or families.
        by: ``BY_STRATEGY`` or ``BY_METHOD``; a fixed weighting counts as a method.
    """
    strategy = {name: run.strategy for run in result.layout.runs for name in (run.label, run.family)}
    parts = {label: (strategy[label], label.removeprefix(f"{strategy[label]} · ")) for label in labels}
    if by == BY_METHOD:
        parts = {label: (method, name) for label, (name, method) in parts.items()}
    order = list(dict.fromkeys(group for group, _rest in parts.values()))
    return dict(sorted(parts.items(), key=lambda item: order.index(item[1][0])))


def without_percent(result: Result) -> list[str]:
    """The tasks that, trained alone, cannot be told from chance or from zero: there are no percentages of them."""
    rows = headline_rows(result.layout, result.transfer)
    return list(dict.fromkeys(rows.loc[rows["no_percent"].notna(), "task"].astype(str)))


def places(result: Result) -> pd.DataFrame:
    """Every label of a three-task study on the simplex: ``label, role, strategy, 0, 1, 2``.

    Labels with fixed weights stand at them; a method stands at the mean over seeds and steps of its effective weights, each
    step's scaled to sum to one. Methods whose weights are not all positive have no place.
    """
    rows: list[dict[str, object]] = []
    seen: set[str] = set()
    for run in result.layout.runs:
        if run.label in seen:
            continue
        seen.add(run.label)
        point = run.weights if run.weights is not None else mean_place(result, run.label)
        if point is not None:
            shares: dict[str, object] = {str(place): share for place, share in enumerate(point)}
            rows.append(shares | {"label": run.label, "role": run.role, "strategy": run.strategy})
    return pd.DataFrame(rows, columns=["label", "role", "strategy", *(str(place) for place in range(len(result.layout.tasks)))])


def places_of(result: Result, strategy: str) -> pd.DataFrame:
    """``places`` of one strategy alone, and of those baselines that stand where it has no run of its own."""
    known = places(result)
    own = known[(known["role"] != "baseline") & (known["strategy"] == strategy)]
    shares = [str(place) for place in range(len(result.layout.tasks))]
    taken = set(own[shares].itertuples(index=False, name=None))
    alone = np.array([row not in taken for row in known[shares].itertuples(index=False, name=None)], dtype=bool)
    return pd.concat([known[(known["role"] == "baseline") & alone], own], ignore_index=True)


def mean_place(result: Result, label: str) -> tuple[float, ...] | None:
    """Where a method's effective weights lay on average, or None where they were not all positive or nothing is known."""
    wide = result.of(label).weights.pivot_table(
        index=["run", "step"], columns="task", values="weight", observed=True, sort=False
    )
    wide = wide.reindex(columns=task_names(result))
    values = wide.to_numpy(dtype=float)
    values = values[np.isfinite(values).all(axis=1)]
    total = values.sum(axis=1, keepdims=True)
    values, total = values[total[:, 0] > 0], total[total[:, 0] > 0]
    if not len(values) or (values < 0).any():
        return None
    return tuple(float(share) for share in (values / total).mean(axis=0))


def points_table(result: Result, labels: Sequence[str] | None = None) -> pd.DataFrame:
    """One row a label for reading: the mean of each task, Δm, and whether it is on the front.

    Args:
        result: any result.
        labels: the rows besides the baselines; None for all.
    """
    means = result.tradeoff_means
    tasks = task_names(result)
    if means.empty:
        return pd.DataFrame(columns=["label", "role", *tasks, "delta_m", "on_front"])
    means = means.assign(label=means["label"].astype(str), role=means["role"].astype(str), task=means["task"].astype(str))
    wide = means.pivot_table(index="label", columns="task", values="mean", sort=False).reindex(columns=tasks)
    heads = means.drop_duplicates("label").set_index("label")[["role", "on_front"]]
    score = result.summary.assign(label=result.summary["label"].astype(str)).set_index("label")["delta_m"]
    table = heads.join(wide).assign(delta_m=score).reset_index()
    if labels is not None:
        table = table[table["label"].isin(list(labels)) | (table["role"] == "baseline")]
    return table[["label", "role", *tasks, "delta_m", "on_front"]].reset_index(drop=True)


def is_thinned(kept: dict[str, int]) -> bool:
    """Whether what is kept in memory leaves steps out; ``kept`` is from ``thinning.strides``."""
    return any(stride > 1 for stride in kept.values())
