"""A sentence whose words a pretrained encoder reads, at the moment it is given."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mtl_core.suites.encoder import embedded, weights_of
from mtl_core.suites.folder import fingerprint
from mtl_core.suites.intake.intake import Inputs
from mtl_core.suites.intake.text import TextIntake
from mtl_core.suites.suite import Suite, hash_of
from mtl_core.suites.text import Row


class EncodedIntake(TextIntake):
    """Takes what ``TextIntake`` takes; each word becomes the encoder's state of it, so that none is unknown.

    Args:
        suite: whose inputs are such states.
        pattern: as there.
        files: tells where the encoder's are, as they were when the suite was made; raises DataError where they are not.
    """

    def __init__(self, suite: Suite, pattern: str, files: Callable[[], Sequence[Path]]) -> None:
        super().__init__(suite, pattern)
        self._files = files

    def encoded(self, rows: Sequence[Row]) -> Inputs:
        """``(n, places, D)`` the states; raises as ``mtl_core.suites.encoder.embedded``."""
        return embedded(rows, self._files(), self._places)

    def unknown(self, _said: Inputs) -> list[int]:
        """None."""
        return []

    def tell(self) -> dict[str, Any]:
        """See ``TextIntake.tell``; in place of numbers of words the ``encoder``: the ``name`` of its weights and their
        ``sha256``. A word is the mean of the last layer's states over its pieces; the mark before a question is ``[CLS]`` and
        that before its text ``[SEP]``."""
        told = super().tell()
        for name in ("words", "padding", "unknown", "mark"):
            del told[name]
        files = self._files()
        return told | {"encoder": {"name": weights_of(files), "sha256": fingerprint(files[1:2])}}

    def words_of(self, example: Inputs) -> list[str]:
        """See ``TextIntake.words_of``."""
        return self.suite.said.get(hash_of(example), "…").split(" ")
