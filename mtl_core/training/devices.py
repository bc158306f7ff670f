"""Where training can run."""

import torch

from mtl_core.errors import SpecError, shown


def available() -> list[str]:
    """The devices of this machine, the preferred one first: each CUDA card, Apple's MPS, the CPU."""
    cards = [f"cuda:{card}" for card in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    return [*cards, *(["mps"] if torch.backends.mps.is_available() else []), "cpu"]


def resolve(name: str) -> torch.device:
    """The device that ``auto``, ``cpu``, ``cuda``, ``cuda:1`` or ``mps`` stands for here.

    Raises:
        SpecError: this machine has no such device.
    """
    found = available()
    asked = {"auto": found[0], "cuda": "cuda:0"}.get(name, name)
    if asked not in found:
        raise SpecError(
            f"device must be auto or one of {', '.join(found)} on this machine, found {shown(name)}; choose one of those."
        )
    return torch.device(asked)
