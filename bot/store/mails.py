"""Mails that are due: each is claimed in SQL, so that of several processes one sends it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from bot.store.dialect import insert_new
from bot.store.tables import report_mails
from bot.store.views import Recipient, View

# Longer than a try may take: who has not told by then has died.
LEASE = timedelta(minutes=5)
KEPT = timedelta(days=90)
ALARM = "alarm-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one person. *occasion* is the day it was due on, or "alarm-" and its number."""

    view_id: int
    occasion: str
    to: Recipient
    due_at: datetime
    state: str = "waiting"
    tries: int = 0
    next_at: datetime
    owner: str | None = None
    reason: str | None = None
    ended_at: datetime | None = None

    @property
    def alarm(self) -> int | None:
        """The alarm that it tells of, None for a report."""
        return int(self.occasion.removeprefix(ALARM)) if self.occasion.startswith(ALARM) else None


def plan(connection: Connection, view: View, *, occasion: str, due_at: datetime) -> None:
    """Let a mail wait for every recipient of *view*, unless there is one of that occasion."""
    rows = [
        {
            "view_id": view.id,
            "occasion": occasion,
            "address": each.address,
            "language": each.language,
            "due_at": due_at,
            "state": "waiting",
            "tries": 0,
            "next_at": due_at,
        }
        for each in view.recipients
    ]
    if rows:
        connection.execute(insert_new(connection, report_mails), rows)


def planned(connection: Connection, view: View, occasion: str) -> bool:
    """Whether every recipient of *view* has, or had, a mail of that occasion."""
    query = select(report_mails.c.address).where(
        report_mails.c.view_id == view.id, report_mails.c.occasion == occasion
    )
    known = set(connection.scalars(query))
    return all(each.address in known for each in view.recipients)


def due(connection: Connection, now: datetime) -> bool:
    """Whether a mail may be tried."""
    query = select(report_mails.c.view_id).where(_WAITING, report_mails.c.next_at <= now)
    return connection.execute(query.limit(1)).first() is not None


def claim(connection: Connection, *, owner: str, now: datetime) -> Mail | None:
    """Take the mail that has waited longest; nobody else gets it within LEASE."""
    query = (
        select(report_mails)
        .where(_WAITING, report_mails.c.next_at <= now)
        .order_by(report_mails.c.next_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    found = _mail(row)
    values = {"owner": owner, "next_at": now + LEASE, "tries": found.tries + 1}
    connection.execute(update(report_mails).where(*_same(found)).values(**values))
    return _mail(connection.execute(select(report_mails).where(*_same(found))).one())


def sent(connection: Connection, mail: Mail, *, at: datetime) -> None:
    """Note that the server took it."""
    _end(connection, mail, state="sent", reason=None, ended_at=at)


def failed(connection: Connection, mail: Mail, reason: str, *, at: datetime) -> None:
    """Give up."""
    _end(connection, mail, state="failed", reason=reason, ended_at=at)


def again(connection: Connection, mail: Mail, reason: str, *, next_at: datetime) -> None:
    """Let it wait for the next try."""
    _end(connection, mail, reason=reason, next_at=next_at)


def latest(connection: Connection, view_id: int, *, limit: int) -> list[Mail]:
    """What was last mailed of a view, or is to be, the newest first."""
    query = (
        select(report_mails)
        .where(report_mails.c.view_id == view_id)
        .order_by(report_mails.c.due_at.desc(), report_mails.c.address)
        .limit(limit)
    )
    return [_mail(row) for row in connection.execute(query)]


def forget(connection: Connection, *, now: datetime) -> None:
    """Drop what ended long ago."""
    old = (report_mails.c.state != "waiting", report_mails.c.due_at < now - KEPT)
    connection.execute(delete(report_mails).where(*old))


_WAITING = report_mails.c.state == "waiting"


def _same(mail: Mail) -> Iterable[Any]:
    yield report_mails.c.view_id == mail.view_id
    yield report_mails.c.occasion == mail.occasion
    yield report_mails.c.address == mail.to.address


def _end(connection: Connection, mail: Mail, **values: Any) -> None:
    mine = report_mails.c.owner == mail.owner
    query = update(report_mails).where(*_same(mail), mine).values(owner=None, **values)
    connection.execute(query)


def _mail(row: Row[Any]) -> Mail:
    return Mail(
        view_id=row.view_id,
        occasion=row.occasion,
        to=Recipient(address=row.address, language=row.language),
        due_at=row.due_at,
        state=row.state,
        tries=row.tries,
        next_at=row.next_at,
        owner=row.owner,
        reason=row.reason,
        ended_at=row.ended_at,
    )
