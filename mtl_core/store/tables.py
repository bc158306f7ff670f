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

SCHEMA_VERSION = 1
"""Raised whenever a table changes; a store with a higher one was written by a newer Seesaw."""

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
)
Index("seesaw_studies_queue", studies.c.state, studies.c.queued)
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

landscapes = Table(
    "seesaw_landscapes",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("payload", LargeBinary, nullable=False),
    Column("made", Double, nullable=False),
)
