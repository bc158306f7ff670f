"""The suites of decisions: one line each."""

from mtl_core.spec.option import Option
from mtl_core.spec.small_suites import GENERATED, GENERATED_LICENSE
from mtl_core.spec.table import SuiteEntry

DECISION_SUITES: tuple[SuiteEntry, ...] = (
    SuiteEntry(
        "mazes",
        "Which way to go",
        "Reach this, keep away from that: a network says for every cell of a maze which way to go, and what it gains is known "
        "exactly. Four goals on one trunk pay for each other.",
        "mtl_core.suites.mazes:SOURCE",
        (
            Option("mazes", "integer", 300, "mazes for training", 64, 2000, unit="mazes", logarithmic=True),
            Option("draw", "integer", 0, "another number draws other mazes", 0, 2**31 - 1),
        ),
        shape="image",
        source=GENERATED,
        license=GENERATED_LICENSE,
        reads=("map",),
        backbone="fullsize",
        usual={"weights": [], "seeds": 3, "batch_size": 16},
    ),
)
