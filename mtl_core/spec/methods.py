"""The balancing methods: those that weigh losses, then those that combine gradients."""

from mtl_core.spec.gradient_methods import GRADIENT_METHODS
from mtl_core.spec.loss_methods import LOSS_METHODS
from mtl_core.spec.table import MethodEntry, table

METHODS: dict[str, MethodEntry] = table(*LOSS_METHODS, *GRADIENT_METHODS)
