"""The data folder: files that a person has, named once for all suites. Nothing outside it is ever read."""

import gzip
import hashlib
import os
import zlib
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from mtl_core.errors import DataError, shown
from mtl_core.suites.suite import SuiteSource

ENVIRONMENT = "SEESAW_DATA"

_PATH = 300  # the end of a path tells more than its beginning

_NAME = 200  # bytes

_FILES = 50_000
"""The most files of a folder that stands for one."""


@dataclass(frozen=True)
class Wanted:
    """A file that a suite reads.

    Args:
        places: where it may lie, as paths in the data folder, the usual one first; each may also end with ``.gz``.
        most: the largest content in bytes, unpacked; a larger one is refused before it is read.
        folder: whether a folder may stand for it: what counts of one are the files that lie in it itself (``listed``).
        origin: where it comes from, in words; empty for where the suite's other files come from.
    """

    places: tuple[str, ...]
    most: int = 100_000_000
    folder: bool = False
    origin: str = ""


def data_folder() -> Path:
    """The folder that ``$SEESAW_DATA`` names.

    Raises:
        DataError: none is named, or what is named is no folder.
    """
    given = os.environ.get(ENVIRONMENT, "")
    if not given:
        raise DataError("this suite reads files from the data folder, and none is named; name one with --data or $SEESAW_DATA.")
    try:
        folder = Path(given).expanduser().resolve()
        there = folder.is_dir()
    except (OSError, ValueError, RuntimeError):  # a name too long, a zero character, the home of nobody
        there = False
    if not there:
        raise DataError(
            f"the data folder must be a folder, found none at {shown(given, _PATH)}; name another with --data or $SEESAW_DATA."
        )
    return folder


def check_name(name: str, option: str, what: str, example: str) -> None:
    """Raises DataError where what a person names is no plain name of a file or folder, and so might lead out of the folder.

    Args:
        name: as given.
        option, what: where it was given, and of what, for the message.
        example: a name that is one.
    """
    plain = name.isprintable() and not {"\\", ":"} & set(name) and all(part.strip(". ") for part in name.split("/"))
    if not plain or len(name.encode()) > _NAME:
        raise DataError(
            f"{option} must be the name of {what} in the data folder, such as {example}, found {shown(name)}; paths "
            "upward or from the root are not followed."
        )


def find(wanted: Wanted, origin: str) -> Path:
    """Where a file is.

    Args:
        wanted: which.
        origin: where the files of its suite come from, in words.

    Raises:
        DataError: it is not in the data folder, or is too large; the message says what to put where.
    """
    folder = data_folder()
    for place in (each + ending for each in wanted.places for ending in ("", ".gz")):
        file = (folder / place).resolve()
        if not file.is_file() and not (wanted.folder and file.is_dir()):
            continue
        if not file.is_relative_to(folder):
            raise DataError(f"{place} must lie in the data folder itself, found a link out of it; copy the file there.")
        if (size := _size_of(file)) > wanted.most:
            raise DataError(
                f"{place} must have at most {wanted.most / 1e6:.0f} MB, found {size / 1e6:.0f} MB; it is another file."
            )
        return file
    where = shown(str(folder), _PATH)
    raise DataError(f"{wanted.places[0]} must be in the data folder, found no such file in {where}; put it there. {origin}")


def listed(folder: Path) -> dict[str, os.stat_result]:
    """The files that lie in a folder itself, in the order of their names; hidden ones and folders are left out.

    Raises:
        DataError: the folder cannot be read, or has links or too many files in it.
    """
    found: dict[str, os.stat_result] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_symlink():
                    raise DataError(
                        f"{folder.name} must have the files themselves, found a link, {shown(entry.name)}; copy it there."
                    )
                if entry.is_file():
                    found[entry.name] = entry.stat()
                if len(found) > _FILES:
                    raise DataError(f"{folder.name} must have at most {_FILES} files, found more; it is another folder.")
    except OSError as error:
        raise DataError(f"{folder.name} must be readable, found: {error.strerror}; check its permissions.") from error
    return dict(sorted(found.items()))


