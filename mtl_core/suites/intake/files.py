"""What a person gives in a file: sentences, rows or molecules line by line, a picture, a recording."""

import base64
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from mtl_core.errors import DataError, shown
from mtl_core.suites.folder import read
from mtl_core.suites.intake.intake import Given, Intake
from mtl_core.suites.intake.picture import SIDES, PictureIntake
from mtl_core.suites.text_table import read_table

MOST = 50_000_000
"""Bytes of a file."""

MOST_LINES = 10_000
"""Sentences, rows or molecules of a file."""

_MOST_PIXELS = 4_000_000


def given_in(intake: Intake, name: str) -> list[Given]:
    """What a file holds, for a suite's intake.

    A text has a sentence a line, with a tab and a question after it where one is asked; a molecule a line; a row a line below
    headings, with commas, semicolons or tabs between. A picture is ``.npy``, or whatever Pillow reads where that is installed:
    in the suite's own size it is taken as it is; of another, square one, a drawing is made, light on dark. Several drawings are
    ``.npy`` of shape ``(n, side, side)``.

    Args:
        intake: the suite's.
        name: the file's path.

    Raises:
        DataError: there is no such file, or it is none of these.
    """
    file = Path(name).expanduser()
    if not file.is_file():
        raise DataError(f"a file was expected, found none at {shown(name)}; check the path.")
    if (size := file.stat().st_size) > MOST:
        raise DataError(f"{shown(file.name)} must have at most {MOST / 1e6:.0f} MB, found {size / 1e6:.0f} MB; give less.")
    match intake.kind:
        case "text":
            return [{"text": text, "question": asked} for text, _, asked in (line.partition("\t") for line in _lines(file))]
        case "molecule":
            return [{"smiles": line} for line in _lines(file)]
        case "row":
            content = read(file, MOST)
            heading = content.partition(b"\n")[0]
            delimiter = max(",;\t", key=lambda each: heading.count(each.encode()))
            table = read_table(content, file.name, delimiter, MOST_LINES)
            return [{"row": dict(zip(table.header, row, strict=True))} for row in table.rows]
        case "sound":
            return [{"sound": base64.b64encode(read(file, MOST)).decode()}]
        case "picture" if isinstance(intake, PictureIntake):
            return [_picture(intake, file)]
    raise DataError(f"{intake.suite.name} is asked by an example's number alone, found a file; give --example.")


def _lines(file: Path) -> Sequence[str]:
    try:
        lines = [line.strip() for line in read(file, MOST).decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError as error:
        raise DataError(f"{shown(file.name)} must be UTF-8 text, found other bytes ({error.reason}); save it so.") from None
    found = [line for line in lines if line]
    if not 1 <= len(found) <= MOST_LINES:
        raise DataError(f"{shown(file.name)} must have 1 to {MOST_LINES:,} lines, found {len(found):,}; give fewer.")
    return found


def _picture(intake: PictureIntake, file: Path) -> dict[str, Any]:
    shades = _npy(file) if file.suffix.lower() == ".npy" else _opened(file, intake.suite.train.inputs.shape[1] == 3)
    own, pads = intake.suite.train.inputs.shape[1:], len(intake.pads)
    if shades.shape in (own, own[1:], (*own[1:], own[0])) or not pads:
        return {"picture": shades.tolist()}
    return {"drawings": shades.tolist() if shades.ndim == 3 else [shades.tolist()]}


def _npy(file: Path) -> np.ndarray[Any, Any]:
    try:
        # Mapped: a header that lies is found out before anything is allocated, and no pickle is read.
        found = np.load(file, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, OSError, SyntaxError) as error:
        raise DataError(f"{shown(file.name)} must be an array of numbers as NumPy saves it, found another ({error}).") from None
    if not np.issubdtype(found.dtype, np.number) or found.ndim not in (2, 3) or max(found.shape) > SIDES[1]:
        raise DataError(
            f"{shown(file.name)} must have two or three axes of at most {SIDES[1]} numbers, found {found.dtype} of shape "
            f"{found.shape}; save a picture."
        )
    return np.array(found, dtype=np.float64)


def _opened(file: Path, colour: bool) -> np.ndarray[Any, Any]:
    """A picture file's shades, small enough to be drawn: ``(side, side)``, or in colour ``(height, width, 3)``."""
    if find_spec("PIL") is None:
        raise DataError(f"{shown(file.name)} needs Pillow to be read, found none; install it, or save the picture as .npy.")
    image = import_module("PIL.Image")
    try:
        with image.open(file) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise DataError(
                    f"{shown(file.name)} must have at most {_MOST_PIXELS:,} pixels, found {opened.width} x {opened.height}; "
                    "make it smaller."
                )
            picture = opened.convert("RGB" if colour else "L")
            picture.thumbnail((SIDES[1], SIDES[1]))
            return np.asarray(picture, dtype=np.float64)
    except DataError:
        raise
    except Exception as error:  # Pillow raises what its many readers raise
        raise DataError(f"{shown(file.name)} must be a picture, found another file ({type(error).__name__}).") from None
