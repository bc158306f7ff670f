"""Brings an older store up to date, one step a schema version. Nothing that a person trained is lost on the way.

Each step is written against the tables as they were, in plain SQL, and never changed again: what today's code would make of
the tables is no matter of an old store. All steps run in one transaction with the version's change; they are tested on store
files that the older versions wrote.
"""

import json
from collections.abc import Callable

from sqlalchemy import Connection, text

from mtl_core.spec.study import study_id
from mtl_core.store.tables import metadata


def migrate(connection: Connection, found: int) -> None:
    """Everything that stands between a store of version ``found`` and today's."""
    for version in sorted(version for version in STEPS if version >= found):
        STEPS[version](connection)
    # Tables that are new since then; those that are there already stay as the steps left them.
    metadata.create_all(connection)


def _from_1(connection: Connection) -> None:
    """Studies learn what they ask (their id was a hash with all defaults in it) and whose they are. Pictures of landscapes go:
    they were a cache, and are answers to requests now."""
    for column in ("question VARCHAR(64) NOT NULL DEFAULT ''", "owner VARCHAR(64) NOT NULL DEFAULT ''"):
        connection.execute(text(f"ALTER TABLE seesaw_studies ADD COLUMN {column}"))
    connection.execute(text("CREATE INDEX seesaw_studies_question ON seesaw_studies (question)"))
    connection.execute(text("DROP TABLE seesaw_landscapes"))


def _from_2(connection: Connection) -> None:
    """Results are shown at the best validation step unless asked otherwise, which gives every question another hash."""
    for study, spec in connection.execute(text("SELECT id, spec FROM seesaw_studies")).all():
        known = {"question": _question(spec, study), "id": study}
        connection.execute(text("UPDATE seesaw_studies SET question = :question WHERE id = :id"), known)


def _from_3(connection: Connection) -> None:
    """Studies wait in turns; those that wait already keep their order, all in the first turn. Tables of classes are new."""
    connection.execute(text("ALTER TABLE seesaw_studies ADD COLUMN turn BIGINT NOT NULL DEFAULT 0"))
    connection.execute(text("DROP INDEX seesaw_studies_queue"))
    connection.execute(text("CREATE INDEX seesaw_studies_queue ON seesaw_studies (state, turn, queued)"))


def _question(spec: str, otherwise: str) -> str:
    try:
        return study_id(json.loads(spec))
    except (ValueError, TypeError, AttributeError):  # a damaged row asks nothing that anybody could ask again
        return otherwise


STEPS: dict[int, Callable[[Connection], None]] = {1: _from_1, 2: _from_2, 3: _from_3}
"""What leads from each version to the next."""
