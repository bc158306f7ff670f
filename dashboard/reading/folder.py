"""The data folder, as the one who started the server names it on a page. No Streamlit."""

import os
from pathlib import Path

from dashboard.reading.visitors import Visitor, not_yours
from mtl_core.errors import DataError, NotAllowedError, is_text, shown
from mtl_core.suites.folder import ENVIRONMENT


def named() -> str:
    """The folder that is named now, empty for none."""
    return os.environ.get(ENVIRONMENT, "")


def name(text: str, visitor: Visitor) -> None:
    """Read files from another folder from now on, here and wherever this server trains; empty for none.

    Args:
        text: its path.
        visitor: who asks for it.

    Raises:
        NotAllowedError: it is not the one who started the server.
        DataError: there is no such folder.
    """
    if not visitor.is_host:
        raise NotAllowedError(not_yours())
    if not text.strip():
        os.environ.pop(ENVIRONMENT, None)
        return
    try:
        folder = Path(text.strip()).expanduser().resolve()
        there = is_text(text) and folder.is_dir()
    except (OSError, ValueError, RuntimeError):  # a name too long, a zero character, the home of nobody
        there = False
    if not there:
        raise DataError(f"the data folder must be a folder of this machine, found none at {shown(text)}; check the path.")
    os.environ[ENVIRONMENT] = str(folder)  # those who train see it within a second: see Supervisor
