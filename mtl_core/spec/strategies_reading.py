"""Sharing strategies with one backbone that every task reads in its own way: one line each."""

from mtl_core.spec.option import Option
from mtl_core.spec.table import StrategyEntry

READING: tuple[StrategyEntry, ...] = (
    StrategyEntry(
        "lora",
        "Low-rank changes",
        "All tasks share one network; each changes its weights a little, by matrices of low rank.",
        "mtl_core.models.lora:lora",
        (
            Option("rank", "integer", 4, "columns of each change; at most a matrix's smaller side", 1, 64, symbol="r"),
            Option(
                "scale", "number", 4, "how much changes count; divided by the rank", 0.01, 100, symbol="s", logarithmic=True
            ),
        ),
        copies=lambda _options, tasks: tasks,
        source="Hu et al. 2021; for tasks Agiza, Neseem & Reda 2024",
    ),
    StrategyEntry(
        "mtan",
        "Multi-task attention",
        "All tasks share one network; after each stage every task's own mask picks what it needs of it, example by example.",
        "mtl_core.models.mtan:mtan",
        (
            Option("squeeze", "integer", 4, "how many times narrower than its stage a mask's hidden layer is", 1, 16),
            Option("open", "number", 2, "how open masks start: 0 half, 2 nearly, 10 and more fully", 0, 20),
        ),
        copies=lambda options, tasks: 1 + 3 * tasks / options["squeeze"],
        source="Liu, Johns & Davison 2019",
    ),
)
