"""The suites of text, most of them from files in the data folder: one line each."""

from mtl_core.spec.option import CONTENT, Option
from mtl_core.spec.small_suites import GENERATED, GENERATED_LICENSE
from mtl_core.spec.table import SuiteEntry

_READS = ("vector", "positions")
_USUAL = {"weights": [], "seeds": 3, "steps": 200, "batch_size": 32, "evaluate_every": 20, "conflict_every": 20}
"""A step of a text's network takes some ten times as long as one of the small suites'."""

_ENCODER = Option(
    "encoder",
    "flag",
    False,
    "whether words are what a pretrained encoder makes of them, whose files lie in the folder encoder of the data folder",
)

TEXT_SUITES: tuple[SuiteEntry, ...] = (
    SuiteEntry(
        "phrases",
        "Sentences to a machine",
        "What does a sentence want, which of its words say where, when and who, and which answer a question?",
        "mtl_core.suites.phrases:SOURCE",
        (
            Option("utterances", "integer", 150, "how many sentences there are for training", 20, 2000, unit="sentences"),
            Option("hidden", "number", 0.15, "which part of the words is hidden", 0, 0.5, symbol="q"),
            Option("draw", "integer", 0, "another number draws other sentences", 0, 2**31 - 1),
        ),
        shape="tokens",
        source=GENERATED,
        license=GENERATED_LICENSE,
        reads=_READS,
        usual=_USUAL,
        sources=(("intent", "slots"), ("question",)),
        dearer=6.8,
    ),
    SuiteEntry(
        "snips",
        "Requests to an assistant",
        "What does a spoken request want, and which of its words say what? The sentence costs nothing, the words pay.",
        "mtl_core.suites.snips:SOURCE",
        (
            Option("rows", "integer", 2000, "how many requests there are for training", 100, 13_000, unit="requests"),
            _ENCODER,
            CONTENT,
        ),
        shape="tokens",
        source="SNIPS (Coucke et al. 2018)",
        license="CC0 1.0",
        files=True,
        reads=_READS,
        usual=_USUAL,
        dearer=4.4,
    ),
    SuiteEntry(
        "wnut17",
        "New names in posts",
        "Which words of a post are a name, and of what? The names to find are new, so that few are found, and whether one "
        "question helps the other hardly shows.",
        "mtl_core.suites.wnut17:SOURCE",
        (
            Option("rows", "integer", 3000, "how many posts there are for training", 100, 3393, unit="posts"),
            _ENCODER,
            CONTENT,
        ),
        shape="tokens",
        source="WNUT17 (Derczynski, Nichols, van Erp & Limsopatham 2017)",
        license="CC BY 4.0",
        files=True,
        reads=("positions",),
        usual=_USUAL | {"evaluate_every": 40},
        dearer=7.5,
    ),
    SuiteEntry(
        "nlupp",
        "A bank's and a hotel's customers",
        "All that a customer wants at once, which words say when and who, and questions answered from the text.",
        "mtl_core.suites.nlupp:SOURCE",
        (Option("domain", "choice", "banking", "whose customers", choices=("banking", "hotels")), _ENCODER, CONTENT),
        shape="tokens",
        source="NLU++ (Casanueva, Vulić, Spithourakis & Budzianowski 2022)",
        license="CC BY 4.0",
        files=True,
        reads=_READS,
        usual=_USUAL,
        sources=(("intents", "slots"), ("question",)),
        dearer=6.7,
    ),
)
