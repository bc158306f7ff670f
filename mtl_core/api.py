"""Train a study, or look one up, in one call."""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtl_core.diagnostics.inside import Inside
from mtl_core.diagnostics.result import Result
from mtl_core.errors import SpecError, StoreError, WorkerError, shown
from mtl_core.execution.here import Progress, train_here
from mtl_core.exporting.written import written
from mtl_core.records import Moment
from mtl_core.spec import BACKBONES, Study
from mtl_core.spec.choice import choose
from mtl_core.spec.option import check_options
from mtl_core.spec.pretrained import Pretrained
from mtl_core.spec.settings import PRETRAINING
from mtl_core.spec.study import choose_suite
from mtl_core.spec.together import fitting
from mtl_core.store import Store, open_store
from mtl_core.store.address import user_folder
from mtl_core.suites import load_suite

if TYPE_CHECKING:
    import pandas as pd

    from mtl_core.training.trained import Answered

__all__ = ["inside", "load", "load_suite", "predict", "pretrain", "run", "save_model", "table"]

Place = Store | str | os.PathLike[str]
"""An open store, its URL, or the path of its file."""


def run(study: Study, store: Place | None = None, progress: Progress | None = None) -> Result:
    """Train a study and return what it found.

    Args:
        study: what to train.
        store: where to keep it. None trains in this process and keeps nothing. With a store, a study that is finished there
            is not trained again, one that another process is training is waited for, and any other is trained here: one
            that was paused and left so, and one whose process gave no sign of life for a lease, among them.
        progress: called with the steps done and all steps.

    Returns:
        The result. Its ``state`` is ``stopped`` if somebody stopped the study meanwhile.

    Raises:
        DataError: the suite's data cannot be learned from.
        SpecError: a device or size that this machine does not have.
        StoreError: the store cannot be read or written.
        WorkerError: the study failed; the message has the reason.
    """
    if store is None:
        return _run_here(study, progress)
    with opened(store) as held:
        return run_kept(held, held.add(study), progress, threading.Event())


def run_kept(store: Store, study_id: str, progress: Progress | None, training: threading.Event) -> Result:
    """Train a study that a store has, or wait for whoever trains it.

    Args:
        store: where it is kept.
        study_id: its id there.
        progress: as for ``run``.
        training: set while this very process trains it.

    Raises:
        As ``run`` does.
    """
    info = train_here(store, study_id, progress, training)
    if info.state == "failed":
        raise WorkerError(f"study {study_id} failed: {info.reason}")
    return load(study_id, store)


def load(study_id: str, store: Place | None = None, probe: bool = False) -> Result:
    """What a study in a store has found so far.

    Args:
        study_id: its id.
        store: where it is kept; None for ``$SEESAW_STORE`` or the file in the user's data folder.
        probe: whether heads for all tasks are fitted to the kept networks of each task alone, for ``Result.affinity``: takes
            seconds.

    Raises:
        UnknownStudyError: no such study.
        StoreError: the study has not begun, the store cannot be read, or there are no kept networks to probe.
        DataError: there are no data any more to probe them with.
    """
    with opened(store) as held:
        info = held.get(study_id)
        layout = held.layout(study_id)
        if layout is None:
            reason = f" ({info.reason})" if info.reason else ""
            raise StoreError(f"study {study_id} was expected to have begun and is {info.state}{reason}; train it first.")
        records, _ = held.read(study_id)
        if probe:
            from mtl_core.execution.probing import probe as fitted

            records.append(fitted(held, study_id))
        return Result(info.study, layout, records, info.state, info.id)


def save_model(
    study_id: str,
    folder: str | os.PathLike[str] | None = None,
    label: str | None = None,
    *,
    seed: int | None = None,
    task: str | None = None,
    format: str = "onnx",
    at: Moment | None = None,
    preference: Sequence[float] | None = None,
    store: Place | None = None,
) -> list[Path]:
    """Write the trained network of one run into a folder, for use without Seesaw; returns the files.

    Beside the network are ``preprocessing.json``, which says how inputs are made and answers are read, and a model card,
    ``README.md``. The file's answers to the test split are compared with those of the trained model before it is written.

    Args:
        study_id: the id of a study that is finished.
        folder: where to, made if need be; None for one named like the id and the run.
        label: whose run: one of the ``label`` column of ``runs``; None where there is but one beside the single tasks.
        seed: one of the study's; None for its first.
        task: the one task that is wanted, with what it alone needs; None for all that the run has learned.
        format: ``onnx`` (needs the extra ``export``), ``torch`` (an exported program) or ``safetensors`` (values by their
            names, with words on the architecture).
        at: the parameters of which moment: ``best`` validation step or ``end``; None for the study's own ``test_at``.
        preference: of a strategy for all weightings, a weight a task; None for the equal one.
        store: where the study is kept; as for ``load``.

    Raises:
        UnknownStudyError: no such study.
        StoreError: no trained parameters were kept.
        SpecError: no such run, task or format, one that cannot be written so, or a folder that cannot be written.
        DataError: the suite's files are not there any more.
    """
    from mtl_core.execution.predicting import choose_run, in_hand, only_label
    from mtl_core.exporting.models import files  # loads torch

    with opened(store) as held:
        result = load(study_id, held)
        run = choose_run(result.layout, label or only_label(result.layout), seed)
        moment = at or result.study.test_at
        trained = in_hand(held, study_id, run.index, moment)
        contents = files(result, trained, moment, format, task, preference, altered=held.get(study_id).altered)
    places = [each.name for each in result.layout.tasks]
    named = f"{result.id}-run-{run.index}" + (f"-task-{places.index(task) + 1}" if task in places else "")
    return written(folder or named, contents)


