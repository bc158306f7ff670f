"""What training reports: blocks of dense arrays."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

RecordKind = Literal[
    "evaluation",
    "steps",
    "conflict",
    "affinity",
    "status",
    "jackknife",
    "structure",
    "timing",
    "front",
    "answers",
    "wholes",
    "change",
    "probe",
    "inner",
]
"""What a record tells of."""


@dataclass(frozen=True)
class Record:
    """A block of numbers about some of a study's runs. ``step`` is the last step that it tells of.

    ``arrays`` always has ``run`` ``(r,)`` int32, the runs' places in the study, and by kind, with T tasks, M metrics, L
    layers (the whole trunk, then each stage) and Q task pairs in ``itertools.combinations`` order. Numbers of a run are NaN
    once it has diverged, and those of a task that it does not train always:

    ============== =====================================================================================================
    ``evaluation`` ``train``, ``validation``, ``test`` (those that were read) ``(r, T, M)``; metric order is the task's own,
                   NaN beyond its end or where no label is
    ``steps``      ``steps`` ``(K,)``, ``losses`` and ``weights`` ``(K, r, T)``, ``update_norm`` and ``unexplained``
                   ``(K, r)``: batch losses (NaN for a task without a label in the batch), effective weights, norm of the
                   combined trunk gradient; ``penalty.<name>`` ``(K, r)`` of strategies that have penalties
    ``conflict``   ``steps`` ``(K,)``, ``cosine`` and ``magnitude_similarity`` ``(K, r, L, Q)``, ``norms`` ``(K, r, L, T)``
    ``affinity``   of runs with equal weights, where it was asked for: ``steps`` ``(K,)``, ``affinity`` ``(K, r, T, T)``: the
                   share of the column's batch loss that a plain gradient step of the row's task on the trunk takes away; NaN
                   where either has no label in the batch
    ``status``     ``diverged_step`` and ``diverged_task`` ``(r,)`` int32, -1 for runs that are well; where only the
                   gradient of the weighted sum stopped being finite, the task is the sum's largest term
    ``jackknife``  ``end`` and ``best`` ``(r, T, M, 1 + K)``: test metrics after the last step and at each run's best
                   validation step, on the whole test split, then without the k-th of K parts of it; ``chance``
                   ``(r, T, M)``: test metrics of the best answer that looks at no input; ``examples`` ``(r, T)``: test
                   examples with a label
    ``structure``  the traces of a strategy's model, by the names in its layout, each ``(r, ...)``; runs of one strategy
    ``front``      of strategies that serve all weightings: ``points`` ``(V, T)`` on the simplex, ``validation`` and ``test``
                   ``(r, V, T, M)``: the metrics when each is asked for
    ``timing``     ``seconds_per_step`` ``(r,)`` forward and backward pass of a batch, for one run by itself;
                   ``latency`` ``(r,)`` seconds from one example to all its answers
    ``answers``    what the watched runs say of the layout's examples: ``answer`` ``(r, T, N)`` class ids, or values in
                   their own units; ``certainty`` ``(r, T, N)`` the probability of that class, NaN for values
    ``wholes``     of one run what it says of them where that is more than a class or a number: by the name of each such task
                   that it trains ``(1, N, ...)``, as ``mtl_core.suites.wholes.whole`` has it; none once it has diverged
    ``change``     ``learning_rate`` ``(r,)`` or ``weights`` ``(r, T)``: what was set by hand after ``step`` updates, of runs
                   that go on with it; or ``along`` ``(r, T)`` and ``updates`` ``(r,)``: the weights that they follow for so
                   many updates from there on, in place of their methods'
    ``probe``      of networks of the tasks alone, worked out on request and not stored: ``probe`` ``(r, T, M)`` validation
                   metrics of heads fitted to their frozen trunks, ``own`` ``(r, T, M)`` of their own trained head
    ``inner``      of the layout's ``inner`` runs, which nothing else tells of: ``validation`` ``(r, T, M)`` on the run's fold
                   and ``besides`` the same on the other that it is trained without
    ============== =====================================================================================================
    """

    kind: RecordKind
    step: int
    arrays: dict[str, npt.NDArray[Any]]


def steps_of(record: Record) -> npt.NDArray[np.int32]:
    """The steps that a block tells of: its own ``steps`` axis, or its one step."""
    return record.arrays.get("steps", np.array([record.step], dtype=np.int32))
