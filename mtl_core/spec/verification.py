"""How far every method is from an independent answer, as last measured."""

import json
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Verified:
    """One line of the table.

    Args:
        method: a name of ``METHODS``.
        oracle: what it was compared with.
        quantity: what was compared.
        cases: how many random problems.
        deviation: the largest difference seen.
        tolerance: what it may be at most; the tests hold it to that.
    """

    method: str
    oracle: str
    quantity: str
    cases: int
    deviation: float
    tolerance: float


def verification() -> tuple[Verified, ...]:
    """The table, in the order of ``METHODS``; ``tests/benchmarks/verification.py`` measures and writes it."""
    lines = json.loads((files("mtl_core.spec") / "verification.json").read_text())
    return tuple(Verified(**line) for line in lines)
