"""A CSV file as a suite: any columns as tasks, the others as inputs. Reads without torch and scikit-learn."""

from mtl_core.suites.csv_file.preview import ColumnPreview, inspect
from mtl_core.suites.csv_file.source import SOURCE, CsvFile

__all__ = ["SOURCE", "ColumnPreview", "CsvFile", "inspect"]
