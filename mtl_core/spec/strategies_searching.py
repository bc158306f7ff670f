"""The sharing strategies that search what is shared and then train what they found: one line each."""

from collections.abc import Mapping, Sequence
from typing import Any

from mtl_core.errors import SpecError
from mtl_core.spec.option import Option
from mtl_core.spec.table import StrategyEntry


def _search(share: float) -> Option:
    text = "share of the steps in which the structure is searched; the rest trains what was found, from the first values"
    return Option("search", "number", share, text, 0.05, 0.95)


_WARM_UP = Option("warm_up", "number", 0.1, "share of the search in which the structure still stands as it began", 0, 0.9)

_LOGIT_RATE = Option(
    "logit_rate", "number", 3, "learning rate of the structure as a multiple of the study's", 0.01, 1000, logarithmic=True
)


def _few_stages(options: Mapping[str, Any], backbone: Mapping[str, Any], _tasks: Sequence[str]) -> None:
    if options["private"] > backbone["depth"]:
        raise SpecError(
            f"recon.private must be at most the backbone's {backbone['depth']} stages, found {options['private']}; choose "
            "fewer or a larger backbone.depth."
        )


SEARCHING: tuple[StrategyEntry, ...] = (
    StrategyEntry(
        "recon",
        "Recon",
        "After a while of hard sharing, every task gets its own copy of the stages where tasks conflict most; all trains anew.",
        "mtl_core.models.recon:recon",
        (
            _search(0.3),
            Option("private", "integer", 1, "stages of which every task gets its own copy", 0, 8, unit="stages", symbol="K"),
        ),
        source="Shi, Ren, Zhang & Pan 2023",
        searches=True,
        fits=_few_stages,
        copies=lambda options, tasks: 1 + (1 - options["search"]) * (tasks - 1),  # at most, where all stages were private
    ),
    StrategyEntry(
        "ltb",
        "Learning to branch",
        "A tree is searched: which tasks share a stage, and where they part; then the tree is trained anew.",
        "mtl_core.models.ltb:ltb",
        (
            _search(0.5),
            _WARM_UP,
            Option("resource", "number", 0.05, "how much a tree's computation counts against it", 0, 10),
            _LOGIT_RATE,
        ),
        source="Guo, Lee & Ulbricht 2020; Brüggemann et al. 2020",
        searches=True,
        copies=lambda _options, tasks: tasks,
    ),
    StrategyEntry(
        "adashare",
        "AdaShare",
        "One network for all, of which every task learns to skip stages that it does not need; then the rest is trained anew.",
        "mtl_core.models.adashare:adashare",
        (
            _search(0.5),
            _WARM_UP,
            Option("sparsity", "number", 0.05, "how much an executed stage counts against it", 0, 10, symbol="λ_sp"),
            Option(
                "sharing", "number", 0.05, "how much tasks that execute different stages count against it", 0, 10, symbol="λ_sh"
            ),
            _LOGIT_RATE,
        ),
        source="Sun, Panda, Feris & Saenko 2020",
        searches=True,
        copies=lambda _options, tasks: tasks,
        depth=2,
    ),
)
