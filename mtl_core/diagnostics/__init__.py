"""What happened: pure functions from a study's records to tables. Reads without torch."""

from mtl_core.diagnostics.result import TABLES, Result

__all__ = ["TABLES", "Result"]