def pretrain(
    suite: Any, corpus: str = "own", backbone: Any = None, progress: Progress | None = None, **settings: Any
) -> Pretrained:
    """Let the backbone of a suite of texts learn to tell hidden words, before any task; kept in the user's data folder, and
    found there when the same is asked for again.

    Args:
        suite: a name of ``SUITES`` or a mapping with options, of texts.
        corpus: what is read: ``own`` text of the suite, those without a label among it; ``general`` text; or the path of a
            file in UTF-8.
        backbone: a name of ``BACKBONES`` or a mapping; None for the first that reads texts. Studies that start from it have
            the same.
        progress: called with the steps done and all steps.
        settings: ``steps``, ``batch_size``, ``learning_rate`` and ``seed``.

    Returns:
        What was learned; a study starts from its ``id``.

    Raises:
        SpecError: a suite or backbone that reads no texts, or a setting out of bounds.
        DataError: the texts cannot be read, or the result cannot be kept.

    Example:
        >>> trunk = pretrain("phrases", steps=300)  # doctest: +SKIP
        >>> study = Study(suite="phrases", start=trunk.id)  # doctest: +SKIP
    """
    from mtl_core.training import pretraining  # these load torch
    from mtl_core.training.devices import resolve

    chosen = choose_suite(suite)
    with_what = choose("backbone", BACKBONES, fitting(chosen.name) if backbone is None else backbone)
    checked = pretraining.Settings(**check_options(PRETRAINING, settings, "pretraining"))
    return pretraining.pretrain(chosen, corpus, with_what, checked, resolve("auto"), progress)


def table(frame: "pd.DataFrame", targets: Sequence[str], **options: Any) -> dict[str, Any]:
    """A DataFrame as a suite. It is written once, as Parquet under its content's hash in the user's data folder.

    Args:
        frame: a row an example. An index with a name becomes a column.
        targets: the names of the columns to predict.
        options: further options of the ``csv`` suite, such as ``inputs`` or ``split``.

    Returns:
        What a study takes as its ``suite``.

    Raises:
        SpecError: no DataFrame.
        DataError: it cannot be written.

    Example:
        >>> study = Study(suite=table(frame, ["price", "colour"], split="stratified"))  # doctest: +SKIP
    """
    from mtl_core.suites.csv_file import keep_frame  # loads pandas

    if not hasattr(frame, "reset_index") or not hasattr(frame, "columns"):
        raise SpecError(f"a pandas DataFrame was expected, found {shown(frame)}; give the path of a file to the 'csv' suite.")
    return {"name": "csv", "path": str(keep_frame(frame, user_folder() / "tables")), "targets": list(targets)} | options


def predict(
    study_id: str,
    given: Mapping[str, Any],
    label: str,
    seed: int | None = None,
    tasks: Sequence[str] | None = None,
    at: Moment | None = None,
    store: Place | None = None,
) -> "Answered":
    """What a run of a finished study answers, from the parameters that were kept of it.

    Args:
        study_id: the study's id.
        given: ``{"example": 1}``, an example of the test split, or what the suite takes: ``text`` and ``question``,
            ``drawings``, ``picture``, ``row``, ``sound`` or ``smiles``; see ``mtl_core.suites.intake``.
        label: the run's, such as ``equal`` or ``left alone``.
        seed: the run's; None for the first.
        tasks: the tasks that are asked; None for all that the run has learned.
        at: ``best`` or ``end``; None for the study's own choice.
        store: where the study is kept, as for ``load``.

    Returns:
        ``replies`` by task, each with ``words``, ``probability``, ``choices``, ``marks`` and ``values``; and ``seconds``.

    Raises:
        UnknownStudyError, StoreError: no such study, or nothing was kept of it.
        SpecError, DataError: no such run or task, or what is given cannot be read.
    """
    from mtl_core.execution.predicting import predict as asked

    with opened(store) as held:
        ((_, answered),) = asked(held, study_id, [given], label, seed, tasks, at)
        return answered


def inside(
    study_id: str, label: str | None = None, seed: int | None = None, at: Moment | None = None, store: Place | None = None
) -> Inside:
    """Which unit of a run's network serves whom, what each stage tells, and how alike each task's own one is. Takes seconds.

    Args:
        study_id: the id of a study that is finished.
        label: the run's, such as ``equal``; None where there is one alone beside the single tasks.
        seed: the run's; None for the first.
        at: ``best`` or ``end``; None for the study's own choice.
        store: where the study is kept, as for ``load``.

    Returns:
        The tables ``units``, ``leaning``, ``probes`` and ``similar``.

    Raises:
        UnknownStudyError, StoreError: no such study, or nothing was kept of it.
        SpecError: no such run, or it diverged.
        DataError: the suite's files are not there any more.
    """
    from mtl_core.execution.inside import inside as found
    from mtl_core.execution.predicting import choose_run, layout_of, only_label

    with opened(store) as held:
        layout = layout_of(held, study_id)
        return Inside(found(held, study_id, choose_run(layout, label or only_label(layout), seed).index, at))


@contextmanager
def opened(store: Place | None) -> Iterator[Store]:
    """The store itself; one that was opened for this is closed afterwards."""
    if isinstance(store, Store):
        yield store
        return
    with open_store(store) as held:
        yield held


def _run_here(study: Study, progress: Progress | None) -> Result:
    from mtl_core.training.trainer import Trainer  # loads torch, which looking at a study does not need

    trainer = Trainer(study)
    records = []
    while not trainer.finished:
        records += trainer.advance()
        if progress is not None:
            progress(trainer.step, trainer.total)
    return Result(study, trainer.layout, [*records, *trainer.flush()], "finished")
