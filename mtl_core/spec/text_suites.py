"""The suites of text, most of them from files in the data folder: one line each."""

from mtl_core.spec.table import SuiteEntry

TEXT_SUITES: tuple[SuiteEntry, ...] = ()
