"""Files written into a folder, all of them or none."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from mtl_core.errors import SpecError, shown

_PATH = 300


def written(folder: str | os.PathLike[str], contents: Mapping[str, bytes]) -> list[Path]:
    """Write files into a folder, which is made if need be; returns them. All is written beside first and then renamed, so that
    nobody ever reads half a file, and a full disk leaves nothing.

    Args:
        folder: where to; files of the same names are replaced, others stay.
        contents: of each file, by name.

    Raises:
        SpecError: a folder that cannot be written.
    """
    place = Path(folder)
    beside: Path | None = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".seesaw-", dir=place if place.exists() else place.parent))
        fresh = beside / "files"
        fresh.mkdir()
        for name, content in contents.items():
            (fresh / name).write_bytes(content)
        if place.exists():
            for name in contents:
                os.replace(fresh / name, place / name)
        else:
            os.replace(fresh, place)
    except (OSError, ValueError) as error:  # a name with a zero character is no OSError
        raise SpecError(
            f"a folder that can be written was expected, found {shown(str(place), _PATH)} "
            f"({getattr(error, 'strerror', None) or error}); name another."
        ) from error
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)
    return [place / name for name in contents]
