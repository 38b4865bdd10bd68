"""Saved views of the reports: a page with its filters under a name that all managers share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row, delete, select, update

from bot.store.dialect import inserted
from bot.store.tables import agents, report_alarms, report_mails, report_views

Every = Literal["day", "week", "month"]
EVERY: tuple[Every, ...] = get_args(Every)


class NameTaken(Exception):
    """A view with this name exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who gets a view by mail, in which language."""

    address: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A saved view. *page* is the last word of its address, "" for the overview.

    With *every* it is mailed at *hour* in the brand's zone; what was due before *since* is not.
    *by* is the name of who saved it. A *watched* one raises alarms,
    at *alarm_times* as many late asks as usual, then not for *quiet_hours*; None: as all views do.
    """

    id: int
    name: str
    page: str
    filters: Mapping[str, str]
    by: str
    every: Every | None
    hour: int
    recipients: tuple[Recipient, ...]
    since: datetime
    watched: bool
    alarm_times: float | None = None
    quiet_hours: int | None = None


def everything(connection: Connection) -> list[View]:
    """All views, by name."""
    return [_view(row) for row in connection.execute(_QUERY.order_by(report_views.c.name))]


def by_id(connection: Connection, id: int) -> View | None:
    """One view."""
    row = connection.execute(_QUERY.where(report_views.c.id == id)).one_or_none()
    return None if row is None else _view(row)


def add(
    connection: Connection,
    *,
    name: str,
    page: str,
    filters: Mapping[str, str],
    agent_id: int,
    at: datetime,
) -> None:
    """Save a view. Raises NameTaken."""
    row = {
        "name": name,
        "page": page,
        "filters": dict(filters),
        "agent_id": agent_id,
        "created_at": at,
        "hour": 8,
        "recipients": [],
        "since": at,
        "watched": False,
    }
    if not inserted(connection, report_views, row):
        raise NameTaken(name)


def rename(connection: Connection, id: int, name: str) -> bool:
    """Give a view another name; False if it is gone. Raises NameTaken."""
    taken = select(report_views.c.id).where(report_views.c.name == name, report_views.c.id != id)
    if connection.scalar(taken) is not None:
        raise NameTaken(name)
    return _changed(connection, id, name=name)


def mail(
    connection: Connection,
    id: int,
    *,
    every: Every | None,
    hour: int,
    recipients: Sequence[Recipient],
    at: datetime,
) -> bool:
    """Choose when a view is mailed, and to whom; False if it is gone."""
    told = [[each.address, each.language] for each in recipients]
    gone = report_mails.c.address.not_in([each.address for each in recipients])
    waiting = (report_mails.c.view_id == id, report_mails.c.state == "waiting")
    connection.execute(delete(report_mails).where(*waiting, gone))
    return _changed(connection, id, every=every, hour=hour, recipients=told, since=at)


def watch(connection: Connection, id: int, *, watched: bool) -> bool:
    """Choose whether a view raises alarms; False if it is gone."""
    return _changed(connection, id, watched=watched)


def alarm(connection: Connection, id: int, *, times: float, quiet_hours: int) -> bool:
    """Choose what raises an alarm, and how long is quiet after one; False if the view is gone."""
    return _changed(connection, id, alarm_times=times, quiet_hours=quiet_hours)


def remove(connection: Connection, id: int) -> bool:
    """Delete a view with its alarms and what waits to be mailed; False if it is gone."""
    for table in (report_mails, report_alarms):
        connection.execute(delete(table).where(table.c.view_id == id))
    return bool(connection.execute(delete(report_views).where(report_views.c.id == id)).rowcount)


def _changed(connection: Connection, id: int, **values: Any) -> bool:
    query = update(report_views).where(report_views.c.id == id).values(**values)
    return bool(connection.execute(query).rowcount)


_QUERY = select(report_views, agents.c.name.label("by")).join(agents)


def _view(row: Row[Any]) -> View:
    return View(
        id=row.id,
        name=row.name,
        page=row.page,
        filters=row.filters,
        by=row.by,
        every=row.every,
        hour=row.hour,
        recipients=tuple(Recipient(address=who, language=in_) for who, in_ in row.recipients),
        since=row.since,
        watched=row.watched,
        alarm_times=row.alarm_times,
        quiet_hours=row.quiet_hours,
    )
