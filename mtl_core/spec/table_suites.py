"""The suites of tables and numbers, some of them from files in the data folder: one line each."""

from mtl_core.spec.option import Option
from mtl_core.spec.small_suites import GENERATED, GENERATED_LICENSE
from mtl_core.spec.table import SuiteEntry

TABLE_SUITES: tuple[SuiteEntry, ...] = (
    SuiteEntry(
        "mixed_heads",
        "A class and five numbers",
        "One head says which of ten classes, another predicts five numbers: a dial makes the tasks alike, or strangers.",
        "mtl_core.suites.mixed_heads:SOURCE",
        (
            Option("relatedness", "number", 1.0, "how alike the directions are that both read: 0 not at all", 0, 1, symbol="r"),
            Option("noise", "flag", False, "whether there is nothing to learn: what a tool must find nothing in"),
            Option("draw", "integer", 0, "another number draws other data of the same kind", 0, 2**31 - 1),
        ),
        source=GENERATED,
        license=GENERATED_LICENSE,
    ),
    SuiteEntry(
        "scales",
        "One rule in three units",
        "Three numbers that follow nearly one rule, as large as 1, 10 and 100: the largest takes the trunk for itself.",
        "mtl_core.suites.scales:SOURCE",
        (
            Option("standardised", "flag", False, "whether all three are brought to one size, and the trap is gone"),
            Option("draw", "integer", 0, "another number draws other data of the same kind", 0, 2**31 - 1),
        ),
        source=GENERATED + ", after Chen et al. 2018 (GradNorm)",
        license=GENERATED_LICENSE,
    ),
)
