"""The suites of tables and numbers, some of them from files in the data folder: one line each."""

from mtl_core.spec.option import CONTENT, Option
from mtl_core.spec.small_suites import GENERATED, GENERATED_LICENSE
from mtl_core.spec.table import SuiteEntry

TABLE_SUITES: tuple[SuiteEntry, ...] = (
    SuiteEntry(
        "mixed_heads",
        "A class and five numbers",
        "One head says which of ten classes, another predicts five numbers: a dial makes the tasks alike, or strangers.",
        "mtl_core.suites.mixed_heads:SOURCE",
        (
            Option("relatedness", "number", 1.0, "how alike the directions are that both read: 0 not at all", 0, 1, symbol="r"),
            Option("noise", "flag", False, "whether there is nothing to learn: what a tool must find nothing in"),
            Option("draw", "integer", 0, "another number draws other data of the same kind", 0, 2**31 - 1),
        ),
        source=GENERATED,
        license=GENERATED_LICENSE,
    ),
    SuiteEntry(
        "scales",
        "One rule in three units",
        "Three numbers that follow nearly one rule, as large as 1, 10 and 100: the largest takes the trunk for itself.",
        "mtl_core.suites.scales:SOURCE",
        (
            Option("standardised", "flag", False, "whether all three are brought to one size, and the trap is gone"),
            Option("draw", "integer", 0, "another number draws other data of the same kind", 0, 2**31 - 1),
        ),
        source=GENERATED + ", after Chen et al. 2018 (GradNorm)",
        license=GENERATED_LICENSE,
    ),
    SuiteEntry(
        "parkinsons",
        "A voice and an illness",
        "How a voice trembles tells two scores of Parkinson's disease that are nearly one, age and sex: nearly equal tasks do "
        "not help where data is not scarce, and whether the people are known decides the story.",
        "mtl_core.suites.parkinsons:SOURCE",
        (
            Option(
                "split",
                "choice",
                "time",
                "what the test is: later recordings of the same people, or recordings of other people",
                choices=("time", "person"),
            ),
            CONTENT,
        ),
        source="Parkinsons Telemonitoring (UCI Machine Learning Repository, set 189; Tsanas, Little, McSharry & Ramig 2010)",
        license="CC BY 4.0",
        files=True,
    ),
    SuiteEntry(
        "molecules",
        "Molecules in the body",
        "How a molecule is cleared, dissolved and bound, from how it is written: most have only some of it measured, and how "
        "they are described decides whether the scarce endpoints gain.",
        "mtl_core.suites.molecules:SOURCE",
        (
            Option("file", "text", "adme/ADME_public_set_3521.csv", "the table, by its name in the data folder"),
            Option("smiles", "text", "SMILES", "the column that has the molecules as SMILES"),
            Option("targets", "names", (), "the columns to predict; all columns of numbers when none are named"),
            Option(
                "features",
                "choice",
                "ngrams",
                "what is read of a molecule: counts of pieces of one to four characters, or fifteen descriptors by RDKit, from "
                "the extra 'chem'",
                choices=("ngrams", "descriptors"),
            ),
            Option("endpoints", "names", (), "the columns that are predicted; filled in when a study is made", follows=True),
            Option("classes", "mapping", (), "the values of those that have two; filled in as well", follows=True),
            Option("train_rows", "integer", None, "how many molecules are for training; filled in as well", 0, follows=True),
            CONTENT,
        ),
        source="Fang, Wang, Grater, Kapadnis, Black, Trapa & Sciabola 2023 (Computational-ADME), or a file of yours",
        license="MIT, or yours",
        files=True,
    ),
)
