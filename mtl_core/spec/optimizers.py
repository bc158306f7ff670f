"""The optimizers: one line each."""

from mtl_core.spec.option import Option
from mtl_core.spec.table import Entry, table

_DECAY_HELP = "how strongly parameters are pulled towards zero"
_BETAS = (
    Option("beta1", "number", 0.9, "how long the mean gradient is remembered", 0, 0.9999, symbol="β₁"),
    Option("beta2", "number", 0.999, "how long the mean squared gradient is remembered", 0, 0.99999, symbol="β₂"),
    Option("epsilon", "number", 1e-8, "keeps the division finite", 1e-12, 1e-2, symbol="ε", logarithmic=True),
)

OPTIMIZERS: dict[str, Entry] = table(
    Entry(
        "sgd",
        "SGD with momentum",
        "Follows the gradient, smoothed over the last steps.",
        options=(
            Option("momentum", "number", 0.9, "share of the last step that is kept", 0, 0.999, symbol="μ"),
            Option("weight_decay", "number", 0.0, _DECAY_HELP, 0, 1, symbol="λ"),
        ),
    ),
    Entry(
        "adam",
        "Adam",
        "Follows the gradient, each parameter scaled by its own recent gradients.",
        options=(*_BETAS, Option("weight_decay", "number", 0.0, _DECAY_HELP, 0, 1, symbol="λ")),
        source="Kingma & Ba 2015",
    ),
    Entry(
        "adamw",
        "AdamW",
        "Adam with weight decay kept apart from the gradient.",
        options=(*_BETAS, Option("weight_decay", "number", 0.01, _DECAY_HELP, 0, 1, symbol="λ")),
        source="Loshchilov & Hutter 2019",
    ),
)
