"""What the command prints: tables for people, JSON for programs."""

import json
import math
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from mtl_core.diagnostics.chosen_words import on_choice
from mtl_core.diagnostics.comparison import Comparison
from mtl_core.diagnostics.decisions import on_transfer
from mtl_core.diagnostics.front_words import on_fronts, on_preferences
from mtl_core.diagnostics.remarks import prices, remarks
from mtl_core.diagnostics.result import Result
from mtl_core.diagnostics.scores import headline_rows
from mtl_core.diagnostics.sides import ALONE
from mtl_core.exporting import command

SHOWN = 12
"""Studies with more labels than this are shown by their methods and their best fixed weighting."""

_WIDTH = 120
_STYLES = {"positive": "green", "negative": "red", "unclear": "yellow"}


def console() -> Console:
    """Standard output; wide enough for a table when it goes into a file."""
    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=_WIDTH)


def json_out(value: Any) -> None:
    """A value as JSON on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


Cells = Sequence[str | Text]


def table(title: str | None, columns: Sequence[str], rows: Iterable[Cells | None], right: Sequence[str] = ()) -> None:
    """A table on standard output; the columns named in ``right`` hold numbers, and None among the rows is a line across."""
    drawn = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        drawn.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        if row is None:
            drawn.add_section()
            continue
        # Names come from people's data: they are shown as they are, never read as rich's markup.
        drawn.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    console().print(drawn)


def line(text: str) -> None:
    """One line on standard output."""
    console().print(Text(text), soft_wrap=True)


def note(text: str) -> None:
    """One line on standard error, so that what is printed as JSON stays JSON."""
    Console(stderr=True, highlight=False).print(Text(f"seesaw: {text}"), soft_wrap=True)


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """A progress bar with the time left on standard error; yields the function that moves it."""
    columns = (
        TextColumn("training"),
        BarColumn(None),
        MofNCompleteColumn(),
        TextColumn("steps"),
        TimeElapsedColumn(),
        TextColumn("left"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        job = bar.add_task("training", total=None)

        def move(done: int, total: int) -> None:
            bar.update(job, completed=done, total=total)

        yield move


def result(found: Result, compared: Comparison, address: str | None = None, *, named: bool = False) -> None:
    """What a study found: transfer of its methods, how to make it again, where it is kept.

    Args:
        found: the study's tables.
        compared: the comparison that was asked for.
        address: of the store that keeps it; None where nothing does.
        named: whether the person named the store, and has to name it again to find the study there.
    """
    study, status = found.study, found.runs["status"].value_counts()
    counts = ", ".join(f"{count} {name}" for name, count in status.items() if count)
    line(
        f"Study {found.id}: {len(found.runs)} runs ({counts}) on {study.suite.name}, {study.steps} steps, {found.layout.device}"
    )
    if compared.transfer.empty:
        line("There is nothing to compare yet.")
    else:
        _transfer(found, compared)
        for remark in remarks(found, compared):
            line(f"! {remark}")
        for sentence in on_transfer(found, compared, _answered(found, compared)):
            line(str(sentence))
    chosen = on_choice(found) if found.study.folds else ()
    fronts = on_fronts(found) if found.pareto.seeds else ()
    for sentence in (*chosen, *prices(found), *fronts, *on_preferences(found)):
        line(str(sentence))
    line(f"Again: {command(study)}")
    if address is not None:
        opener = f"seesaw --store {shlex.quote(address)}" if named else "seesaw"
        line(f"Kept in {address}; `{opener}` opens it in the browser.")


def _answered(found: Result, compared: Comparison) -> list[str]:
    """What the answer is about: the methods and the best fixed weighting, or all labels where there are no methods."""
    methods = {name for run in found.layout.runs if run.role == "method" for name in (run.label, run.family)}
    labels = list(map(str, compared.summary["label"]))
    return [label for label in labels if label in methods or label == compared.best_name] if methods else labels


def _transfer(found: Result, compared: Comparison) -> None:
    rows = headline_rows(found.layout, compared.transfer)
    labels = list(dict.fromkeys(rows["label"]))
    best = compared.best_name
    roles = {name: run.role for run in found.layout.runs for name in (run.label, run.family)}
    shown = [label for label in labels if len(labels) <= SHOWN or roles[label] == "method" or label == best]
    total = compared.summary.set_index("label")
    cells: list[Cells | None] = []
    for label in shown:
        mark = " *" if label == best else ""
        for row in rows[rows["label"] == label].to_dict("records"):
            interval = "" if math.isnan(row["low"]) else f"[{row['low']:+.3f}, {row['high']:+.3f}]"
            head = [label + mark, str(row["task"]), str(row["metric"]), str(row["n"])]
            numbers = [_number(row["baseline"]), _number(row["value"]), f"{_signed(row['difference'])} {interval}".strip()]
            cells.append([*head, *numbers, _percent(row["delta_percent"]), _word(row)])
        if label in total.index:
            row = total.loc[label].to_dict()
            cells.append([label + mark, "mean of tasks", "Δm", str(row["n"]), "", "", "", _percent(row["delta_m"]), _word(row)])
        cells.append(None)
    against = "alone" if compared.reference == ALONE else compared.reference
    columns = ["label", "task", "metric", "n", against, "together", f"difference [{compared.confidence:.0%}]", "Δ %", "verdict"]
    where = {"best": "at the best validation step", "end": "at the end"}[compared.moment]
    rates = "each at its best learning rate on validation" if compared.rates == "best" else "at the same learning rate"
    what = "single-task baselines" if compared.reference == ALONE else compared.reference
    title = f"Transfer against {what}, paired by seed, {rates}; test split {where}; positive is better"
    table(title, columns, cells, columns[3:8])
    if best is not None:
        line(f"* the best fixed weighting on validation ({best})")
    if len(shown) < len(labels):
        line(f"{len(labels) - len(shown)} more weightings are not shown; --json and seesaw export have them.")


def _word(row: dict[Any, Any]) -> Text:
    words = [str(row["verdict"])]
    if row["verdict"] != row["verdict_holm"]:
        words.append("unclear after Holm")
    if not pd.isna(row["more_seeds"]):
        words.append(f"about {row['more_seeds']:.0f} more seeds")
    if row["diverged"]:
        words.append(f"{row['diverged']} diverged")
    return Text(", ".join(words), style=_STYLES[str(row["verdict"])])


def _number(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.3f}"


def _signed(value: float) -> str:
    return "" if pd.isna(value) else f"{value:+.3f}"


def _percent(value: float) -> str:
    return "" if pd.isna(value) else f"{value:+.1f}"
