"""One row a sharing strategy: what it gained, what it shares, and what it costs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mtl_core.diagnostics.columns import names, of_kind
from mtl_core.diagnostics.intervals import VERDICTS
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.diagnostics.sharing import shared
from mtl_core.errors import unknown_name
from mtl_core.records import Layout, Record
from mtl_core.records.sharing import ModelLayout

if TYPE_CHECKING:
    from mtl_core.diagnostics.comparison import Comparison
    from mtl_core.diagnostics.result import Result

USUAL = "equal"
"""The weighting at which strategies are compared unless another is asked for."""

SIZES = ("parameters", "trunk", "own", "heads", "flops", "flops_one")
TIMES = ("seconds_per_step", "latency")
MULTIPLES = ("parameters", "flops", *TIMES)
"""What is also told as a multiple of the sum of single-task models."""

NUMBERS = ("delta_m", "low", "high", "versus_hard", "versus_hard_low", "versus_hard_high")


def weightings(layout: Layout) -> tuple[str, ...]:
    """What strategies were trained with, in the study's order, such as ``equal``: labels without the strategy."""
    return tuple(dict.fromkeys(_bare(run.label, run.strategy) for run in layout.runs if run.role != "baseline"))


def usual_weighting(layout: Layout) -> str:
    """``equal`` where the study has it, else its first."""
    known = weightings(layout)
    return USUAL if USUAL in known else next(iter(known), USUAL)


def labels_of(layout: Layout, weighting: str) -> dict[str, str]:
    """The label of each strategy that was trained with a weighting, by strategy.

    Raises:
        SpecError: none was; the message has the nearest name.
    """
    found = {
        run.strategy: run.label for run in layout.runs if run.role != "baseline" and _bare(run.label, run.strategy) == weighting
    }
    if not found and weightings(layout):
        raise unknown_name("weighting", weighting, weightings(layout))
    return found


def strategies(result: "Result", weighting: str) -> pd.DataFrame:
    """One row a strategy, with one weighting.

    Args:
        result: any result.
        weighting: one of ``weightings``.

    Returns:
        ``strategy, label``, then

        - ``parameters``, of which ``trunk``, ``own`` and ``heads``; ``flops`` of one example for all tasks, in products of
          matrices and in mixes of modules; ``flops_one`` when one task is asked, mean over tasks, without gates and units;
          ``seconds_per_step``, forward and backward pass of a batch, for one run by itself; ``latency``, seconds from one
          example to all answers; a time is known once training is over;
        - ``x_<name>`` of ``MULTIPLES``: the same as a multiple of the sum of T single-task models, each the plain backbone with
          its own head; their times are T times a baseline's, which computes all heads;
        - ``n, delta_m, low, high, verdict``: against the tasks alone; ``versus_hard, versus_hard_low, versus_hard_high,
          versus_hard_verdict``: ``Δm`` against ``hard`` with the same weighting, paired by seed, and its interval;
        - ``shared``: what two tasks share, the mean over pairs and stages at the last recorded step;
        - ``transfer_<task>`` in percent of the task alone, ``difference_<task>, low_<task>, high_<task>`` in units of its
          headline metric, ``verdict_<task>``;
        - ``width``, ``more`` (units added to the first stages) and ``matched``: parameters without heads as a multiple of what
          they were matched to, missing where they were not.

    Raises:
        SpecError: no such weighting.
    """
    layout = result.layout
    labels = labels_of(layout, weighting)
    models = [layout.model(strategy) for strategy in labels]
    plain, times = _plain(layout), _times(result.records, len(layout.runs))
    table = pd.DataFrame({"strategy": pd.Categorical(list(labels), dtype=names(labels)), "label": list(labels.values())})
    for size in SIZES:
        table[size] = pd.array([_size(model, size) for model in models], dtype="Int64")
    alone = _times_of(times, [run.index for run in layout.runs if run.role == "baseline"])
    each = {strategy: [run.index for run in layout.runs if run.label == label] for strategy, label in labels.items()}
    for place, time in enumerate(TIMES):
        table[time] = np.array([_times_of(times, runs)[place] for runs in each.values()], dtype=np.float64)
    sums: dict[str, float] = {
        "parameters": _sum_of_singles(plain, len(layout.tasks)),
        "flops": sum(plain.flops_of) if plain else 0,
    }
    sums |= {time: len(layout.tasks) * alone[place] for place, time in enumerate(TIMES)}
    for name in MULTIPLES:
        table[f"x_{name}"] = table[name].astype(np.float64) / (sums[name] or np.nan)
    compared = result.compared()
    table = _beside(table, compared, {"delta_m": "delta_m", "low": "low", "high": "high", "verdict": "verdict", "n": "n"})
    hard = labels.get("hard")
    versus = {"delta_m": "versus_hard", "low": "versus_hard_low", "high": "versus_hard_high"}
    table = _beside(table, result.compared(hard) if hard else None, versus | {"verdict": "versus_hard_verdict"})
    known = [_known_share(layout, result.records, runs) for runs in each.values()]
    table = table.assign(shared=np.array(known, dtype=np.float64))
    table = _by_task(table, compared, layout)
    return table.assign(
        width=np.array([np.nan if model.width is None else model.width for model in models], dtype=np.float64),
        more=pd.Series([", ".join(map(str, model.more)) or None for model in models], dtype="str"),
        matched=np.array([np.nan if model.matched is None else model.matched for model in models], dtype=np.float64),
    )


