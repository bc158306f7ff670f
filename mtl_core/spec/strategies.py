"""The sharing strategies: one line each."""

from mtl_core.spec.table import Entry, table

STRATEGIES: dict[str, Entry] = table(
    Entry(
        "hard",
        "Hard sharing",
        "All tasks share every stage of the backbone; each has a head of its own.",
        "mtl_core.models.hard:hard",
        source="Caruana 1997",
    ),
)
