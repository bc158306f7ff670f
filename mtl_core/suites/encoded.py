"""Suites of texts from files whose words may be read as the states of a pretrained encoder."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mtl_core.suites.arrays import make_suite
from mtl_core.suites.encoder import FILES, states, weights_of
from mtl_core.suites.folder import FileSource, read
from mtl_core.suites.intake.encoded import EncodedIntake
from mtl_core.suites.intake.text import TextIntake
from mtl_core.suites.suite import Split, Suite, Task, hash_of
from mtl_core.suites.text import Row


class EncodedSource(FileSource):
    """A source with the option ``encoder``; with it the encoder's files come last in ``files``."""

    def found(self, **options: Any) -> tuple[str, ...]:
        """See ``FileSource.found``: of an encoder also whose weights it has."""
        lines = super().found(**options)
        if not options.get("encoder"):
            return lines
        return (*lines, f"encoder: {weights_of(self._found(options)[-len(FILES) :])}")

    def sentences(self, suite: Suite, pattern: str, **options: Any) -> TextIntake:
        """How it takes a sentence: as numbers of its words, or as the encoder's states of them.

        Args:
            suite: loaded.
            pattern: what a word is.
            options: the suite's.
        """
        if suite.words:
            return TextIntake(suite, pattern)
        settled = options | {"encoder": True}
        return EncodedIntake(suite, pattern, lambda: self.checked(**settled)[-len(FILES) :])

    def with_encoder(self, sha256: str | None, **options: Any) -> tuple[tuple[bytes, ...], tuple[Path, ...]]:
        """What the suite's own files hold, and where the encoder's are, none without it; errors are those of ``contents``."""
        files, wanted = self.checked(sha256, **options), self.files(**options)
        own = len(wanted) - (len(FILES) if options["encoder"] else 0)
        contents = tuple(read(file, each.most) for file, each in zip(files[:own], wanted[:own], strict=True))
        return contents, files[own:]


def encoded_suite(
    name: str,
    tasks: tuple[Task, ...],
    splits: Sequence[tuple[Sequence[Row], Split]],
    files: Sequence[Path],
    places: int,
    notes: Sequence[str] = (),
) -> Suite:
    """The suite whose inputs are the encoder's states instead of numbers of words.

    Args:
        name, tasks, notes: the suite's.
        splits: the rows of each split, and the split with numbers of words.
        files: the encoder's.
        places: words of the longest row.
    """
    found: list[Split] = []
    said: dict[str, str] = {}
    for rows, split in splits:
        inputs = states(rows, files, places)
        inputs.setflags(write=False)
        found.append(replace(split, inputs=inputs))
        said |= {hash_of(example): " ".join(row.read) for row, example in zip(rows, inputs, strict=True)}
    return make_suite(name, tasks, found, notes, said=said)
