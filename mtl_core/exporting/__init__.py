"""What leaves: tables as files, trained networks, and how to make a study again. Reads without torch."""

from mtl_core.exporting.command import arguments, command, network_command, snippet
from mtl_core.exporting.formats import FORMATS, MODEL_FORMATS, archive, save, to_bytes
from mtl_core.exporting.written import written

__all__ = [
    "FORMATS",
    "MODEL_FORMATS",
    "archive",
    "arguments",
    "command",
    "network_command",
    "save",
    "snippet",
    "to_bytes",
    "written",
]
