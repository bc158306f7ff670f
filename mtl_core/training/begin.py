"""Where runs start that do not start from drawn values: a pretrained trunk."""

import torch
from torch import Tensor

from mtl_core.errors import SpecError
from mtl_core.spec.pretrained import Pretrained

PLACE = "place"
"""What the parameter of positions is called."""


def begin(trunk: Pretrained, shape: tuple[int, ...]) -> dict[str, dict[str, Tensor]]:
    """A trunk's parameters by stage and name, for texts of a shape ``(S,)``; of its places the first S.

    Raises:
        SpecError: the texts are longer than the trunk reads.
        DataError: its file is gone or damaged.
    """
    if shape[0] > trunk.places:
        raise SpecError(
            f"pretrained trunk {trunk.id} reads texts of at most {trunk.places} words, and the study's have up to {shape[0]}; "
            f"pretrain again with the suite's options."
        )
    return {
        stage: {
            name: torch.from_numpy(value[: shape[0]] if name.endswith(f".{PLACE}") else value) for name, value in own.items()
        }
        for stage, own in trunk.values().items()
    }
