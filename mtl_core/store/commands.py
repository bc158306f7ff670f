"""Commands: what people ask of running studies, appended by pages and read by workers."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update

from mtl_core.errors import unknown_name
from mtl_core.store.info import Command
from mtl_core.store.studies import Studies, require, unknown_study
from mtl_core.store.tables import commands, studies

COMMANDS = ("pause", "resume", "step", "stop", "set_weights", "set_learning_rate")
"""What can be asked. ``set_weights`` takes ``weights`` and ``set_learning_rate`` takes ``value``; both take a ``label``.
``step`` may take how many ``times``, and the weights ``along`` which the runs with a ``label`` go meanwhile."""


class Commands(Studies):
    """Operations on commands."""

    def send(self, study_id: str, name: str, **arguments: Any) -> int:
        """Ask something of a study; returns the command's id.

        A study that no worker holds acts at once where it can: told to stop it is stopped, and a paused one that is told to go
        on is queued. What a finished, stopped or failed study is asked has no effect.

        Args:
            name: one of ``COMMANDS``.
            arguments: what it needs, as JSON has it.

        Raises:
            SpecError: an unknown command.
            UnknownStudyError: no such study.
        """
        if name not in COMMANDS:
            raise unknown_name("command", name, COMMANDS)
        with self._writing() as connection:
            study = self._locked(connection, study_id)
            if study is None:
                raise unknown_study(study_id)
            row = {"study_id": study_id, "name": name, "arguments": json.dumps(arguments), "sent": self._now()}
            identity = connection.execute(insert(commands).values(row)).inserted_primary_key
            values: dict[str, Any] = {}
            if study.worker is None and study.state in ("queued", "paused"):
                if name == "stop":
                    values = {"state": "stopped", "finished": self._now()}
                elif study.state == "paused" and name in ("resume", "step"):
                    values = {"state": "queued"}
            if values:
                connection.execute(update(studies).where(studies.c.id == study_id).values(values))
        assert identity is not None  # noqa: S101 - an insertion of one row has a key
        return int(identity[0])

    def commands(self, study_id: str, after: int = 0, worker: str | None = None) -> Sequence[Command]:
        """The commands after one, in order.

        Args:
            after: the id of the last command that was obeyed; 0 for all.
            worker: the one who asks.

        Raises:
            UnknownStudyError: the study was deleted or is no longer the worker's.
        """
        mine = (commands.c.study_id == study_id) & (commands.c.id > after)
        with self._reading() as connection:
            require(connection, study_id, worker)
            rows = connection.execute(select(commands).where(mine).order_by(commands.c.id)).all()
        return [Command(row.id, row.name, json.loads(row.arguments)) for row in rows]
