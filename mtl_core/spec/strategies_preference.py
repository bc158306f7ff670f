"""Sharing strategies that serve every weighting with one model."""

from mtl_core.spec.option import Option
from mtl_core.spec.table import StrategyEntry

_PREFERENCES = Option(
    "preferences",
    "integer",
    4,
    "into how many parts a batch is cut, each trained for a weighting of its own",
    1,
    64,
    unit="parts",
)

PREFERENCE_STRATEGIES = (
    StrategyEntry(
        "palora",
        "Low-rank changes for a preference",
        "One network for the whole map of weightings: each task changes its weights a little, as much as it is preferred.",
        "mtl_core.models.conditioned:palora",
        (
            _PREFERENCES,
            Option("rank", "integer", 4, "columns of each change; at most a matrix's smaller side", 1, 64, symbol="r"),
            Option(
                "scale", "number", 1, "how much changes count; divided by the rank", 0.01, 100, symbol="s", logarithmic=True
            ),
        ),
        source="Dimitriadis, Frossard & Fleuret 2025",
        preferred=True,
    ),
    StrategyEntry(
        "hypernet",
        "Weights made for a preference",
        "One network for the whole map of weightings: a second, small one turns the preference into a change of every weight.",
        "mtl_core.models.conditioned:hypernet",
        (_PREFERENCES, Option("hidden", "integer", 32, "neurons of its two layers", 1, 128, unit="neurons", logarithmic=True)),
        source="Navon, Shamsian, Fetaya & Chechik 2021",
        backbones=("mlp", "transformer"),
        preferred=True,
    ),
)
