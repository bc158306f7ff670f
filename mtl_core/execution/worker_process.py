"""One place where a worker runs: starts it, sees it die, waits a little longer each time."""

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path

from mtl_core.errors import WorkerError
from mtl_core.suites.folder import ENVIRONMENT as DATA

BACKOFF = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds to wait before the first, second, ... restart in a row."""

HEALTHY = 30.0
"""Seconds after which a worker counts as well, and its next restart as a first one."""

LARGEST_LOG = 5_000_000


class WorkerProcess:
    """A worker process on a device, one after another.

    Args:
        url: of the store.
        log: the file that takes what the worker prints.
        device: where it trains; None for the best there is.
        module: the program: the worker that trains, or the one that answers.
    """

    def __init__(self, url: str, log: Path, device: str | None = None, module: str = "mtl_core.execution.worker") -> None:
        self.device, self._module = device, module
        self.name = ""
        self.deaths = 0
        self._url, self._log = url, log
        self._process: subprocess.Popen[bytes] | None = None
        self._born = self._due = 0.0
        self._folder: str | None = None

    @property
    def outdated(self) -> bool:
        """Whether a worker runs that reads files from another data folder than is named now."""
        return self._process is not None and self._folder != os.environ.get(DATA)

    @property
    def pid(self) -> int | None:
        """The process that runs, or None."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start a worker now.

        Raises:
            WorkerError: the system refuses.
        """
        self._folder = os.environ.get(DATA)
        self.name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        command = [sys.executable, "-m", self._module, "--with-parent", "--name", self.name]
        command += ["--device", self.device] if self.device else []
        # A group of its own keeps a Ctrl-C in the terminal from it: the supervisor ends it in good order.
        group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        try:
            self._turn_log()
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(  # noqa: S603 - this interpreter and our own module
                    command,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self.environment(),
                    start_new_session=sys.platform != "win32",
                    creationflags=group,
                )
        except OSError as error:
            self.deaths += 1
            self._wait()
            raise WorkerError(f"the training process could not be started ({error}); see {self._log}.") from error
        self._born = time.monotonic()

    def environment(self) -> dict[str, str]:
        """The worker's environment. It names the store, because a password in its URL would show in a command line."""
        return os.environ | {"SEESAW_STORE": self._url}

    def due(self) -> bool:
        """Whether there is no worker and it is time to start one."""
        return self._process is None and time.monotonic() >= self._due

    def death(self) -> str | None:
        """Why the worker ended, once for each that did; else None."""
        if self._process is None or (status := self._process.poll()) is None:
            return None
        self._forget()
        self.deaths = 1 if time.monotonic() - self._born > HEALTHY else self.deaths + 1
        self._wait()
        return _reason(status)

    def kill(self) -> None:
        """End the worker the hard way, now."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def ask_to_leave(self) -> None:
        """Let the worker put its study down and end; it sees its standard input closed."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()

    def end(self, patience: float) -> bool:
        """Wait for a worker that was asked to leave, and kill it when it does not; False when it had to be killed."""
        if self._process is None:
            return True
        try:
            self._process.wait(patience)
            return self._process.returncode == 0
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        finally:
            self._forget()

    def _forget(self) -> None:
        self.ask_to_leave()
        self._process = None

    def _wait(self) -> None:
        self._due = time.monotonic() + BACKOFF[min(self.deaths, len(BACKOFF)) - 1]

    def _turn_log(self) -> None:
        with suppress(OSError):  # another worker may hold it open; then it grows on
            if self._log.stat().st_size > LARGEST_LOG:
                self._log.replace(self._log.with_suffix(".log.1"))


def _reason(status: int) -> str:
    if status < 0:
        with suppress(ValueError):
            name = signal.Signals(-status).name
            return f"it was killed by {name}" + (" (often: the machine ran out of memory)" if name == "SIGKILL" else "")
    return f"it ended with status {status}"
