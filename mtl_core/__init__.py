"""Seesaw's training core: many multi-task runs as one tensor program, and what they say about sharing.

    >>> import mtl_core as mtl
    >>> study = mtl.Study(suite="digits_pair", methods=["equal", "pcgrad"], seeds=5, steps=300)
    >>> result = mtl.run(study)  # doctest: +SKIP
    >>> result.transfer  # doctest: +SKIP

Names are loaded on first use, so that importing the package costs nothing and needs no torch.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# GNU OpenMP's threads wait for each other by spinning. Where another program wants the cores (a browser drawing curves, say)
# each of some hundred short parallel regions a step then lasts a time slice. Spinning for some microseconds and sleeping then
# keeps the speed of idle cores: two cores, 60 small runs, 4 ms a step idle and 10 busy, against 4 and several hundred.
# Read when torch is first loaded, so it stands here; a person's own setting is kept.
os.environ.setdefault("GOMP_SPINCOUNT", "5000")

if TYPE_CHECKING:  # `as` exports a name to type checkers, which cannot follow the table below
    from mtl_core import balancing as balancing, landscapes as landscapes
    from mtl_core.api import (
        inside as inside,
        load as load,
        load_suite as load_suite,
        predict as predict,
        pretrain as pretrain,
        run as run,
        save_model as save_model,
        table as table,
    )
    from mtl_core.diagnostics.cost import Estimate as Estimate, estimate as estimate
    from mtl_core.diagnostics.inside import Inside as Inside
    from mtl_core.diagnostics.result import Result as Result
    from mtl_core.errors import (
        CheckpointError as CheckpointError,
        DataError as DataError,
        NotAllowedError as NotAllowedError,
        SeesawError as SeesawError,
        SpecError as SpecError,
        StoreError as StoreError,
        StoreFullError as StoreFullError,
        StoreUnavailableError as StoreUnavailableError,
        StoreVersionError as StoreVersionError,
        UnknownStudyError as UnknownStudyError,
        WorkerError as WorkerError,
    )
    from mtl_core.exporting.command import command as command, snippet as snippet
    from mtl_core.exporting.formats import save as save
    from mtl_core.spec import (
        BACKBONES as BACKBONES,
        KINDS as KINDS,
        METHODS as METHODS,
        OPTIMIZERS as OPTIMIZERS,
        OPTIONS as OPTIONS,
        STRATEGIES as STRATEGIES,
        SUITES as SUITES,
        Choice as Choice,
        Run as Run,
        Study as Study,
        grid as grid,
        plan as plan,
    )
    from mtl_core.spec.extension import with_points as with_points, with_seeds as with_seeds
    from mtl_core.store import Store as Store, open_store as open_store
    from mtl_core.suites.suite import Suite as Suite, Task as Task

_HOMES = {
    "mtl_core": ("balancing", "landscapes"),
    "mtl_core.api": ("inside", "load", "load_suite", "predict", "pretrain", "run", "save_model", "table"),
    "mtl_core.diagnostics.cost": ("Estimate", "estimate"),
    "mtl_core.diagnostics.inside": ("Inside",),
    "mtl_core.diagnostics.result": ("Result",),
    "mtl_core.errors": (
        "CheckpointError",
        "DataError",
        "NotAllowedError",
        "SeesawError",
        "SpecError",
        "StoreError",
        "StoreFullError",
        "StoreUnavailableError",
        "StoreVersionError",
        "UnknownStudyError",
        "WorkerError",
    ),
    "mtl_core.exporting.command": ("command", "snippet"),
    "mtl_core.exporting.formats": ("save",),
    "mtl_core.spec": (
        *("BACKBONES", "KINDS", "METHODS", "OPTIMIZERS", "OPTIONS", "STRATEGIES", "SUITES"),
        *("Choice", "Run", "Study", "grid", "plan"),
    ),
    "mtl_core.spec.extension": ("with_points", "with_seeds"),
    "mtl_core.store": ("Store", "open_store"),
    "mtl_core.suites.suite": ("Suite", "Task"),
}

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOME_OF[name]
    return import_module(f"mtl_core.{name}") if home == __name__ else getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
