"""What to do, in the words of each page's own question: from intervals and Holm's correction alone.

Every answer is a few sentences, the first the shortest. Nothing is called better or worse that its interval leaves open among
all that is compared beside it, and no reason is given that the study's own tables and model do not hold.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from mtl_core.diagnostics import decision_words as words
from mtl_core.diagnostics.comparison import Comparison
from mtl_core.diagnostics.conflict import telling
from mtl_core.diagnostics.judged import Row, by_task, change, judged, learn_together, names_of, one_seed, said, ties
from mtl_core.diagnostics.remarks import Remark
from mtl_core.diagnostics.result import Result
from mtl_core.diagnostics.sides import ALONE
from mtl_core.diagnostics.strategies import USUAL, labels_of, usual_weighting, weightings
from mtl_core.diagnostics.verdicts import holm


def on_transfer(result: Result, comparison: Comparison, labels: Sequence[str]) -> tuple[Remark, ...]:
    """Should these tasks learn together, and with which weights or method?

    Args:
        result: the study's.
        comparison: one of its ``compared``.
        labels: what is compared; the family of the verdicts.
    """
    rows = judged(comparison, labels, any_change=True)
    return (*_gained(result, comparison, labels), *(_weighted(result, comparison, rows[0]["strategy"]) if rows else ()))


def on_sharing(result: Result, weighting: str) -> tuple[Remark, ...]:
    """Which sharing strategy, and does sharing help at all? ``weighting`` is one of ``strategies.weightings``."""
    labels = labels_of(result.layout, weighting)
    found = list(_gained(result, result.compared(), list(labels.values())))
    hard = labels.pop("hard", None)
    rows = judged(result.compared(hard), list(labels.values())) if hard and labels else []
    if hard is None or not rows or one_seed(rows):
        return tuple(found)
    better, worse = said(rows, "positive"), said(rows, "negative")
    if better:
        best = better[0]
        close = ties(result, best["label"], list(labels.values()), result.compared())  # hard sharing has its verdict
        known = result.sharing_with(weighting).set_index("label")["parameters"]
        times = float(known[best["label"]]) / float(known[hard])
        cost = Remark(words.AT_PARAMETERS, {"times": times})
        return (Remark(words.USE, {"label": best["label"], "change": change(best)}), *close, cost, *found)
    template = words.HARD_BEST if worse else words.HARD_ALIKE
    return (Remark(template, {"labels": names_of(row["label"] for row in worse or rows)}), *found)


def on_tradeoff(result: Result) -> tuple[Remark, ...]:
    """What does each task pay, and is there a better weighting or method than equal weights?"""
    if not weightings(result.layout):
        return ()
    comparison = result.compared()
    labels = learn_together(result, list(labels_of(result.layout, usual_weighting(result.layout)).values()))
    rows = judged(comparison, labels, any_change=True)
    return (*together(result, reason=False), *(_weighted(result, comparison, rows[0]["strategy"]) if rows else ()))


def together(result: Result, *, reason: bool = True) -> tuple[Remark, ...]:
    """What learning together costs and gives each task, with equal weights (or the study's first) and the best strategy.

    Args:
        result: any result.
        reason: whether to add what the tasks share, as the model has it.
    """
    if not weightings(result.layout):
        return ()
    labels = labels_of(result.layout, usual_weighting(result.layout))
    kept = learn_together(result, list(labels.values()))
    labels = {strategy: label for strategy, label in labels.items() if label in kept}
    comparison = result.compared()
    rows = judged(comparison, list(labels.values()), any_change=True)
    if not rows:
        return ()
    best = rows[0]["label"]
    if one_seed(rows):
        return (Remark(words.ONE_SEED),)
    told = best if len(labels) > 1 or best != USUAL else ""
    found = [*by_task(result, comparison, list(labels.values()), best, told)]
    found += ties(result, best, list(labels.values()), comparison)
    return (*found, *_what_is_shared(result, next(name for name in labels if labels[name] == best))) if reason else tuple(found)


def on_conflict(result: Result, labels: Sequence[str], layer: str) -> tuple[Remark, ...]:
    """Do the tasks pull apart more often than chance, and does any lose by it?

    The share of conflicting steps is held against a half, by Student's t over seeds: where the interval was cut at 0 or 1 its
    other end has the half width. It is never narrower than that of as many tosses of a coin: seeds that agree on few steps
    are no proof. Holm's correction is over all pairs and labels.

    Args:
        result: the study's.
        labels: what is on the page.
        layer: of the trunk.
    """
    table = result.conflict_share
    table = table[table["label"].isin(list(labels)) & (table["layer"] == layer) & (table["role"] != "baseline")]
    table = table[table["n"] > 0].reset_index(drop=True)
    if table.empty:
        return ()
    if (table["n"] < 2).all():
        return (Remark(words.ONE_SEED),)
    share, n = table["share"].to_numpy(dtype=float), table["n"].to_numpy(dtype=float)
    half = np.fmax(table["high"].to_numpy(dtype=float) - share, share - table["low"].to_numpy(dtype=float))
    coin, tail = 0.5 / np.sqrt(_steps(result, table)), (1 + result.study.confidence) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stdtr(n - 1, -np.abs(share - 0.5) / half * stdtrit(n - 1, tail))
    p, half = np.fmax(p, 2 * ndtr(-np.abs(share - 0.5) / coin)), np.fmax(half, ndtri(tail) * coin)
    clear = holm(np.where(n > 1, p, np.nan)) < 1 - result.study.confidence
    apart, alike = clear & (share > 0.5), clear & (share < 0.5)
    found = []
    if len(table) > 1:
        counts = {"count": len(table), "apart": int(apart.sum()), "alike": int(alike.sum())}
        found.append(Remark(words.MANY_PAIRS, counts | {"open": len(table) - int(clear.sum())}))
    # The pair that is farthest on the side of conflict, the clear ones first.
    place = int(np.lexsort((share, apart))[-1])
    row: Row = table.iloc[place].to_dict()
    values = {"a": str(row["task_a"]), "b": str(row["task_b"]), "label": str(row["label"])}
    ends = np.clip([share[place] - half[place], share[place] + half[place]], 0, 1)
    numbers = {"share": 100 * share[place], "low": 100 * ends[0], "high": 100 * ends[1], "count": len(table)}
    half_way = words.HALF_AMONG if len(table) > 1 else words.HALF
    found.append(Remark(words.APART if apart[place] else words.AGREE if alike[place] else half_way, values | numbers))
    pair = (values["a"], values["b"])
    lost = [*by_task(result, result.compared(), labels, values["label"], values["label"], pair)]
    return (*found, Remark(words.THEIR_TRANSFER), *lost) if lost else tuple(found)


def _steps(result: Result, table: pd.DataFrame) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """How many recorded steps, over all seeds, each row of a table of conflicts rests on."""
    keys = ["label", "layer", "task_a", "task_b"]
    known = telling(result.conflict)
    label = np.array([run.label for run in result.layout.runs], dtype=np.object_)
    counts = known.assign(label=label[known["run"].to_numpy()]).groupby(keys, observed=True).size()
    return np.array([counts[tuple(row)] for row in table[keys].astype(str).to_numpy()], dtype=np.float64)


def _gained(result: Result, comparison: Comparison, labels: Sequence[str]) -> Iterator[Remark]:
    """What the labels gain over the reference, in one number each."""
    labels = learn_together(result, labels)
    rows = judged(comparison, labels)
    if not rows:
        # Without percentages there is no one number.
        first = next((row["label"] for row in judged(comparison, labels, any_change=True)), None)
        if first is not None and comparison.reference == ALONE:
            yield Remark(words.NO_MEAN)
            yield from by_task(result, comparison, list(labels), first, first)
        return
    if one_seed(rows):
        yield Remark(words.ONE_SEED)
        return
    alone, reference = comparison.reference == ALONE, _reference(comparison.reference)
    better, worse, unclear = (said(rows, word) for word in ("positive", "negative", "unclear"))
    best, count = rows[0], len(rows)
    values = {"label": best["label"], "change": change(best), "count": count, "reference": reference}
    if better:
        yield Remark(words.GAINS if alone else words.GAINS_OVER, values)
        yield from ties(result, best["label"], [row["label"] for row in rows], comparison)
    elif not unclear:
        one, many = words.ALL_LOSE if alone else words.ALL_LOSE_TO
        yield Remark(one, values, many)
    elif not worse:
        one, many = words.UNCLEAR if alone else words.UNCLEAR_BESIDE
        yield Remark(one, values, many)
        if pd.notna(best["more_seeds"]):
            yield Remark(words.MORE_SEEDS[0], {"count": int(best["more_seeds"])}, words.MORE_SEEDS[1])
    else:
        names = {"open": names_of(row["label"] for row in unclear), "worse": names_of(row["label"] for row in worse)}
        yield Remark(words.NO_GAIN if alone else words.NO_GAIN_OVER, values | names)


def _weighted(result: Result, comparison: Comparison, strategy: str) -> Iterator[Remark]:
    """Whether a strategy's methods or the best fixed weights are better than equal weights."""
    layout = result.layout
    equal = labels_of(layout, USUAL).get(strategy) if USUAL in weightings(layout) else None
    if comparison.rates == "best" or equal is None:
        return
    others = list(dict.fromkeys(run.label for run in layout.runs if run.role == "method" and run.strategy == strategy))
    fixed = comparison.best_fixed
    if fixed and any(run.label == fixed.label and run.strategy == strategy for run in layout.runs):
        others.append(fixed.label)
    others = [label for label in dict.fromkeys(others) if label != equal]
    if not others and fixed and fixed.label == equal and any(run.role == "fixed" for run in layout.runs):
        yield Remark(words.EQUAL_CHOSEN)
    against = result.compared(equal, comparison.moment)
    rows = judged(against, others) if others else []
    if not rows or one_seed(rows):
        return
    better, worse = said(rows, "positive"), said(rows, "negative")
    if better:
        yield Remark(words.BEST_WEIGHTS, {"label": better[0]["label"], "change": change(better[0])})
        yield from ties(result, better[0]["label"], others, comparison)
    else:
        yield Remark(
            words.EQUAL_BEST if worse else words.EQUAL_ALIKE, {"labels": names_of(row["label"] for row in worse or rows)}
        )


def _what_is_shared(result: Result, strategy: str) -> Iterator[Remark]:
    """What the tasks have in common, as the model says it: units of a layer where all is one plain trunk, else parameters."""
    model, tasks = result.layout.model(strategy), len(result.layout.tasks)
    width = model.width if model.width is not None else result.study.backbone.options.get("width")
    whole = model.name == "hard" and not model.more and width is not None and float(width).is_integer()
    if whole and result.study.backbone.name == "mlp":
        yield Remark(words.BOTH_UNITS if tasks == 2 else words.ALL_UNITS, {"tasks": tasks, "units": int(width)})
    elif model.trunk:
        yield Remark(words.TRUNK, {"trunk": model.trunk, "parameters": model.parameters})


def _reference(name: str) -> str | tuple[Remark, ...]:
    return (Remark(words.REFERENCES[name]),) if name in words.REFERENCES else name
