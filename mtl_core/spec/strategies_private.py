"""Sharing strategies with a network for all tasks beside one for each: one line each."""

from mtl_core.spec.option import Option
from mtl_core.spec.table import StrategyEntry

_PENALTY = Option(
    "penalty",
    "number",
    0.1,
    "what it costs that the shared network and a task's own say the same",
    0,
    100,
    symbol="γ",
    logarithmic=True,
)

PRIVATE: tuple[StrategyEntry, ...] = (
    StrategyEntry(
        "shared_private",
        "A shared and a private network",
        "One network serves all tasks and each has another of its own; its head reads both, which should not say the same.",
        "mtl_core.models.shared_private:shared_private",
        (_PENALTY,),
        copies=lambda _options, tasks: tasks + 1,
        source="Bousmalis et al. 2016; Liu, Qiu & Huang 2017",
        reads=2,
    ),
    StrategyEntry(
        "adversarial",
        "Adversarial sharing",
        "As a shared and a private network, where the shared one also learns to hide which task an example came from.",
        "mtl_core.models.adversarial:adversarial",
        (
            Option(
                "adversary",
                "number",
                0.05,
                "how much the shared network works against being told apart",
                0,
                100,
                symbol="λ",
                logarithmic=True,
            ),
            _PENALTY,
        ),
        copies=lambda _options, tasks: tasks + 1,
        source="Liu, Qiu & Huang 2017",
        per_task=True,
        reads=2,
    ),
)
