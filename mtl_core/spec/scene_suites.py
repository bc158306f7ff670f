"""The suites of pictures with an answer for every pixel: one line each."""

from mtl_core.spec.option import CONTENT, Option
from mtl_core.spec.small_suites import GENERATED, GENERATED_LICENSE
from mtl_core.spec.table import SuiteEntry

_USUAL = {"weights": [], "seeds": 3, "steps": 200, "batch_size": 16, "evaluate_every": 40, "conflict_every": 20}
"""A step of a network that answers for every pixel takes some hundred times as long as one of the small suites', and so does
looking where runs stand."""

_OPTIONS = (
    Option("pictures", "integer", 500, "how many pictures there are for training", 64, 5000, unit="pictures", logarithmic=True),
    Option("draw", "integer", 0, "another number draws other pictures", 0, 2**31 - 1),
)

SCENE_SUITES: tuple[SuiteEntry, ...] = (
    SuiteEntry(
        "scenes",
        "Things in a room",
        "What is each pixel part of, how far away is it, which way does it face, and where is the largest thing? Answers for "
        "every pixel pay for each other, the one for the whole picture does not.",
        "mtl_core.suites.scenes:SOURCE",
        _OPTIONS,
        shape="image",
        source=GENERATED + ", after what is asked of NYUv2 (Silberman, Hoiem, Kohli & Fergus 2012)",
        license=GENERATED_LICENSE,
        reads=("vector", "map"),
        usual=_USUAL,
    ),
    SuiteEntry(
        "driving",
        "A view of the road",
        "What is each pixel part of and how far, how is the wheel to be turned, what does the light say, where is the nearest "
        "car? On one trunk at equal weights the answers for every pixel pay most, and the light is hardly told any more.",
        "mtl_core.suites.driving:SOURCE",
        _OPTIONS,
        shape="image",
        source=GENERATED,
        license=GENERATED_LICENSE,
        reads=("vector", "map"),
        usual=_USUAL,
    ),
    SuiteEntry(
        "pixel_maps",
        "Your own pictures, pixel by pixel",
        "What is each pixel part of, how far away is it, which way does it face? NYUv2, Cityscapes, or a folder of yours, in a "
        "size that trains in minutes.",
        "mtl_core.suites.pixel_maps:SOURCE",
        (
            Option("folder", "text", "nyuv2", "the folder, by its name in the data folder"),
            Option(
                "pictures",
                "integer",
                500,
                "pictures to learn from at most, of which a fifth is held back for validation; half as many are for testing",
                20,
                5000,
                unit="pictures",
                logarithmic=True,
            ),
            Option(
                "height",
                "integer",
                32,
                "rows of pixels that pictures are reduced to, columns in proportion; both are brought to a multiple of eight",
                8,
                128,
                unit="rows",
            ),
            Option("classes", "names", (), "what the classes are called, from 0 on; by their numbers when none are named"),
            Option("maps", "names", (), "the maps that are there; filled in when a study is made", follows=True),
            Option("count", "integer", None, "how many classes there are; filled in as well", 2, 255, follows=True),
            Option("spread", "number", None, "what the logarithm of depth is divided by; filled in as well", 0, follows=True),
            Option("train_rows", "integer", None, "how many pictures are for training; filled in as well", 0, follows=True),
            CONTENT,
        ),
        shape="image",
        source="NYUv2 (Silberman, Hoiem, Kohli & Fergus 2012) or Cityscapes (Cordts et al. 2016) as for MTAN (Liu, Johns & "
        "Davison 2019), or files of yours",
        license="that of the files",
        files=True,
        reads=("map",),
        usual=_USUAL,
    ),
)
