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
    SuiteEntry(
        "spoken_digits",
        "Spoken digits",
        "Somebody says a digit: which one, who, and with which accent? What was said should not depend on the voice, and who "
        "speaks is nothing but the voice.",
        "mtl_core.suites.spoken_digits:SOURCE",
        (
            Option(
                "per_cell",
                "integer",
                40,
                "recordings of each digit by each speaker to learn from; 40 are all",
                1,
                40,
                unit="takes",
            ),
            Option(
                "split",
                "choice",
                "takes",
                "what is new in testing: takes of known speakers, or speakers, of whom then only digit and accent are asked",
                choices=("takes", "speakers"),
            ),
            CONTENT,
        ),
        shape="image",
        source="Free Spoken Digit Dataset (Jackson et al. 2018)",
        license="CC BY-SA 4.0",
        files=True,
    ),
)
