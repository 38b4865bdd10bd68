"""Lessons: one process at a time learns what was taught, and what came of it is kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, select, update

from bot.store import teaching
from bot.store.dialect import inserted
from bot.store.tables import lessons

# A lesson that says nothing for so long has died with its process.
LONGEST = timedelta(minutes=15)
TRY_AGAIN = timedelta(minutes=1)
_PROBLEM = 500

__all__ = ["Outcome", "claim", "end", "last"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a lesson came to. Accuracies are 0 to 1, both over the same examples.

    *owner* is the process that learns: its node's name, a colon, its own.
    """

    number: int
    owner: str
    began_at: datetime
    ended_at: datetime | None
    accepted: bool | None
    before: float | None
    after: float | None
    problem: str | None


def claim(connection: Connection, *, owner: str, now: datetime) -> int | None:
    """Begin a lesson and return its number; None if nothing waits, or another process learns."""
    if not teaching.waits(connection):
        return None
    latest = last(connection)
    if latest is not None and _blocks(latest, owner, now):
        return None
    number = 1 if latest is None else latest.number + 1
    row = {"id": number, "owner": owner, "began_at": now}
    return number if inserted(connection, lessons, row) else None


def end(
    connection: Connection,
    number: int,
    *,
    now: datetime,
    accepted: bool | None = None,
    before: float | None = None,
    after: float | None = None,
    problem: str | None = None,
) -> None:
    """Keep what lesson *number* came to."""
    told = {"accepted": accepted, "before": before, "after": after, "ended_at": now}
    why = problem and problem[-_PROBLEM:]
    connection.execute(
        update(lessons).where(lessons.c.id == number).values(told | {"problem": why})
    )


def last(connection: Connection) -> Outcome | None:
    """The newest lesson."""
    row = connection.execute(select(lessons).order_by(lessons.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _outcome(row)


def _blocks(latest: Outcome, owner: str, now: datetime) -> bool:
    if latest.ended_at is None:
        # Of one node only one process lives: an earlier one learns no more.
        dead = latest.owner != owner and _node(latest.owner) == _node(owner)
        return not dead and now - latest.began_at < LONGEST
    return latest.problem is not None and now - latest.ended_at < TRY_AGAIN


def _node(owner: str) -> str:
    return owner.partition(":")[0]


def _outcome(row: Row[tuple[object, ...]]) -> Outcome:
    return Outcome(
        number=row.id,
        owner=row.owner,
        began_at=row.began_at,
        ended_at=row.ended_at,
        accepted=row.accepted,
        before=row.before,
        after=row.after,
        problem=row.problem,
    )
