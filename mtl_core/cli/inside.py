"""``seesaw inside``: which unit of a trained network serves whom, what each stage tells, and how alike networks are."""

import argparse
import json
import math
from typing import Any

import pandas as pd

from mtl_core import api
from mtl_core.cli import printing
from mtl_core.cli.studies import find
from mtl_core.diagnostics.inside import Inside
from mtl_core.store import open_store

TABLES = ("units", "leaning", "probes", "similar")
"""The tables that ``--json`` has."""


def accept(command: argparse.ArgumentParser) -> None:
    """What the command takes besides the store."""
    command.add_argument("id", metavar="ID", help="the study's id or the beginning of it")
    command.add_argument("--run", metavar="LABEL", help="whose run; the only one beside the single tasks if not given")
    command.add_argument("--seed", type=int, metavar="N", help="one of the study's; its first if not given")
    command.add_argument(
        "--at", choices=("best", "end"), help="the best validation step or the end; the study's own if not given"
    )
    command.add_argument("--json", action="store_true", help="print it as JSON, with a row for each unit and task")


def show(arguments: argparse.Namespace) -> None:
    """Print on how many units each task leans, how well it is read off each stage, and how alike its own network is."""
    with open_store(arguments.store) as store:
        study_id = find(store, arguments.id).id
        found = api.inside(study_id, arguments.run, arguments.seed, arguments.at, store)
    if arguments.json:
        printing.json_out({"study": study_id} | {name: _records(getattr(found, name)) for name in TABLES})
        return
    if found.no_units:
        printing.note(found.no_units)
    else:
        _leaning(found)
    _probes(found)
    _similar(found)


def _leaning(found: Inside) -> None:
    rows = [
        [row["stage"], row["task"], str(row["units"]), _number(row["shared"], 1), _number(row["alone"], 1)]
        for row in found.leaning.to_dict("records")
    ]
    columns = ["stage", "task", "units", "leans on", "alone"]
    printing.table("On how many units each task leans, here and in its own network", columns, rows, right=columns[2:])


def _probes(found: Inside) -> None:
    rows = [
        [
            row["network"] or "this",
            row["stage"],
            row["task"],
            row["metric"],
            _number(row["score"], 3),
            _number(row["chance"], 3),
        ]
        for row in found.probes.to_dict("records")
    ]
    columns = ["network", "stage", "task", "metric", "score", "chance"]
    printing.table("How well a linear probe reads each task off each stage", columns, rows, right=columns[4:])


def _similar(found: Inside) -> None:
    rows = [
        [row["stage"], row["task"], _number(row["similarity"], 3), _number(row["again"], 3)]
        for row in found.similar.to_dict("records")
    ]
    columns = ["stage", "task", "alike", "two of its own"]
    printing.table("How alike this network and each task's own are (linear CKA)", columns, rows, right=columns[2:])


def _number(value: float | None, digits: int) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(table.to_json(orient="records", double_precision=15))
    return found
