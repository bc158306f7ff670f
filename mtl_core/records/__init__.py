"""What training reports: the contract of training, store, diagnostics and pages. Reads without torch."""

from mtl_core.records.examples import Examples, Packed, together, watched
from mtl_core.records.layout import Layout
from mtl_core.records.model import ModelPart, Moment
from mtl_core.records.record import Record, RecordKind, steps_of
from mtl_core.records.sharing import ModelLayout, Row, Trace

__all__ = [
    "Examples",
    "Layout",
    "ModelLayout",
    "ModelPart",
    "Moment",
    "Packed",
    "Record",
    "RecordKind",
    "Row",
    "Trace",
    "steps_of",
    "together",
    "watched",
]
