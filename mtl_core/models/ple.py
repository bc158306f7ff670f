"""Progressive layered extraction: experts of single tasks beside shared ones, level by level."""

from mtl_core.models.experts import Experts
from mtl_core.models.model import Setting


class Extraction(Experts):
    """Level by level, ``x_t <- sum of own and shared experts, weighed by gate t on x_t`` and, below the last level, ``x_s <-
    sum of all experts, weighed by the shared gate on x_s`` (Tang et al. 2020).

    Trunk: the shared experts, the shared gates and, since the shared gate hears them, the tasks' own experts below the last
    level, with the gates two levels or more below it. Own: the own experts of the last level and the gates that only feed them.

    One level is ``cgc``; without own experts one level is ``mmoe``; without shared experts and with one own expert it is
    ``single_task``.

    Deviations: gates have a bias. Cost: ``shared + T per_task`` backbones, each expert once for all tasks.
    """


def ple(setting: Setting, shared: int, per_task: int, levels: int) -> Extraction:
    """Progressive layered extraction; see ``Extraction``."""
    return Extraction(setting, shared, per_task, levels)


def cgc(setting: Setting, shared: int, per_task: int) -> Extraction:
    """Customised gate control: extraction in one level; see ``Extraction``."""
    return Extraction(setting, shared, per_task)
