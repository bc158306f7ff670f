"""What is kept: studies, their records and commands, on SQLite or PostgreSQL. Reads without torch."""

from mtl_core.store.commands import COMMANDS
from mtl_core.store.info import LEASE, SILENT, TERMINAL, Checkpoint, Command, State, StudyInfo, WorkerInfo
from mtl_core.store.queue import CRASHES
from mtl_core.store.requests import Request
from mtl_core.store.store import Store, open_store
from mtl_core.store.studies import NAME_LENGTH

__all__ = [
    "COMMANDS",
    "CRASHES",
    "LEASE",
    "NAME_LENGTH",
    "SILENT",
    "TERMINAL",
    "Checkpoint",
    "Command",
    "Request",
    "State",
    "Store",
    "StudyInfo",
    "WorkerInfo",
    "open_store",
]