def read(file: Path, most: int) -> bytes:
    """A file's content, unpacked where it is a gzip archive.

    Raises:
        DataError: it cannot be read, its archive is damaged, or there is more in it than ``most`` bytes.
    """
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            content = bytes(stream.read(most + 1))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{file.name} must be a whole gzip archive, found a damaged one ({error}); copy it anew.") from error
    except OSError as error:
        raise DataError(f"{file.name} must be readable, found: {error.strerror}; check its permissions.") from error
    if len(content) > most:
        raise DataError(f"{file.name} must hold at most {most / 1e6:.0f} MB, found more; it is another file.")
    return content


class FileSource(SuiteSource):
    """A suite that reads files from the data folder. Its options have ``sha256``: the hash of what was read when a study was
    made, so that other files are another study, and never silently the same."""

    origin = ""
    """Where its files come from and how they may be used, in a sentence or two."""

    @abstractmethod
    def files(self, **_options: Any) -> tuple[Wanted, ...]:
        """The files that it reads."""

    def settle(self, **options: Any) -> dict[str, Any]:
        """The options with the hash of the files' content."""
        return options if options["sha256"] else options | {"sha256": fingerprint(self._found(options))}

    def ready(self, **options: Any) -> bool:
        """Whether its files are there."""
        try:
            self._found(options)
        except DataError:
            return False
        return True

    def found(self, **options: Any) -> tuple[str, ...]:
        """Which files were found, with their size and the beginning of the hash of each; a line each.

        Raises:
            DataError: one is not there.
        """
        return tuple(f"{file.name}: {_size(_size_of(file))}, SHA-256 {_hash_of(file)[:12]}…" for file in self._found(options))

    def checked(self, sha256: str | None = None, **options: Any) -> tuple[Path, ...]:
        """Where the files are, in the order of ``files``.

        Args:
            sha256: what their content must hash to together; None for anything.
            options: the suite's others.

        Raises:
            DataError: a file is not there, or is another than the study was made with.
        """
        found = self._found(options)
        if sha256 is not None and (now := fingerprint(found)) != sha256:
            names = ", ".join(file.name for file in found[:4])
            raise DataError(
                f"{names} must be what the study was made with (SHA-256 {sha256[:12]}…), found other content ({now[:12]}…); "
                "bring the old files back, or make a new study without 'sha256'."
            )
        return found

    def contents(self, sha256: str | None = None, **options: Any) -> tuple[bytes, ...]:
        """What the files hold, in the order of ``files``; arguments and errors are those of ``checked``, and a file that
        cannot be read."""
        found = self.checked(sha256, **options)
        return tuple(read(file, each.most) for file, each in zip(found, self.files(**options), strict=True))

    def _found(self, options: dict[str, Any]) -> tuple[Path, ...]:
        try:
            data_folder()
        except DataError as missing:
            raise DataError(f"{missing} {self.origin}") from None
        return tuple(find(each, each.origin or self.origin) for each in self.files(**options))


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def fingerprint(files: Sequence[Path]) -> str:
    """The SHA-256 of the files' content in hexadecimal: of one file its own, of several that of theirs in order."""
    hashes = [_hash_of(file) for file in files]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def _size_of(file: Path) -> int:
    return sum(facts.st_size for facts in listed(file).values()) if file.is_dir() else file.stat().st_size


def _hash_of(file: Path) -> str:
    if not file.is_dir():
        facts = file.stat()
        return _hashed(file, facts.st_size, facts.st_mtime_ns)
    return _hashed_folder(file, tuple((name, facts.st_size, facts.st_mtime_ns) for name, facts in listed(file).items()))


@lru_cache(maxsize=64)
def _hashed(file: Path, _size: int, _changed: int) -> str:
    """A file is read again when its size or its time of change is another."""
    return _digest(file)


@lru_cache(maxsize=16)
def _hashed_folder(folder: Path, facts: tuple[tuple[str, int, int], ...]) -> str:
    """The hash of the names and the hashes of its files; they are read again when one is another, as above."""
    lines = (f"{name} {_digest(folder / name)}\n" for name, _, _ in facts)
    return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{file.name} must be readable, found: {error.strerror}; check its permissions.") from error
