"""The suites: one line each."""

from mtl_core.spec.table import SuiteEntry, table

SUITES: dict[str, SuiteEntry] = table(
    SuiteEntry(
        "digits_pair",
        "Two overlaid digits",
        "Two handwritten digits lie on one picture: which is the left one, which the right?",
        "mtl_core.suites.digits:PAIR",
        shape="image",
        source="scikit-learn digits (UCI 80)",
        license="CC BY 4.0",
    ),
)
