"""The sharing strategies: one line each."""

from mtl_core.spec.option import Option
from mtl_core.spec.strategies_coupled import COUPLED
from mtl_core.spec.strategies_experts import EXPERTS
from mtl_core.spec.strategies_patterns import PATTERNS
from mtl_core.spec.strategies_preference import PREFERENCE_STRATEGIES
from mtl_core.spec.strategies_private import PRIVATE
from mtl_core.spec.strategies_reading import READING
from mtl_core.spec.strategies_searching import SEARCHING
from mtl_core.spec.table import StrategyEntry, table

STRATEGIES: dict[str, StrategyEntry] = table(
    StrategyEntry(
        "hard",
        "Hard sharing",
        "All tasks share every stage of the backbone; each has a head of its own.",
        "mtl_core.models.hard:hard",
        source="Caruana 1997",
    ),
    StrategyEntry(
        "one_head",
        "One head for all",
        "All tasks share everything, the head too: they are several goals of one answer, and what one gains another may lose.",
        "mtl_core.models.one_head:one_head",
        source="multi-objective optimisation, as in Sener & Koltun 2018",
        alike=True,
    ),
    StrategyEntry(
        "single_task",
        "A network for each task",
        "Nothing is shared: every task has a whole network of its own, all trained at once.",
        "mtl_core.models.single_task:single_task",
        source="the usual baseline",
        copies=lambda _options, tasks: tasks,
    ),
    StrategyEntry(
        "cross_stitch",
        "Cross-stitch units",
        "Every task has a network of its own; after each stage learned weights mix what the networks hold.",
        "mtl_core.models.cross_stitch:cross_stitch",
        (
            Option(
                "same",
                "number",
                0.9,
                "first weight of a task's own network; the others share the rest",
                0,
                1,
                symbol="α_S",
            ),
            Option(
                "granularity",
                "choice",
                "channel",
                "one weight a pair of networks, or one a channel",
                choices=("scalar", "channel"),
            ),
            Option(
                "unit_rate",
                "number",
                1,
                "learning rate of the mixing weights as a multiple of the study's",
                0,
                1000,
                logarithmic=True,
            ),
        ),
        source="Misra, Shrivastava, Gupta & Hebert 2016",
        copies=lambda _options, tasks: tasks,
    ),
    *EXPERTS,
    *COUPLED,
    *READING,
    *PRIVATE,
    *PATTERNS,
    *PREFERENCE_STRATEGIES,
    *SEARCHING,
)
