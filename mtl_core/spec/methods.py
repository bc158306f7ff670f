"""The balancing methods: one line each."""

from mtl_core.spec.table import MethodEntry, table

METHODS: dict[str, MethodEntry] = table(
    MethodEntry("equal", "Equal weights", "Every task counts the same.", "mtl_core.balancing.fixed:Equal"),
)
