"""A kept study, trained in this very process unless another one does."""

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable

from mtl_core.errors import SeesawError, WorkerError
from mtl_core.store import LEASE, TERMINAL, Store, StudyInfo

Progress = Callable[[int, int], None]
"""Called now and then with the steps done and all steps."""

_LOOK = 0.1
"""Seconds between two looks at a study that another process trains."""


def train_here(store: Store, study_id: str, progress: Progress | None, training: threading.Event) -> StudyInfo:
    """Train a study in this process, or wait for whoever trains it; returns how it ended.

    Args:
        store: where it is kept.
        study_id: its id there.
        progress: called with the steps done and all steps.
        training: set while this very process trains it.

    Raises:
        DataError, SpecError, StoreError, WorkerError: see ``mtl_core.run``.
    """
    worker = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    while (info := store.get(study_id)).state not in TERMINAL:
        # Whoever trained it and fell silent for a lease is not waited for: the claim takes the study from it.
        if info.state == "queued" or (info.silence or 0) > LEASE:
            _claim_and_train(store, info, worker, progress, training)
            continue
        if info.state == "paused" and info.worker is None:
            store.send(study_id, "resume")  # whoever paused it has gone, and nobody would ever go on
            continue
        if progress is not None and info.total:
            progress(info.step, info.total)
        time.sleep(_LOOK)
    return info


def _claim_and_train(store: Store, info: StudyInfo, worker: str, progress: Progress | None, training: threading.Event) -> None:
    # These load torch, which looking at a study does not need.
    from mtl_core.execution.execute import execute
    from mtl_core.training.devices import resolve

    device = str(resolve("auto")) if info.study.device == "auto" else info.study.device
    if store.claim(worker, device, info.id) is None:
        time.sleep(_LOOK)  # another process was faster
        return
    training.set()
    try:
        execute(store, info.id, worker, progress)
    except SeesawError:
        raise
    except Exception as error:
        raise WorkerError(f"study {info.id} failed: {type(error).__name__}: {error}") from error
    finally:
        training.clear()
