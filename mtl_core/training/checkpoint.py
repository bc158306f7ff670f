"""Checkpoints as safetensors bytes: tensors and a small header, nothing that could run."""

import json
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from mtl_core.errors import CheckpointError

FORMAT = "1"


def pack(tensors: dict[str, Tensor], **facts: Any) -> bytes:
    """The tensors with facts (numbers or text) in the header."""
    copies = {name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()}
    payload: bytes = save(copies, metadata={"format": FORMAT} | {name: str(value) for name, value in facts.items()})
    return payload


def unpack(payload: bytes, device: torch.device) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors, on ``device``, and the facts.

    Raises:
        CheckpointError: the bytes are no checkpoint of this format.
    """
    try:
        header = json.loads(payload[8 : 8 + int.from_bytes(payload[:8], "little")])
        facts = dict(header.get("__metadata__", {}))
        tensors = {name: tensor.to(device) for name, tensor in load(payload).items()}
    except Exception as error:  # safetensors raises its own kinds for damage, json others
        raise CheckpointError(f"expected a checkpoint, found damaged bytes ({error}); start the study again.") from error
    if facts.get("format") != FORMAT:
        raise CheckpointError(f"expected a checkpoint of format {FORMAT}, found {facts.get('format')}; start the study again.")
    return tensors, facts


def under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names begin so, by the rest of their names."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
