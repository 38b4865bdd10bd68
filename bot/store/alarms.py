"""Alarms that were raised: each drift is told once, whichever process finds it first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from bot.store.tables import agents, report_alarms, report_views


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alarm of a view. *facts* is what its text says, *asks* are the ids of its asks.

    *by* is the name of who acknowledged it, None as long as nobody has.
    """

    id: int
    view_id: int
    view: str
    began_at: datetime
    raised_at: datetime
    facts: Mapping[str, Any]
    asks: tuple[str, ...]
    by: str | None
    acknowledged_at: datetime | None


def raise_once(
    connection: Connection,
    view_id: int,
    *,
    began_at: datetime,
    raised_at: datetime,
    quiet: timedelta,
    facts: Mapping[str, Any],
    asks: Sequence[str],
) -> int | None:
    """Store an alarm; None if its drift was told already, or the view is gone."""
    view = select(report_views.c.id).where(report_views.c.id == view_id, report_views.c.watched)
    # Held to the commit: another process has to wait, and then finds this alarm.
    if connection.scalar(view.with_for_update()) is None:
        return None
    told = select(report_alarms.c.id).where(
        report_alarms.c.view_id == view_id,
        or_(
            report_alarms.c.raised_at >= began_at,
            report_alarms.c.raised_at > raised_at - quiet,
        ),
    )
    if connection.execute(told.limit(1)).first() is not None:
        return None
    row = {
        "view_id": view_id,
        "began_at": began_at,
        "raised_at": raised_at,
        "facts": dict(facts),
        "asks": list(asks),
    }
    fresh = insert(report_alarms).values(row).returning(report_alarms.c.id)
    id: int = connection.execute(fresh).scalar_one()
    return id


def standing(connection: Connection) -> list[Raised]:
    """The alarms that nobody has acknowledged, the newest first."""
    return _found(connection, _QUERY.where(report_alarms.c.acknowledged_at.is_(None)))


def of_view(connection: Connection, view_id: int, *, limit: int) -> list[Raised]:
    """The last alarms of a view, the newest first."""
    return _found(connection, _QUERY.where(report_alarms.c.view_id == view_id).limit(limit))


def by_id(connection: Connection, id: int) -> Raised | None:
    """One alarm."""
    return next(iter(_found(connection, _QUERY.where(report_alarms.c.id == id))), None)


def acknowledge(connection: Connection, id: int, *, agent_id: int, at: datetime) -> None:
    """Note who has seen an alarm; the first stays."""
    fresh = (report_alarms.c.id == id, report_alarms.c.acknowledged_at.is_(None))
    values = {"agent_id": agent_id, "acknowledged_at": at}
    connection.execute(update(report_alarms).where(*fresh).values(**values))


_QUERY = (
    select(report_alarms, report_views.c.name.label("view"), agents.c.name.label("by"))
    .select_from(report_alarms)
    .join(report_views)
    .outerjoin(agents, agents.c.id == report_alarms.c.agent_id)
    .order_by(report_alarms.c.raised_at.desc(), report_alarms.c.id.desc())
)


def _found(connection: Connection, query: Any) -> list[Raised]:
    return [_raised(row) for row in connection.execute(query)]


def _raised(row: Row[Any]) -> Raised:
    return Raised(
        id=row.id,
        view_id=row.view_id,
        view=row.view,
        began_at=row.began_at,
        raised_at=row.raised_at,
        facts=row.facts,
        asks=tuple(row.asks),
        by=row.by,
        acknowledged_at=row.acknowledged_at,
    )
