"""The balancing methods: those that weigh losses, then those that combine gradients."""

from dataclasses import replace

from mtl_core.spec.gradient_methods import GRADIENT_METHODS
from mtl_core.spec.loss_methods import LOSS_METHODS
from mtl_core.spec.option import Option
from mtl_core.spec.table import MethodEntry, table

NORM_MATCH = Option(
    "norm_match", "flag", False, "make the combined gradient as long as the mean gradient, so that only its direction differs"
)
"""What every gradient method can be asked for besides."""


def _with_norm_match(entry: MethodEntry) -> MethodEntry:
    return replace(entry, options=(*entry.options, NORM_MATCH))


METHODS: dict[str, MethodEntry] = table(*LOSS_METHODS, *map(_with_norm_match, GRADIENT_METHODS))
