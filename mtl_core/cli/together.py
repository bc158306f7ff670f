"""``seesaw together``: which of a study's tasks should share a network."""

import argparse
import json
import math
from typing import Any

import pandas as pd

from mtl_core import api
from mtl_core.cli import printing
from mtl_core.cli.studies import find
from mtl_core.diagnostics.subsets import COSTS
from mtl_core.diagnostics.together import EXACT, Together
from mtl_core.diagnostics.together_told import caveats, on_together, rule_told
from mtl_core.errors import SpecError
from mtl_core.store import open_store


def accept(command: argparse.ArgumentParser) -> None:
    """What the command takes besides the store."""
    command.add_argument("id", metavar="ID", help="the study's id or the beginning of it")
    command.add_argument("--networks", type=int, metavar="N", help="the most networks; 2 where no budget is given either")
    command.add_argument(
        "--budget", type=float, metavar="B", help="the most they may cost together, in multiples of a network for one task"
    )
    command.add_argument(
        "--cost", choices=COSTS[1:], default=None, help="what a budget counts; parameters if not given, with --budget alone"
    )
    command.add_argument("--partition", action="store_true", help="each task is learned in one network alone")
    command.add_argument("--strategy", metavar="NAME", help="whose networks; hard, or else the study's first")
    command.add_argument("--json", action="store_true", help="print it as JSON")


def show(arguments: argparse.Namespace) -> None:
    """Print the answer, which network answers each task, and what every way to choose comes to."""
    if arguments.networks is not None and arguments.budget is not None:
        raise SpecError("either --networks or --budget was expected, found both; leave one out.")
    if arguments.cost is not None and arguments.budget is None:
        raise SpecError("--cost says what a --budget counts, and none is given; add one, or leave --cost out.")
    with open_store(arguments.store) as store:
        result = api.load(find(store, arguments.id).id, store)
    measure = "networks" if arguments.budget is None else arguments.cost or "parameters"
    budget = float(arguments.networks or 2) if arguments.budget is None else arguments.budget
    if not budget > 0 or (arguments.networks is not None and arguments.networks < 1):
        raise SpecError("a number of networks or a budget above zero was expected; give a larger one.")
    asked = result.together(measure, arguments.strategy)
    if not any(len(members) > 1 for members in asked.found.sets):
        raise SpecError("this study has trained no set of tasks with equal weights; train it with --weights subsets.")
    best = asked.grouping(budget, partition=arguments.partition)
    answer = [str(each) for each in on_together(asked, budget, measure, partition=arguments.partition)]
    notes = [str(each) for each in caveats(result, asked)]
    tasks, rules = asked.answers(best), asked.rules(budget, partition=arguments.partition)
    if arguments.json:
        found = asked.interval(best)
        told = {"study": result.id, "cost": measure, "budget": budget, "partition": arguments.partition}
        told |= {"groups": [[asked.found.tasks[task] for task in asked.found.sets[place]] for place in best.choice.sets]}
        told |= {"value": _known(found.mean), "low": _known(found.low), "high": _known(found.high), "answer": answer}
        printing.json_out(told | {"notes": notes, "tasks": _records(tasks), "rules": _records(rules)})
        return
    printing.line(" ".join(answer))
    for note in notes:
        printing.line(f"! {note}")
    _tasks(asked, tasks)
    _rules(rules)


def _tasks(asked: Together, table: pd.DataFrame) -> None:
    level = f"{asked.confidence:.0%}"
    rows = []
    for row in table.to_dict("records"):
        numbers = [str(row["n"]), _points(row["validation"]), _with_ends(row, "gain", "low", "high")]
        word = "" if row["label"].endswith(" alone") else row["verdict_holm"]
        rows.append([row["task"], row["network"], *numbers, word])
    columns = ["task", "answered by", "n", "validation", f"test [{level}]", "verdict"]
    printing.table("Gains over the tasks alone, in points", columns, rows, right=columns[2:5])


def _rules(table: pd.DataFrame) -> None:
    rows = []
    for row in table.to_dict("records"):
        lost = "" if row["rule"] == EXACT else _with_ends(row, "regret", "regret_low", "regret_high")
        gain = _with_ends(row, "value", "low", "high")
        rows.append([rule_told(row["rule"]), row["groups"], f"{row['cost']:.2f}", gain, lost])
    columns = ["chosen by", "networks", "cost", "mean gain", "regret"]
    printing.table("Ways to choose, on validation; gains on test", columns, rows, right=columns[2:])


def _with_ends(row: dict[Any, Any], value: str, low: str, high: str) -> str:
    ends = "" if math.isnan(row[low]) else f" [{_points(row[low])}, {_points(row[high])}]"
    return _points(row[value]) + ends


def _points(value: float) -> str:
    return "" if math.isnan(value) else f"{value:+.1f}"


def _known(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return found
