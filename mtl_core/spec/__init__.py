"""What a person can ask for: tables of what there is, and the study that chooses from them. Reads without torch."""

from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import Choice
from mtl_core.spec.kinds import KINDS
from mtl_core.spec.methods import METHODS
from mtl_core.spec.optimizers import OPTIMIZERS
from mtl_core.spec.plan import Run, grid, plan
from mtl_core.spec.settings import OPTIONS
from mtl_core.spec.strategies import STRATEGIES
from mtl_core.spec.study import Study
from mtl_core.spec.suites import SUITES
from mtl_core.spec.tables import TABLES

__all__ = [
    "BACKBONES",
    "KINDS",
    "METHODS",
    "OPTIMIZERS",
    "OPTIONS",
    "STRATEGIES",
    "SUITES",
    "TABLES",
    "Choice",
    "Run",
    "Study",
    "grid",
    "plan",
]
