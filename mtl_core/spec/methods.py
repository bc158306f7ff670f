"""The balancing methods: those that weigh losses, then those that combine gradients."""

from dataclasses import replace

from mtl_core.spec.gradient_methods import GRADIENT_METHODS
from mtl_core.spec.loss_methods import LOSS_METHODS
from mtl_core.spec.option import Option
from mtl_core.spec.table import MethodEntry, table
from mtl_core.spec.tracking_methods import TRACKING_METHODS

NORM_MATCH = Option(
    "norm_match", "flag", False, "make the combined gradient as long as the mean gradient, so that only its direction differs"
)
"""What every gradient method can be asked for besides."""


def _with_norm_match(entry: MethodEntry) -> MethodEntry:
    return replace(entry, options=(*entry.options, NORM_MATCH)) if entry.scope == "trunk" else entry


_PLAIN = (*LOSS_METHODS, *map(_with_norm_match, (*GRADIENT_METHODS, *TRACKING_METHODS)))

_CR_MOGM = MethodEntry(
    "cr_mogm",
    "CR-MOGM",
    "Averages another method's weights over steps, so that they jump less from batch to batch.",
    "mtl_core.balancing.cr_mogm:CRMOGM",
    (
        Option(
            "method",
            "choice",
            "mgda",
            "the method whose weights are averaged",
            choices=tuple(
                entry.name
                for entry in _PLAIN
                if entry.selectable and entry.name not in ("equal", "path") and entry.signals != "jacobian" and not entry.extra
            ),
        ),
        Option("alpha", "number", 0.9, "how much of the average is kept at each step", 0, 0.999, symbol="α"),
    ),
    source="Zhou, Zhang, Jiang, Zhong, Gu & Zhu 2022 (NeurIPS)",
    signals="gramian",
    scope="trunk",
    scale="no fixed sum: that of the method it averages",
    formula=r"w \leftarrow \alpha w + (1 - \alpha) \hat w",
)
"""The one method that is made of another."""

METHODS: dict[str, MethodEntry] = table(*_PLAIN, _with_norm_match(_CR_MOGM))
