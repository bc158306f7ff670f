"""Small backbones for tests of models."""

from typing import Any

SMALL: dict[str, dict[str, Any]] = {
    "mlp": {"width": 6},
    "cnn": {"width": 4},
    "lenet": {"width": 3, "depth": 2, "kernel": 3},
    "tutorial_cnn": {"width": 3, "depth": 3},
    "resnet": {"width": 4},
    "fullsize": {"width": 4, "depth": 2},
    "unet": {"width": 4, "depth": 3},
    "transformer": {"width": 8},
    "encoders": {"width": 8},
}
"""The options of each."""
