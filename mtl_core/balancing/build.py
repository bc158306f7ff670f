"""From a table line and its options to a method."""

from collections.abc import Mapping
from typing import Any

from mtl_core.balancing.method import Method
from mtl_core.balancing.norm_match import NormMatched
from mtl_core.spec.table import MethodEntry


def make(entry: MethodEntry, options: Mapping[str, Any]) -> Method:
    """The method of a table line with these options, checked ones; ``norm_match`` is the same for all and applied here."""
    own = dict(options)
    matched = own.pop("norm_match", False)
    method: Method = entry.load()(**own)
    return NormMatched(method) if matched else method
