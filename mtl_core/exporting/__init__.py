"""What leaves: tables as files, and how to make a study again. Reads without torch."""

from mtl_core.exporting.command import arguments, command, snippet
from mtl_core.exporting.formats import FORMATS, archive, save, to_bytes

__all__ = ["FORMATS", "archive", "arguments", "command", "save", "snippet", "to_bytes"]
