"""The flags that say what a study asks for: made from the tables and options."""

import argparse
from collections.abc import Mapping

from mtl_core.spec import BACKBONES, METHODS, OPTIMIZERS, OPTIONS, STRATEGIES, SUITES
from mtl_core.spec.option import Option
from mtl_core.spec.phases import PHASES
from mtl_core.spec.sampling import SAMPLINGS
from mtl_core.spec.table import Entry

NOTATION = "NAME or NAME:option=value,option=value"
"""How a line of a table is asked for."""


def study_flags(command: argparse.ArgumentParser) -> None:
    """Add a flag for everything that a study can say."""
    asked = command.add_argument_group("study")
    asked.add_argument("--suite", metavar="SUITE", help=f"{NOTATION}; {names(SUITES)}")
    asked.add_argument(
        "--task", dest="tasks", action="append", metavar="TASK", help="a task of the suite, two or more; all if not given"
    )
    asked.add_argument(
        "--strategy",
        dest="strategies",
        action="append",
        metavar="STRATEGY",
        help=f"{NOTATION}, again for more; {names(STRATEGIES)}",
    )
    asked.add_argument(
        "--phase",
        dest="phases",
        action="append",
        metavar="PHASE",
        help=f"a part of every run such as tasks:steps=100,train=trunk, again for the next; {names(PHASES)}",
    )
    asked.add_argument("--backbone", metavar="BACKBONE", help=f"{NOTATION}; {names(BACKBONES)}")
    methods = {name: entry for name, entry in METHODS.items() if entry.selectable}
    asked.add_argument(
        "--method",
        dest="methods",
        action="append",
        metavar="METHOD",
        help=f"{NOTATION}, again for more; or none; {names(methods)}",
    )
    asked.add_argument(
        "--weights",
        metavar="WEIGHTS",
        help="fixed weightings: points a side of a regular map such as 11, points such as 0.3,0.7;0.5,0.5, "
        "subsets, pairs or subsets:3 for all sets of tasks (up to three), scattered:32 for so many points all over, or none",
    )
    asked.add_argument(
        "--refined",
        action="append",
        metavar="WEIGHTS",
        help="weightings that were added after looking at results, such as 0.35,0.65; again for each time",
    )
    asked.add_argument("--optimizer", metavar="OPTIMIZER", help=f"{NOTATION}; {names(OPTIMIZERS)}")
    asked.add_argument("--sampling", metavar="SAMPLING", help=f"{NOTATION}; {names(SAMPLINGS)}")
    for option in OPTIONS:
        flag = "--" + option.name.replace("_", "-")
        asked.add_argument(flag, dest=option.name, metavar=option.kind.upper(), help=help_of(option))


def names(entries: Mapping[str, Entry]) -> str:
    """The names of a table's lines, for help."""
    return "one of " + ", ".join(entries)


def help_of(option: Option) -> str:
    """What an option's flag says of itself: its help, choices, bounds and default."""
    default = (
        ""
        if option.default in (None, ())
        else f" ({option.default:g})"
        if isinstance(option.default, float)
        else f" ({option.default})"
    )
    choices = f": {' or '.join(option.choices)}" if option.choices else ""
    listed = "; or the seeds themselves, 0,3,7" if option.name == "seeds" else ""
    return f"{option.help}{choices}{option.range and ','}{option.range}{listed}{default}".replace("%", "%%")