def _bare(label: str, strategy: str) -> str:
    return label.removeprefix(f"{strategy} · ")


def _plain(layout: Layout) -> ModelLayout | None:
    """The model that single tasks are trained with."""
    baseline = next((run for run in layout.runs if run.role == "baseline"), None)
    return layout.model(baseline.strategy) if baseline else None


def _sum_of_singles(plain: ModelLayout | None, tasks: int) -> int:
    return (plain.parameters - plain.heads) * tasks + plain.heads if plain and plain.heads else 0


def _size(model: ModelLayout, name: str) -> Any:
    if name == "flops_one":
        return round(sum(model.flops_of) / len(model.flops_of)) if model.flops_of else pd.NA
    # Studies of older versions know nothing but how many parameters there are.
    return getattr(model, name) if name == "parameters" or model.flops else pd.NA


def _times(records: Sequence[Record], runs: int) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """``(R, 2)``: each run's ``TIMES``, NaN where they are not known."""
    times = np.full((runs, len(TIMES)), np.nan)
    for record, run, _ in of_kind(records, "timing"):
        times[run] = np.stack([record.arrays[name] for name in TIMES], axis=1)
    return times


def _times_of(times: "np.ndarray[Any, np.dtype[np.float64]]", runs: Sequence[int]) -> list[float]:
    found = times[list(runs)]
    found = found[np.isfinite(found).all(axis=1)]
    return [float(value) for value in np.median(found, axis=0)] if len(found) else [np.nan] * len(TIMES)


def _beside(table: pd.DataFrame, comparison: "Comparison | None", columns: dict[str, str]) -> pd.DataFrame:
    """The table with columns of a comparison's summary under other names; those of strategies that it lacks are missing."""
    found = None if comparison is None else comparison.summary.assign(label=comparison.summary["label"].astype(str))
    for source, name in columns.items():
        known = {} if found is None else dict(zip(found["label"], found[source], strict=True))
        values = [known.get(label) for label in table["label"]]
        if source == "verdict":
            table = table.assign(**{name: pd.Categorical(values, dtype=names(VERDICTS))})
        else:
            table = table.assign(**{name: pd.array(values, dtype="Int64") if source == "n" else np.array(values, np.float64)})
    return table


def _by_task(table: pd.DataFrame, comparison: "Comparison", layout: Layout) -> pd.DataFrame:
    rows = headline_rows(layout, comparison.transfer)
    held = {(str(row["label"]), str(row["task"])): row for row in rows.to_dict("records")}
    columns: dict[str, Any] = {}
    for task in layout.tasks:
        own = [held.get((label, task.name), {}) for label in table["label"]]
        sources = {"transfer": "delta_percent", "difference": "difference", "low": "low", "high": "high"}
        columns |= {
            f"{name}_{task.name}": np.array([row.get(source, np.nan) for row in own], dtype=np.float64)
            for name, source in sources.items()
        }
        columns[f"verdict_{task.name}"] = pd.Categorical([row.get("verdict") for row in own], dtype=names(VERDICTS))
    return pd.concat([table, pd.DataFrame(columns, index=table.index)], axis=1)


def _known_share(layout: Layout, records: Sequence[Record], runs: Sequence[int]) -> float:
    if not layout.model_of(runs[0]).rows:
        return np.nan
    last = shared(layout, records, runs).mean[-1]
    return float(last[np.isfinite(last)].mean()) if np.isfinite(last).any() else np.nan
