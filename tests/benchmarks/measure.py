"""Fair timing: the ways take turns, are warmed up, and are compared by medians."""

import time
from collections.abc import Callable
from statistics import median

import torch


def interleaved(ways: dict[str, Callable[[], object]], rounds: int, calls: int = 5, warm_up: int = 3) -> dict[str, float]:
    """Median seconds a call of each way.

    Args:
        ways: what to time, by name.
        rounds: turns that each way gets.
        calls: calls within a turn; their mean is one sample.
        warm_up: turns before counting.
    """
    samples: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(warm_up + rounds):
        for name, way in ways.items():
            settle()
            start = time.perf_counter()
            for _ in range(calls):
                way()
            settle()
            if turn >= warm_up:
                samples[name].append((time.perf_counter() - start) / calls)
    return {name: median(times) for name, times in samples.items()}


def settle() -> None:
    """Wait for the device."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def machine() -> str:
    """What was measured on, in words."""
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else f"{torch.get_num_threads()} CPU threads"
    return f"torch {torch.__version__}, {where}"
