"""What a kind of task is."""

from abc import ABC, abstractmethod
from functools import cache

from torch import Tensor

from mtl_core.layers.stage import Stage
from mtl_core.spec.kinds import KINDS
from mtl_core.suites.suite import Task

Sums = dict[str, Tensor]
"""What is known of a split so far, each tensor with the run axis first."""


class Kind(ABC):
    """A kind of task, for R runs at once. Instances hold no state: what a task needs comes with the task.

    Metrics are read from sums, so that the outputs of a split need never be held together: ``init``, then ``add`` for each
    batch, then ``result``.
    """

    adds = False
    """Whether the sums of two batches, added, are those of both, so that a batch can be taken out again."""

    facts: frozenset[str] = frozenset()
    """The names of those sums that add up nothing: what the task says of itself, the same whatever was added."""

    @abstractmethod
    def head(self, task: Task, features: int) -> Stage:
        """The stage that turns ``(R, B, features)`` into the task's outputs; named like the task."""

    @abstractmethod
    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        """``(R, B)`` loss of every example, differentiable.

        Args:
            output: ``(R, B, ...)`` what the head answered.
            target: ``(R, B, ...)`` class ids or values.
        """

    @abstractmethod
    def answer(self, output: Tensor) -> tuple[Tensor, Tensor]:
        """``(R, B)`` what a person is told, a class id or a value, and ``(R, B)`` its probability, NaN where it has none.

        Args:
            output: as for ``losses``.
        """

    @abstractmethod
    def constant(self, task: Task, target: Tensor) -> Tensor:
        """``(...)`` the output, of one example, that knows the targets ``(N, ...)`` of the train split and looks at no input:
        what a task is measured from."""

    @abstractmethod
    def init(self, task: Task, like: Tensor) -> Sums:
        """The sums over no example. ``like`` ``(R,)`` gives runs, dtype and device of what is added up."""

    @abstractmethod
    def add(self, sums: Sums, output: Tensor, target: Tensor, observed: Tensor | None) -> Sums:
        """The sums with a batch more; the given ones are not changed in place.

        Args:
            sums: over the examples before.
            output, target: as for ``losses``.
            observed: ``(R, B)`` bool, where a label is known; None where all are.
        """

    @abstractmethod
    def result(self, sums: Sums) -> Tensor:
        """``(R, M)`` the task's metrics, in the order of the kind's table line; NaN where nothing is known.

        Args:
            sums: over all examples, and by the name ``loss`` their mean loss ``(R,)``, which whoever adds up knows anyway.
        """


@cache
def kind_of(name: str) -> Kind:
    """The code of a line of ``KINDS``."""
    kind: Kind = KINDS[name].load()()
    return kind
