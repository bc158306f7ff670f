"""Trains one claimed study in this process and obeys what people ask of it."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from mtl_core.errors import CheckpointError, SeesawError, SpecError, StoreError, UnknownStudyError, shown
from mtl_core.execution.extension import numbered, trained_before
from mtl_core.execution.journal import Journal
from mtl_core.execution.pulse import Pulse
from mtl_core.records import Record
from mtl_core.spec import Study
from mtl_core.store import Checkpoint, Command, State, Store
from mtl_core.suites.cache import telling
from mtl_core.training.trainer import Trainer

POLL = 0.05
"""Seconds between two looks at the commands."""

FLUSH = 0.2
"""Seconds between two batches of records; live curves move this often."""

CHECKPOINT = 10.0
"""Seconds between two checkpoints, at least; more where they take long, so that they cost at most a twentieth."""

_log = logging.getLogger(__name__)


def execute(
    store: Store,
    study_id: str,
    worker: str,
    progress: Callable[[int, int], None] | None = None,
    *,
    device: str | None = None,
    leave: threading.Event | None = None,
) -> State | None:
    """Train a study that ``worker`` has claimed until it ends, is stopped, is let go, or is taken away.

    Commands are read every ``POLL`` seconds. ``pause`` keeps the worker until another study waits for it; ``step`` trains one
    step, or so many ``times``, and pauses. What is asked between a checkpoint and a crash is done again after the resume, and
    nothing before it.

    Args:
        store, study_id, worker: what to train and in whose name.
        progress: called with (step, total) after each batch of records.
        device: where to train a study that leaves it open (``auto`` or ``cuda``).
        leave: once set, the study is kept at a checkpoint and queued again.

    Returns:
        The state it was left in; None when it was deleted or given to another worker meanwhile.

    Raises:
        Exception: what training raised, after the study was marked failed with the reason.
        StoreUnavailableError: the store stayed away; the study goes on from its checkpoint once its lease is over.
    """
    journal = Journal(store, study_id, worker)
    try:
        with Pulse(store, study_id, worker):
            execution = Execution(journal, device, progress, leave or threading.Event())
            try:
                return execution.run()
            except StoreError:
                raise
            except KeyboardInterrupt:
                execution.interrupt()
                raise
            except Exception as error:
                execution.fail(str(error) if isinstance(error, SeesawError) else f"{type(error).__name__}: {error}")
                raise
    except UnknownStudyError as error:
        _log.info("%s", error)
        return None


class Execution:
    """One study on its way. See ``execute``."""

    def __init__(
        self,
        journal: Journal,
        device: str | None,
        progress: Callable[[int, int], None] | None,
        leave: threading.Event,
    ) -> None:
        self._journal, self._device, self._progress, self._leave = journal, device, progress, leave
        self._trainer: Trainer | None = None
        self._last_command, self._paused, self._steps, self._stop = 0, False, 0, False
        self._seconds, self._told = 0.0, False
        self._polled = self._flushed = self._queue_checked = 0.0
        self._saved, self._interval = time.monotonic(), CHECKPOINT

    def run(self) -> State | None:
        """From the last checkpoint, or the beginning, to the end."""
        with telling(self._reading):
            trainer = self._trainer = self._open()
        if self._told:
            self._journal.state("running")
        self._journal.store.set_layout(self._journal.study_id, trainer.layout)
        self._journal.write(trainer.step, trainer.total, self._seconds)
        if self._paused:
            self._journal.state("paused")
        while not trainer.finished:
            self._obey(trainer)
            if self._stop:
                return self._conclude(trainer)
            if self._leave.is_set():
                return self._let_go(trainer)
            if self._paused and not self._steps:
                if self._others_wait():
                    return self._let_go(trainer)
                self._leave.wait(POLL / 2)
                continue
            self._advance(trainer)
        self._flush(trainer)
        self._journal.state("finished")
        return "finished"

    def interrupt(self) -> None:
        """The person who trains in this process pressed Ctrl-C: keep what there is and count the study as stopped."""
        self._progress = None  # whoever watched is no longer to be called
        if self._trainer is not None:
            # Without a checkpoint: the interruption may have come in the middle of a step.
            self._finish_early(self._trainer)
        self._journal.state("stopped", "it was interrupted.")

    def fail(self, reason: str) -> None:
        """Keep what there is and mark the study failed."""
        self._progress = None
        if self._trainer is not None:
            # The reason matters more than the last steps, and what broke may break again here.
            with suppress(Exception):
                self._flush(self._trainer)
        self._journal.state("failed", reason)

    def _open(self) -> Trainer:
        study = self._study = self._journal.store.get(self._journal.study_id).study
        device = self._device if study.device in ("auto", "cuda") else None
        point = self._journal.store.checkpoint(self._journal.study_id)
        if point is not None:
            try:
                trainer = Trainer(study, point.payload, device, self._journal.study_id)
            except CheckpointError as error:
                _log.warning("%s goes back to its beginning: %s", self._journal.study_id, error)
            else:
                self._go_on(point)
                return trainer
        self._journal.rewind(0, 0, 0.0)
        before = trained_before(self._journal.store, study)
        trainer = Trainer(study, device=device, study_id=self._journal.study_id, done=before.runs)
        self._journal.add(before.records)
        self._journal.keep_models(numbered(before.models, trainer.waves * len(trainer.layout.models)))
        return trainer

    def _reading(self, share: float) -> None:
        """Say how far the examples are, where making their features takes long."""
        self._journal.state("running", f"making the examples ready: {100 * share:.0f} %.")
        self._told = True

    def _go_on(self, point: Checkpoint) -> None:
        self._journal.rewind(point.cursor, point.step, point.seconds)
        self._last_command, self._paused, self._seconds = point.commands, point.paused, point.seconds

    def _advance(self, trainer: Trainer) -> None:
        self._collect(trainer.advance)
        self._journal.keep_models(trainer.take_models())
        if self._steps:
            self._steps -= 1
            if not self._steps:
                self._keep(trainer)
                return
        now = time.monotonic()
        if now - self._flushed >= FLUSH:
            self._flush(trainer)
        if now - self._saved >= self._interval:
            self._keep(trainer)

    def _collect(self, work: Callable[[], list[Record]]) -> None:
        started = time.perf_counter()
        self._journal.add(work())
        self._seconds += time.perf_counter() - started

    def _flush(self, trainer: Trainer) -> None:
        self._collect(trainer.flush)
        self._write(trainer)

    def _write(self, trainer: Trainer) -> None:
        self._journal.write(trainer.step, trainer.total, self._seconds)
        self._flushed = time.monotonic()
        if self._progress is not None:
            self._progress(trainer.step, trainer.total)

    def _keep(self, trainer: Trainer) -> bool:
        """Flush, then a checkpoint: what was recorded belongs before it."""
        started = time.monotonic()
        self._flush(trainer)
        kept = self._journal.save(trainer.step, trainer.checkpoint(), self._last_command, self._paused, self._seconds)
        self._saved = time.monotonic()
        self._interval = max(CHECKPOINT, 20 * (self._saved - started))
        return kept

    def _conclude(self, trainer: Trainer) -> State:
        # The metrics of an early end come after the checkpoint, so they go if the study is taken up again.
        self._keep(trainer)
        self._finish_early(trainer)
        self._journal.state("stopped")
        return "stopped"

    def _finish_early(self, trainer: Trainer) -> None:
        self._collect(trainer.conclude)
        self._write(trainer)

    def _let_go(self, trainer: Trainer) -> State:
        self._keep(trainer)
        self._journal.give_back()
        return "paused" if self._paused else "queued"

    def _others_wait(self) -> bool:
        """Whether another study waits for this worker, looked up once a second."""
        now = time.monotonic()
        if now - self._queue_checked < 1:
            return False
        self._queue_checked = now
        return self._journal.store.waiting() > 0

    def _obey(self, trainer: Trainer) -> None:
        now = time.monotonic()
        if now - self._polled < POLL:
            return
        self._polled = now
        for command in self._journal.commands(self._last_command):
            self._last_command = command.id
            self._follow(command, trainer)
            if self._stop:
                return

    def _follow(self, command: Command, trainer: Trainer) -> None:
        match command.name:
            case "stop":
                self._stop = True
            case "pause" | "step":
                if not self._paused:
                    self._paused = True
                    self._flush(trainer)
                    self._journal.state("paused")
                    self._keep(trainer)
                if command.name == "step" and self._tune(command, trainer):
                    self._steps += command.arguments.get("times", 1)
            case "resume":
                self._steps = 0
                if self._paused:
                    self._paused = False
                    self._journal.state("running")
            case _:
                self._tune(command, trainer)

    def _tune(self, command: Command, trainer: Trainer) -> bool:
        """Change what the runs do, where a command asks for that; False, after saying why, where it was refused."""
        try:
            self._set(command, trainer)
        except (SeesawError, TypeError, KeyError) as error:
            self._journal.state("paused" if self._paused else "running", f"{command.name} was refused: {error}")
            self._keep(trainer)  # whoever looks waits until the checkpoint knows the command
            return False
        if command.name != "step" or "along" in command.arguments:
            self._journal.store.mark_altered(self._journal.study_id)
            # A resume must find the change at the step at which it was made.
            self._keep(trainer)
        return True

    def _set(self, command: Command, trainer: Trainer) -> None:
        """Raises SpecError for a value that no study may have; the study's own bounds decide."""
        label = command.arguments.get("label")
        if command.name == "set_weights":
            asked = Study.from_dict(self._study.to_dict() | {"weights": [command.arguments["weights"]]})
            trainer.set_weights(asked.weights[0], label)
        elif command.name == "step":
            times = command.arguments.get("times", 1)
            if type(times) is not int or times < 1:
                raise SpecError(f"times must be a whole number from 1 on, found {shown(times)}.")
            if "along" in command.arguments:
                asked = Study.from_dict(self._study.to_dict() | {"weights": [command.arguments["along"]]})
                trainer.step_along(asked.weights[0], times, label, after=self._steps)
        else:
            asked = Study.from_dict(self._study.to_dict() | {"learning_rate": command.arguments["value"]})
            trainer.set_learning_rate(asked.learning_rate, label)
