"""All tables that a study chooses from, listed once."""

from collections.abc import Mapping

from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.methods import METHODS
from mtl_core.spec.optimizers import OPTIMIZERS
from mtl_core.spec.phases import PHASES
from mtl_core.spec.sampling import SAMPLINGS
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.spec.suites import SUITES
from mtl_core.spec.table import Entry

TABLES: dict[str, Mapping[str, Entry]] = {
    "suite": SUITES,
    "strategies": STRATEGIES,
    "backbone": BACKBONES,
    "methods": METHODS,
    "phases": PHASES,
    "optimizer": OPTIMIZERS,
    "sampling": SAMPLINGS,
}
"""The table that each field of a study chooses from."""

LISTED = {"methods": "method", "strategies": "strategy", "phases": "phase"}
"""The fields that are lists of choices, and what one of them is called."""
