"""A fair queue: nobody's second question is trained before everybody's first.

Each study has a turn, given when it is queued, and lower turns go first; within a turn the one that was asked first. This is
start-time fair queueing with studies of equal length: somebody who asks anew is served in the present turn, and each further
study of the same owner one turn later. P. Goyal, H. M. Vin and H. Cheng, "Start-time fair queueing", SIGCOMM 1996.

Deviation: studies count as equally long, for a limit on the studies that one visitor has waiting bounds what they can ask.
"""

from sqlalchemy import ColumnElement, Connection, Row, func, select

from mtl_core.store.tables import studies

EVERYBODY = "*"
"""The owner of what everybody looks at, such as a lesson's studies: they wait for nobody's second question."""

WAITS = studies.c.state == "queued"

ORDER = (studies.c.turn, studies.c.queued, studies.c.id)
"""By what waiting studies are ordered, the next one first."""


def turn_of(connection: Connection, owner: str) -> int:
    """The turn of a study that is queued now.

    Args:
        connection: in the transaction that queues it.
        owner: who asks; all who have the store itself are one, and ``EVERYBODY`` is nobody in particular.
    """
    waiting = connection.scalar(select(func.min(studies.c.turn)).where(WAITS))
    if waiting is None and connection.scalar(select(func.count()).where(studies.c.state == "running")) == 0:
        return 1 + int(connection.scalar(select(func.max(studies.c.turn))) or 0)  # what was asked before is settled
    # The turn that is being served is that of the study that was begun last, at its end or not.
    begun = select(studies.c.turn).where(~WAITS, studies.c.started.is_not(None)).order_by(studies.c.started.desc()).limit(1)
    served = connection.scalar(begun)
    present = min(int(turn) for turn in (waiting, served) if turn is not None)
    if owner == EVERYBODY:
        return present
    last = connection.scalar(select(func.max(studies.c.turn)).where(studies.c.owner == owner))
    return max(present, 1 + int(last or 0))


def before(row: Row[tuple[object, ...]]) -> ColumnElement[bool]:
    """What waits and is served no later than a waiting study: those before it, and the study itself."""
    same_moment = (studies.c.queued == row.queued) & (studies.c.id <= row.id)
    same_turn = (studies.c.turn == row.turn) & ((studies.c.queued < row.queued) | same_moment)
    earlier: ColumnElement[bool] = WAITS & ((studies.c.turn < row.turn) | same_turn)
    return earlier
