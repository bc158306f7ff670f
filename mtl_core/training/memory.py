"""How much memory runs need, how much there is, and how to keep what was freed."""

import ctypes
import os
import sys
from functools import cache
from math import ceil

import torch
from torch import Tensor

from mtl_core.models.composed import RESTORING
from mtl_core.models.model import Model, Pass
from mtl_core.random import Purpose, Streams
from mtl_core.training.data import Data
from mtl_core.training.parameters import leaves_after_turns

_SHARE = 0.25
"""The share of free memory that one wave of runs may take; the rest is the system's, the server's and autograd's peaks."""

_FALLBACK = 2 << 30


@cache
def keep_freed_memory() -> None:
    """Ask glibc to keep freed blocks for reuse instead of returning each to the system; elsewhere nothing happens.

    A step frees and allocates some fifty blocks of about a megabyte. By default each goes back to the system and comes again
    page by page, which takes as long as the arithmetic: 64 runs of a small network step 1.5 times as fast without it.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        trim_threshold, mmap_threshold = -1, -3
        libc.mallopt(mmap_threshold, 1 << 30)
        libc.mallopt(trim_threshold, (1 << 31) - 1)


def budget(device: torch.device) -> int:
    """Bytes that one wave of runs may take on the device."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0] * _SHARE * 2)
    try:
        return int(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * _SHARE)
    except (AttributeError, OSError, ValueError):  # not every system counts its free pages
        return _FALLBACK


def bytes_per_run(parameters: int, tasks: int, moments: int, example: int, batch: int) -> int:
    """About what one run takes: parameters, combined gradient, T task gradients, optimizer moments and a batch's activations.

    Args:
        parameters: numbers in one run's model.
        tasks: T.
        moments: tensors the optimizer keeps a parameter.
        example: what ``numbers_of_an_example`` says.
        batch: examples of a step.
    """
    # Twice what autograd keeps: the forward and the backward pass have as much again in hand, measured on both backbones.
    return 4 * (parameters * (3 + 2 * tasks + moments) + 2 * example * batch)


def numbers_of_an_example(model: Model, data: Data, batch: int) -> int:
    """How many numbers autograd keeps for one example of a training step on its way through one run: counted, for no formula
    fits every layer.

    What a step keeps for each preference that it draws, such as the weights made for it, is spread over the batch. A model that
    must also restore inputs is counted while it does.

    Args:
        model: the model of one run.
        data: what it reads.
        batch: examples of a step.
    """
    like = data.train.inputs.cpu()[:1]
    parameters = leaves_after_turns(model)
    denoises = any(parameter.name.startswith(RESTORING) for parameter in model.parameters)
    at = Pass(max(model.turns, default=0), Streams.of([0]).at(Purpose.SHARING), restore=1.0 if denoises else None)

    def kept(examples: int, whole: bool) -> int:
        sizes: list[int] = []

        def keep(tensor: Tensor) -> Tensor:
            sizes.append(tensor.numel())
            return tensor

        x = torch.zeros_like(like).expand(examples, *like.shape[1:]).unsqueeze(0)
        x = x.requires_grad_(whole and x.is_floating_point())
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            model(parameters, data.arranged(x), at)
        return sum(sizes)

    # What all examples have beyond the first: that leaves out what is kept once, the parameters. Weights that are made for
    # the first stage are in hand like others, but autograd keeps them only where inputs ask for a gradient.
    several = max(2, batch)
    return ceil(max(kept(several, whole) - kept(1, whole) for whole in (False, True)) / (several - 1))
