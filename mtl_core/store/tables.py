"""The tables of the store. Times are seconds since 1970 in UTC, JSON is text: both mean the same on every database."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

SCHEMA_VERSION = 4
"""Raised whenever a table changes, together with a step in ``migrations``; a store with a higher one was written by a newer
Seesaw."""

metadata = MetaData()

# SQLite numbers rows by itself, and never twice, only for a column that is exactly INTEGER PRIMARY KEY AUTOINCREMENT.
_Counter = BigInteger().with_variant(Integer, "sqlite")


def _study() -> Column[str]:
    return Column("study_id", String(64), ForeignKey("seesaw_studies.id", ondelete="CASCADE"), nullable=False)


meta = Table(
    "seesaw_meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

studies = Table(
    "seesaw_studies",
    metadata,
    Column("id", String(64), primary_key=True),
    # What is asked, as ``Study.id`` would have it today. The id stays as it was when the study was first kept.
    Column("question", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("spec", Text, nullable=False),
    Column("layout", Text),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("step", BigInteger, nullable=False, default=0),
    Column("total", BigInteger, nullable=False, default=0),
    Column("created", Double, nullable=False),
    Column("queued", Double, nullable=False),
    Column("started", Double),
    Column("finished", Double),
    Column("seconds", Double, nullable=False, default=0.0),
    Column("generation", BigInteger, nullable=False),
    Column("device", Text, nullable=False, default=""),
    Column("worker", Text),
    Column("lease", Double),
    Column("crashes", Integer, nullable=False, default=0),
    Column("altered", Boolean, nullable=False, default=False),
    # The hash of the secret of the visitor who asked for it; empty for the one who has the store.
    Column("owner", String(64), nullable=False, default=""),
    # Waiting studies with a lower one go first; see ``turns``.
    Column("turn", BigInteger, nullable=False, default=0),
)
Index("seesaw_studies_question", studies.c.question)
Index("seesaw_studies_queue", studies.c.state, studies.c.turn, studies.c.queued)
Index("seesaw_studies_created", studies.c.created)

records = Table(
    "seesaw_records",
    metadata,
    Column("cursor", _Counter, primary_key=True, autoincrement=True),
    _study(),
    Column("kind", String(16), nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
Index("seesaw_records_study", records.c.study_id, records.c.cursor)

commands = Table(
    "seesaw_commands",
    metadata,
    Column("id", _Counter, primary_key=True, autoincrement=True),
    _study(),
    Column("name", String(32), nullable=False),
    Column("arguments", Text, nullable=False),
    Column("sent", Double, nullable=False),
    sqlite_autoincrement=True,
)
Index("seesaw_commands_study", commands.c.study_id, commands.c.id)

checkpoints = Table(
    "seesaw_checkpoints",
    metadata,
    Column("study_id", String(64), ForeignKey("seesaw_studies.id", ondelete="CASCADE"), primary_key=True),
    Column("step", BigInteger, nullable=False),
    Column("cursor", BigInteger, nullable=False),
    Column("commands", BigInteger, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)

workers = Table(
    "seesaw_workers",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("device", Text, nullable=False),
    Column("devices", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("started", Double, nullable=False),
    Column("seen", Double, nullable=False),
    Column("study", String(64)),
)

models = Table(
    "seesaw_models",
    metadata,
    Column("study_id", String(64), ForeignKey("seesaw_studies.id", ondelete="CASCADE"), primary_key=True),
    Column("moment", String(8), primary_key=True),
    # A study that is trained in waves has one part a wave.
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)

# Work that people wait for and that needs what the server has not: request in, bytes out. See ``requests``.
requests = Table(
    "seesaw_requests",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("arguments", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("progress", Double, nullable=False, default=0.0),
    Column("reason", Text, nullable=False, default=""),
    Column("attempts", Integer, nullable=False, default=0),
    Column("answer", LargeBinary),
    Column("asked", Double, nullable=False),
    Column("used", Double, nullable=False),
    Column("worker", Text),
    Column("lease", Double),
)
Index("seesaw_requests_queue", requests.c.state, requests.c.asked)

uploads = Table(
    "seesaw_uploads",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("owner", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("seen", Double, nullable=False),
)

# A class: a name in a link, and what it answered. Who answered is a hash that belongs to this class alone: see ``classes``.
classes = Table(
    "seesaw_classes",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("used", Double, nullable=False),
)


def _class() -> Column[str]:
    return Column("class_name", String(64), ForeignKey("seesaw_classes.name", ondelete="CASCADE"), primary_key=True)


votes = Table(
    "seesaw_votes",
    metadata,
    _class(),
    Column("lesson", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
)

answers = Table(
    "seesaw_answers",
    metadata,
    _class(),
    Column("lesson", String(64), primary_key=True),
    Column("visitor", String(64), primary_key=True),
    Column("answer", Text, nullable=False),
    Column("given", Double, nullable=False),
)
