"""Rows of comparisons with verdicts among all that is asked about at once, and the parts of sentences that tell them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mtl_core.diagnostics import decision_words as words
from mtl_core.diagnostics.comparison import Comparison
from mtl_core.diagnostics.remarks import Remark
from mtl_core.diagnostics.result import Result
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.spec.kinds import KINDS, LOSS, METRICS

NAMED = 4
"""Of more names than this the others are counted."""

Row = dict[Any, Any]


def learn_together(result: Result, labels: Sequence[str]) -> list[str]:
    """The labels (or families) whose tasks do not each have a network of their own."""
    layout = result.layout
    apart = {
        name for run in layout.runs if layout.model(run.strategy).name == "single_task" for name in (run.label, run.family)
    }
    return [label for label in labels if label not in apart]


def judged(comparison: Comparison, labels: Sequence[str], *, any_change: bool = False) -> list[Row]:
    """The summary's rows of these labels with verdicts among all of them, those that gain first and then by ``Δm``."""
    table = comparison.among(labels)[1]
    table = table[table["n"] > 0]
    table = table if any_change else table[table["delta_m"].notna()]
    table = table.assign(label=table["label"].astype(str), first=table["verdict_holm"].astype(str) == "positive")
    table = table.sort_values(["first", "delta_m", "index"], ascending=False, kind="stable", na_position="last")
    return table.to_dict("records")


def said(rows: Sequence[Row], word: str) -> list[Row]:
    """The rows of which the verdict among all says this."""
    return [row for row in rows if str(row["verdict_holm"]) == word]


def one_seed(rows: Sequence[Row]) -> bool:
    """Whether no row rests on two seeds, so that there are no intervals."""
    return all(row["n"] < 2 for row in rows)


def held_against(result: Result, best: str, labels: Sequence[str], comparison: Comparison) -> tuple[list[str], list[str]]:
    """Which labels are not clearly behind the best one, and which are: paired by seed, at the comparison's moment and rates.
    What has no mean or no second seed to be held against it is neither.

    The best of k was chosen by these very numbers, so each is held against it at a k-th of the usual error (Bonferroni over
    which one is the best, Holm among the others).
    """
    others = [label for label in dict.fromkeys(labels) if label != best]
    if not others:
        return [], []
    rows = result.compared(best, comparison.moment, comparison.rates).among(others)[1]
    rows = rows[rows["delta_m"].notna() & (rows["n"] > 1)]
    behind = (rows["delta_m"] < 0) & (rows["p_holm"] < (1 - comparison.confidence) / (len(others) + 1))
    close, clearly = (rows.loc[which, "label"].astype(str).to_list() for which in (~behind, behind))
    return close, clearly


def ties(result: Result, best: str, labels: Sequence[str], comparison: Comparison) -> Iterator[Remark]:
    """A sentence that names what is not clearly behind the best; see ``held_against``."""
    close, _behind = held_against(result, best, labels, comparison)
    if close:
        yield Remark(words.TIES, {"labels": names_of(close)})


def by_task(
    result: Result, comparison: Comparison, family: Sequence[str], label: str, told: str, tasks: Sequence[str] = ()
) -> Iterator[Remark]:
    """What a label costs and gives task by task, in points or in the metric's own unit; the largest first."""
    rows = headline_rows(result.layout, comparison.among(family)[0])
    rows = rows[(rows["label"] == label) & (rows["n"] > 1)]
    if tasks:
        rows = rows[rows["task"].isin(list(tasks))]
    rows = rows.iloc[np.argsort(-rows["difference"].abs().to_numpy(dtype=float), kind="stable")]
    for word, plain, by in (
        ("negative", words.COSTS, words.COSTS_BY),
        ("positive", words.GIVES, words.GIVES_BY),
        ("unclear", words.OPEN, words.OPEN_BY),
    ):
        mine = rows[rows["verdict_holm"].astype(str) == word].to_dict("records")
        if mine:
            parts = [_amount(row, -1 if word == "negative" else 1, signed=word == "unclear") for row in mine[:NAMED]]
            more = len(mine) - NAMED
            tail = [Remark(words.MORE_NAMES[0], {"count": more}, words.MORE_NAMES[1])] if more > 0 else []
            yield Remark(by if told else plain, {"label": told, "parts": (*parts, *tail)})


def _amount(row: Row, sign: int, *, signed: bool) -> Remark:
    metric = str(row["metric"])
    shares = {known.name for known in KINDS["classification"].metrics if known.name != LOSS.name}
    scale = sign * (100 if metric in shares else 1)
    ends = sorted((scale * row["low"], scale * row["high"]))
    values = {"amount": scale * row["difference"], "low": ends[0], "high": ends[1]}
    digits = ("+" if signed else "") + (".1f" if metric in shares else ".3f")
    text = {name: _number(value, digits) for name, value in values.items()}
    named = {"task": str(row["task"]), "metric": (Remark(METRICS[metric].title),)}
    return Remark(words.POINTS if metric in shares else words.IN_UNITS, text | named)


def _number(value: float, digits: str) -> str:
    """A number with a real minus."""
    return format(value, digits).replace("-", "−")


def change(row: Row) -> tuple[Remark, ...]:
    """A row's ``Δm`` with its interval, as a part of a sentence."""
    values = {name: _number(row[name], "+.1f") for name in ("delta_m", "low", "high")}
    return (Remark(words.CHANGE_ALONE if pd.isna(row["low"]) else words.CHANGE, values),)


def names_of(names: Iterable[str]) -> tuple[Remark, ...] | str:
    """Names as a part of a sentence; of many the first ones, and how many more there are."""
    listed = list(names)
    if len(listed) <= NAMED:
        return ", ".join(listed)
    more = len(listed) - NAMED
    return (
        Remark("{names}", {"names": ", ".join(listed[:NAMED])}),
        Remark(words.MORE_NAMES[0], {"count": more}, words.MORE_NAMES[1]),
    )
