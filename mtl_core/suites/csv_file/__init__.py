"""A table in a file as a suite: any columns as tasks, the others as inputs. Reads without torch and scikit-learn."""

from mtl_core.suites.csv_file.preview import (
    ColumnPreview,
    TableFacts,
    TablePreview,
    asked_of,
    inspect,
    look,
    preview,
    reading_of,
)
from mtl_core.suites.csv_file.roles import INPUT_KINDS, Asked
from mtl_core.suites.csv_file.source import SOURCE, CsvFile, split_table
from mtl_core.suites.csv_file.table import Reading
from mtl_core.suites.csv_file.typed import keep_frame

__all__ = [
    "INPUT_KINDS",
    "SOURCE",
    "Asked",
    "ColumnPreview",
    "CsvFile",
    "Reading",
    "TableFacts",
    "TablePreview",
    "asked_of",
    "inspect",
    "keep_frame",
    "look",
    "preview",
    "reading_of",
    "split_table",
]
