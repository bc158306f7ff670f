"""Walks over landscapes, computed in a process of their own beside the server. Reads without torch."""

import json
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from contextlib import suppress
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from mtl_core.errors import StoreError, WorkerError
from mtl_core.spec.landscapes import Walk
from mtl_core.store import Store

PATIENCE = 120.0
"""Seconds that one walk may take."""

IDLE = 300.0
"""Seconds after its last answer for which the process is kept."""

REMEMBERED = 16
"""Pictures kept in memory."""

Arrays = dict[str, np.ndarray[Any, Any]]


class Sketcher:
    """Gives the pictures of walks: from memory, from the store, or newly computed, one at a time.

    The store is only a cache here: one that cannot be read or written slows things down and stops nothing.

    Args:
        store: keeps pictures between servers.
        patience: seconds that one walk may take.
        idle: seconds for which the computing process is kept without work; starting it again costs one or two.
    """

    def __init__(self, store: Store, patience: float = PATIENCE, idle: float = IDLE) -> None:
        self._store, self._patience, self._idle = store, patience, idle
        self._memory: OrderedDict[str, Arrays] = OrderedDict()
        self._process: subprocess.Popen[bytes] | None = None
        self._leaving: threading.Timer | None = None
        self._turn = threading.Lock()

    def picture(self, walk: Walk) -> Arrays:
        """The picture of a walk; see ``mtl_core.landscapes.picture``.

        Raises:
            WorkerError: the computing process could not be started, died, or took too long.
        """
        known = self._memory.get(walk.id) or self._stored(walk.id)
        if known is not None:
            return self._remember(walk.id, known)
        with self._turn:
            # Whoever waited for the same picture finds it made.
            known = self._memory.get(walk.id) or self._stored(walk.id)
            if known is not None:
                return self._remember(walk.id, known)
            payload = self._ask(walk)
            with suppress(StoreError):
                self._store.keep_landscape(walk.id, payload)
            return self._remember(walk.id, load(payload))

    def knows(self, walk: Walk) -> bool:
        """Whether the picture is there without computing."""
        return walk.id in self._memory or self._stored(walk.id) is not None

    def close(self) -> None:
        """Let the computing process end."""
        with self._turn:
            self._let_go()

    def _remember(self, walk_id: str, arrays: Arrays) -> Arrays:
        self._memory[walk_id] = arrays
        self._memory.move_to_end(walk_id)
        while len(self._memory) > REMEMBERED:
            with suppress(KeyError):
                self._memory.popitem(last=False)
        return arrays

    def _stored(self, walk_id: str) -> Arrays | None:
        with suppress(StoreError, SafetensorError):
            payload = self._store.landscape(walk_id)
            return None if payload is None else load(payload)
        return None

    def _ask(self, walk: Walk) -> bytes:
        if self._leaving is not None:
            self._leaving.cancel()
        process = self._running()
        late = threading.Timer(self._patience, process.kill)
        late.start()
        try:
            answer = _exchange(process, json.dumps(walk.to_dict()).encode() + b"\n")
        except OSError:
            answer = b""
        finally:
            late.cancel()
        if not answer:
            self._let_go()
            raise WorkerError(
                f"the walk gave no answer within {self._patience:g} s, or its process was ended; try fewer steps or methods."
            )
        self._leaving = threading.Timer(self._idle, self.close)
        self._leaving.daemon = True
        self._leaving.start()
        if answer[:1] == b"\0":
            raise WorkerError(f"the walk could not be computed ({answer[1:].decode()}); try another step size or other starts.")
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._let_go()
            command = [sys.executable, "-m", "mtl_core.landscapes"]
            try:
                # A session of its own keeps a Ctrl-C in the terminal from it; it ends when its input does.
                self._process = subprocess.Popen(  # noqa: S603 - this interpreter and our own module
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
                    start_new_session=sys.platform != "win32",
                )
            except OSError as error:
                raise WorkerError(f"the process that computes landscapes could not be started ({error}).") from error
        return self._process

    def _let_go(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        if self._process is not None:
            with suppress(OSError, subprocess.TimeoutExpired):
                self._process.communicate(timeout=5)
            self._process.kill()
            self._process.wait()
            self._process = None


def _exchange(process: subprocess.Popen[bytes], question: bytes) -> bytes:
    """The answer to one question; empty where the process ended instead."""
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
    process.stdin.write(question)
    process.stdin.flush()
    length = process.stdout.read(4)
    return process.stdout.read(int.from_bytes(length, "big")) if len(length) == 4 else b""
