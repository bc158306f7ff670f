"""Pretrained trunks on this machine: what texts taught a backbone before any task, and what a study may start from."""

import json
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import platformdirs
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save

from mtl_core.errors import DataError, SpecError, shown
from mtl_core.spec.backbones import BACKBONES
from mtl_core.spec.choice import Choice, choose
from mtl_core.spec.notation import write_choice
from mtl_core.spec.suites import SUITES

if TYPE_CHECKING:
    from mtl_core.spec.study import Study

_ENDING = ".safetensors"
_ID = re.compile(r"[0-9a-f]{4,12}")
_FACTS = "seesaw"
_BETWEEN = "/"
"""Between a stage's name and that of its parameter."""

Values = dict[str, dict[str, npt.NDArray[Any]]]


@dataclass(frozen=True)
class Pretrained:
    """A pretrained trunk.

    Args:
        id: the hash of its corpus, its vocabulary and its settings.
        suite: of whose texts it has the vocabulary; studies of this suite can start from it.
        corpus: what it read, in words.
        backbone: as it was chosen.
        places: words of the longest text that it reads.
        words: what each number says.
        steps: how many updates it had.
        loss: of hidden words at the end, in nats.
    """

    id: str
    suite: str
    corpus: str
    backbone: Choice
    places: int
    words: tuple[str, ...]
    steps: int
    loss: float

    def values(self) -> Values:
        """Its parameters by stage and name.

        Raises:
            DataError: its file is gone or damaged.
        """
        try:
            found = load_file(_file(self.id))
        except (OSError, SafetensorError) as error:
            raise DataError(
                f"pretrained trunk {self.id} must be a whole file, found a damaged one ({shown(str(error))}); delete it and "
                "pretrain again."
            ) from error
        values: Values = {}
        for name, array in found.items():
            stage, _, own = name.partition(_BETWEEN)
            values.setdefault(stage, {})[own] = array
        return values


def folder() -> Path:
    """Where pretrained trunks are kept on this machine."""
    return Path(platformdirs.user_data_dir("seesaw", appauthor=False)) / "pretrained"


def keep(trunk: Pretrained, values: Mapping[str, Mapping[str, npt.NDArray[Any]]]) -> None:
    """Keep a trunk, whole or not at all: of two processes that do so at once one result stays.

    Raises:
        DataError: it cannot be written.
    """
    arrays = {f"{stage}{_BETWEEN}{name}": np.ascontiguousarray(a) for stage, own in values.items() for name, a in own.items()}
    facts = asdict(trunk) | {"backbone": trunk.backbone.to_dict()}
    content = save(arrays, {_FACTS: json.dumps(facts)})
    part: Path | None = None
    try:
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder(), delete=False) as stream:
            part = Path(stream.name)
            stream.write(content)
        part.replace(_file(trunk.id))
    except OSError as error:
        if part is not None:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        raise DataError(f"a pretrained trunk must be kept in {shown(str(folder()), 300)}, found: {error.strerror}.") from error


def check_id(asked: str | None) -> str | None:
    """The same, if it can be the id of a trunk, whether there is one or not, or None.

    Raises:
        SpecError: it cannot.
    """
    if asked is not None and not _ID.fullmatch(asked):
        raise SpecError(f"start must be the id of a pretrained trunk, 4 to 12 of 0-9 and a-f, found {shown(asked)}.")
    return asked


def find(asked: str) -> Pretrained | None:
    """The trunk of an id, or of the beginning of one that no other has; None where there is none.

    Raises:
        SpecError: several begin so.
    """
    if not _ID.fullmatch(asked):
        return None
    names = [file.stem for file in folder().glob(f"{asked}*{_ENDING}")]
    if len(names) > 1:
        raise SpecError(f"start must be the id of one pretrained trunk, found {len(names)} that begin so; write more of it.")
    return _read(names[0]) if names else None


def kept_trunk(start: str | None) -> Pretrained | None:
    """The trunk of a study's ``start``; None where it has none.

    Raises:
        DataError: it is not on this machine any more.
    """
    if start is None:
        return None
    trunk = find(start)
    if trunk is None:
        raise DataError(
            f"the study starts from pretrained trunk {start}, which must be on this machine, found none; make it again with "
            "seesaw pretrain, with the settings that it had then."
        )
    return trunk


def kept() -> list[Pretrained]:
    """All trunks on this machine, by suite and corpus; what cannot be read is none."""
    found = [_read(file.stem) for file in folder().glob(f"*{_ENDING}") if _ID.fullmatch(file.stem)]
    return sorted((each for each in found if each), key=lambda each: (each.suite, each.corpus, each.steps, each.id))


def fitting(suite: str, backbone: Choice) -> list[Pretrained]:
    """Those that a study of a suite with this backbone can start from."""
    return [each for each in kept() if each.suite == suite and each.backbone == backbone]


def backbone_of(start: Any) -> Choice | None:
    """The backbone of what a study is to start from; None where that says nothing of it."""
    found = find(start) if isinstance(start, str) else None
    return found.backbone if found else None


def check_start(study: "Study") -> str | None:
    """What a study starts from, by its whole id; None for first values that are drawn.

    Raises:
        SpecError: there is no such trunk on this machine, or it does not go with the study.
    """
    if study.start is None:
        return None
    suite, found = study.suite.name, find(check_id(study.start) or "")
    if SUITES[suite].shape != "tokens":
        raise SpecError(f"a pretrained trunk reads texts, and {shown(suite)} has none; leave start out.")
    if study.suite.options.get("encoder"):
        raise SpecError("a pretrained trunk reads words, and an encoder's states are none; leave start or encoder out.")
    if found is None:
        raise SpecError(
            f"start must be the id of a pretrained trunk on this machine, found {shown(study.start)}, which is none; make one "
            f"with: seesaw pretrain {suite}"
        )
    if found.suite != suite:
        raise SpecError(
            f"pretrained trunk {found.id} has the words of {shown(found.suite)}, and the study's suite is {shown(suite)}; make "
            f"one with: seesaw pretrain {suite}"
        )
    if found.backbone != study.backbone:
        raise SpecError(
            f"pretrained trunk {found.id} is a {write_choice(found.backbone, BACKBONES)}, and the study's backbone is "
            f"{write_choice(study.backbone, BACKBONES)}; choose the same for both."
        )
    if study.equal_parameters != "none":
        raise SpecError("a pretrained trunk has a width of its own; leave equal_parameters or start out.")
    return found.id


def _file(name: str) -> Path:
    return folder() / f"{name}{_ENDING}"


def _read(name: str) -> Pretrained | None:
    """What a file says of itself; None where it cannot be read or is none of ours."""
    try:
        with safe_open(_file(name), framework="numpy") as file:
            facts = json.loads((file.metadata() or {})[_FACTS])
        backbone = choose("backbone", BACKBONES, facts["backbone"])
        return Pretrained(**facts | {"id": name, "backbone": backbone, "words": tuple(facts["words"])})
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, SpecError):
        return None
