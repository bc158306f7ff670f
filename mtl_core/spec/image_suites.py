"""The suites of pictures and sounds, most of them from files in the data folder: one line each."""

from mtl_core.spec.option import CONTENT, Option
from mtl_core.spec.table import SuiteEntry

IMAGE_SUITES: tuple[SuiteEntry, ...] = (
    SuiteEntry(
        "cifar",
        "Animals and vehicles",
        "A small colour picture of one of ten things: is it an animal or a vehicle, and which? A task that only some pictures "
        "have a label for pulls as hard as the others, from fewer of them.",
        "mtl_core.suites.cifar:SOURCE",
        (
            Option(
                "reading",
                "choice",
                "groups",
                "how ten classes become tasks: animal or vehicle and which of each; a yes or no for every class; or the class "
                "beside animal or vehicle",
                choices=("groups", "one_vs_rest", "class_group"),
            ),
            Option(
                "pictures",
                "integer",
                5000,
                "training pictures at most, the same number of each class; a tenth of them is held back for validation, and a "
                "fifth as many are for testing",
                500,
                50_000,
                unit="pictures",
                logarithmic=True,
            ),
            CONTENT,
        ),
        shape="image",
        source="files in the layout of CIFAR-10 (Krizhevsky 2009)",
        license="CIFAR-10 states no licence",
        files=True,
    ),
)
