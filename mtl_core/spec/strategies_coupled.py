"""Sharing strategies with a network for each task and units between them: one line each."""

from dataclasses import replace

from mtl_core.spec.option import Option
from mtl_core.spec.table import StrategyEntry

_UNIT_RATE = Option(
    "unit_rate",
    "number",
    1,
    "learning rate of the mixing weights as a multiple of the study's",
    0,
    1000,
    logarithmic=True,
)

COUPLED: tuple[StrategyEntry, ...] = (
    StrategyEntry(
        "nddr",
        "NDDR layers",
        "Every task has a network of its own; after each stage every task's features are projected anew from those of all.",
        "mtl_core.models.nddr:nddr",
        (
            Option(
                "same",
                "number",
                0.9,
                "first weight of a task's own network; the others share the rest",
                0,
                1,
                symbol="α",
            ),
            Option("normalise", "flag", False, "normalise what was projected, each example by itself"),
            replace(_UNIT_RATE, default=0.1),
        ),
        copies=lambda _options, tasks: tasks * (1 + tasks / 2),
        source="Gao, Ma, Zhao, Liu & Yuille 2019",
    ),
    StrategyEntry(
        "sluice",
        "Sluice networks",
        "Every task has a network of its own, cut into parts; learned weights mix all parts after each stage, and others say "
        "what a head takes of each stage.",
        "mtl_core.models.sluice:sluice",
        (
            Option("parts", "integer", 2, "parts of each network's features", 1, 4, unit="parts", symbol="G"),
            Option("same", "number", 0.9, "first weight of a part for itself; all others share the rest", 0, 1, symbol="α"),
            Option("last", "number", 0.9, "first weight of the last stage for a head; others share the rest", 0, 1, symbol="β"),
            Option("penalty", "number", 0.1, "what parts of one network that compute alike cost", 0, 100, logarithmic=True),
            _UNIT_RATE,
        ),
        copies=lambda _options, tasks: tasks,
        source="Ruder, Bingel, Augenstein & Søgaard 2019",
    ),
)
