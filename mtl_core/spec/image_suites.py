"""The suites of pictures and sounds, most of them from files in the data folder: one line each."""

from mtl_core.spec.table import SuiteEntry

IMAGE_SUITES: tuple[SuiteEntry, ...] = ()
