"""What training reports: the contract of training, store, diagnostics and pages. Reads without torch."""

from mtl_core.records.layout import Layout
from mtl_core.records.model import ModelPart, Moment
from mtl_core.records.record import Record, RecordKind, steps_of

__all__ = ["Layout", "ModelPart", "Moment", "Record", "RecordKind", "steps_of"]
