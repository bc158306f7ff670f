"""The suites: one line each."""

from mtl_core.spec.decision_suites import DECISION_SUITES
from mtl_core.spec.image_suites import IMAGE_SUITES
from mtl_core.spec.kinds import KINDS
from mtl_core.spec.option import Option
from mtl_core.spec.scene_suites import SCENE_SUITES
from mtl_core.spec.small_suites import GENERATED, GENERATED_LICENSE, SMALL_SUITES
from mtl_core.spec.table import SuiteEntry, table
from mtl_core.spec.table_suites import TABLE_SUITES
from mtl_core.spec.text_suites import TEXT_SUITES

_DIGITS = "scikit-learn digits (UCI Machine Learning Repository, set 80; Alpaydin & Kaynak 1998)"
_DIGITS_LICENSE = "CC BY 4.0"
_TARGETS = " or ".join(name for name, entry in KINDS.items() if entry.column)

SUITES: dict[str, SuiteEntry] = table(
    SuiteEntry(
        "digits_pair",
        "Two overlaid digits",
        "Two handwritten digits lie on one picture: which is the left one, which the right?",
        "mtl_core.suites.digits:PAIR",
        shape="image",
        source=_DIGITS,
        license=_DIGITS_LICENSE,
    ),
    SuiteEntry(
        "digits_rotated",
        "Turned digits",
        "A handwritten digit was turned by quarter turns: which digit is it, and how was it turned?",
        "mtl_core.suites.digits:ROTATED",
        shape="image",
        source=_DIGITS,
        license=_DIGITS_LICENSE,
    ),
    SuiteEntry(
        "digits_scarce",
        "Digits with few labels",
        "Only 60 training digits are labelled. Can three easy questions with many labels help to read them?",
        "mtl_core.suites.digits:SCARCE",
        shape="image",
        source=_DIGITS,
        license=_DIGITS_LICENSE,
    ),
    SuiteEntry(
        "subspace",
        "Shared directions",
        "Eight numbers to predict from 200 examples: the more tasks read the same directions of the input, the more they help.",
        "mtl_core.suites.subspace:SOURCE",
        (
            Option(
                "shared_tasks",
                "integer",
                8,
                "how many tasks read the same three directions of the input",
                0,
                8,
                unit="tasks",
                symbol="m",
            ),
        ),
        source=GENERATED,
        license=GENERATED_LICENSE,
    ),
    SuiteEntry(
        "vitals",
        "Body measurements",
        "Diabetes progression, body mass index and blood pressure of 442 people: sharing changes nothing clear, but alone each "
        "task overfits, so that at the end it looks like a gain.",
        "mtl_core.suites.vitals:SOURCE",
        source="scikit-learn diabetes (Efron, Hastie, Johnstone & Tibshirani 2004)",
        license="BSD 3-Clause, as part of scikit-learn",
    ),
    SuiteEntry(
        "sprites",
        "Drawn shapes",
        "A small picture of a square, an ellipse or a triangle: what is it, where, how large and how turned?",
        "mtl_core.suites.sprites:SOURCE",
        shape="image",
        source=GENERATED,
        license=GENERATED_LICENSE,
    ),
    *SMALL_SUITES,
    *TABLE_SUITES,
    *IMAGE_SUITES,
    *SCENE_SUITES,
    *TEXT_SUITES,
    *DECISION_SUITES,
    SuiteEntry(
        "csv",
        "Your own table",
        "Any table in a file: choose the columns to predict, and the other columns are what they are predicted from.",
        "mtl_core.suites.csv_file:SOURCE",
        (
            Option(
                "path",
                "text",
                "",
                "the file, at most 50 MB: text with cells between commas, semicolons, tabs or bars, Parquet, or Excel's .xlsx",
            ),
            Option("targets", "names", (), "the columns to predict, two to forty"),
            Option(
                "kinds",
                "mapping",
                (),
                f"what a column is, where the guess is wrong: {_TARGETS} (target), category, number or date (input)",
            ),
            Option("inputs", "names", (), "the columns to predict from; all the others when none are named"),
            Option("exclude", "names", (), "columns to leave out"),
            Option("missing", "names", (), "cells that mean 'unknown', such as -1; column=-1 where only one column has them"),
            Option(
                "split",
                "choice",
                "random",
                "how rows are divided 70/15/15: at random, stratified with the same share of each class everywhere, with "
                "groups kept together, by order with the last rows for test, or as a column says",
                choices=("random", "stratified", "grouped", "ordered", "column"),
            ),
            Option("group", "text", None, "the column whose equal values stay together in a grouped split, such as a person"),
            Option("split_column", "text", None, "the column that says train, validation or test"),
            Option("split_seed", "integer", 0, "another number divides the rows otherwise", 0, 2**31 - 1),
            Option("test_path", "text", "", "a file of its own with the rows for test; the table's are divided 82/18 then"),
            Option(
                "delimiter",
                "choice",
                "auto",
                "what stands between two cells",
                choices=("auto", "comma", "semicolon", "tab", "bar", "space"),
            ),
            Option(
                "encoding",
                "choice",
                "auto",
                "how the letters of a text are written as bytes",
                choices=("auto", "utf-8", "utf-16", "cp1252", "cp1250", "cp1251", "mac_roman", "shift_jis", "gb18030"),
            ),
            Option("decimal", "choice", "auto", "what stands before decimals", choices=("auto", "point", "comma")),
            Option("heading", "choice", "auto", "whether the first row has the columns' names", choices=("auto", "yes", "no")),
            Option("file_name", "text", "", "what the person calls an uploaded file; printed commands name it", follows=True),
            Option("sha256", "text", None, "the hash of the content that the file must have; filled in when a study is made"),
            Option("test_sha256", "text", None, "the same of the test file"),
            Option(
                "reader",
                "integer",
                1,
                "the version of the reader of tables that it needs; filled in when a study is made",
                1,
                2,
            ),
            Option(
                "train_rows",
                "integer",
                None,
                "how many rows are for training; filled in when a study is made",
                0,
                follows=True,
            ),
        ),
        source="a file of yours",
        license="yours",
    ),
)
