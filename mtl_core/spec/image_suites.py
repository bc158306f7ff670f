"""The suites of pictures and sounds, most of them from files in the data folder: one line each."""

from mtl_core.spec.option import CONTENT, Option
from mtl_core.spec.table import SuiteEntry

_MNIST = "MNIST (LeCun, Cortes & Burges 1998)"
_MNIST_LICENSE = "CC BY-SA 3.0"

_FEW = {"weights": {2: 6, 3: 4}}
"""An example has thousands of numbers, so that each run takes long."""

IMAGE_SUITES: tuple[SuiteEntry, ...] = (
    SuiteEntry(
        "mnist_two",
        "One digit, two questions",
        "Which digit is it, and is it odd? Width and labels decide whether the second question costs, helps, or neither.",
        "mtl_core.suites.mnist:SOURCE",
        (
            Option(
                "second",
                "choice",
                "parity",
                "the second question: even or odd, or at least five",
                choices=("parity", "at_least_five"),
            ),
            Option("images", "integer", 3000, "training images", 100, 50_000, unit="images", logarithmic=True),
            Option(
                "labels",
                "integer",
                None,
                "of how many training images the digit is told, as even as can be; of all where no number is given",
                10,
                50_000,
                unit="labels",
            ),
            CONTENT,
        ),
        source=_MNIST,
        license=_MNIST_LICENSE,
        shape="image",
        files=True,
        dearer=2.9,
    ),
    SuiteEntry(
        "multi_mnist",
        "Two overlaid MNIST digits",
        "Two digits on one picture: the competition that most papers on balancing report, and it shrinks as networks grow.",
        "mtl_core.suites.multi_mnist:SOURCE",
        (
            Option(
                "construction",
                "choice",
                "sener",
                "how two pictures are laid on one: as Sener & Koltun have it, 28x28, or as Lin et al. (Pareto MTL), 36x36",
                choices=("sener", "pareto"),
            ),
            Option(
                "pictures",
                "choice",
                "digits",
                "two digits, two garments of Fashion-MNIST, or a garment left and a digit right",
                choices=("digits", "fashion", "fashion_and_mnist"),
            ),
            Option("pairs", "integer", 10_000, "training pairs", 100, 120_000, unit="pairs", logarithmic=True),
            Option("test_pairs", "integer", 2000, "pairs for testing", 100, 20_000, unit="pairs", logarithmic=True),
            CONTENT,
        ),
        source=f"{_MNIST}, overlaid as in Sener & Koltun 2018 or Lin et al. 2019; Fashion-MNIST (Xiao, Rasul & Vollgraf 2017)",
        license=f"{_MNIST_LICENSE}; Fashion-MNIST: MIT",
        shape="image",
        files=True,
        dearer=2.9,
    ),
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
        usual=_FEW,
        dearer=7.6,
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
        usual=_FEW,
        dearer=4.4,
    ),
    SuiteEntry(
        "two_senses",
        "Seen and heard",
        "A written digit beside a spoken one: which is written, which is said, and are they the same? Only who reads both can "
        "tell.",
        "mtl_core.suites.two_senses:SOURCE",
        (
            Option(
                "senses",
                "choice",
                "both",
                "what is there to be read: both digits, or one of them alone, and nothing in the other's place",
                choices=("both", "written", "spoken"),
            ),
            Option("pairs", "integer", 3000, "training pairs", 100, 50_000, unit="pairs", logarithmic=True),
            CONTENT,
        ),
        shape="parts",
        source=f"{_MNIST} and the Free Spoken Digit Dataset (Jackson et al. 2018)",
        license=f"{_MNIST_LICENSE}; Free Spoken Digit Dataset: CC BY-SA 4.0",
        files=True,
        usual=_FEW,
    ),
)
