"""Counted links, their clicks, and the conversions that the brand's site reports.

Of a click only its instant is kept. An ended link forgets where it led, since an address may name
an order; the counts of reports stay.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, select, update

from bot.store.dialect import insert_new, inserted
from bot.store.tables import (
    LINK_LEADS,
    clicks,
    conversations,
    conversion_refusals,
    conversions,
    events,
    links,
    messages,
    outbox,
)

# So many orders a browser may tell of one click: whoever has the reference can make some up.
MOST_PER_CLICK = 20
_COUNTED = re.compile(
    r"https?://[^\s/]{1,255}(?:/[^\s/]{1,64}){0,4}?/l/([\w-]{16})(?![\w-])", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A counted link of one reply. *public*: everybody reads it. *intent* None: of the last ask."""

    id: str
    target: str
    public: bool
    template: str | None
    intent: str | None
    language: str | None
    expires_at: datetime


class Verdict(StrEnum):
    """What became of a reported conversion, or why it is not counted."""

    COUNTED = "counted"
    DUPLICATE = "duplicate"
    LATE = "late"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"
    MALFORMED = "malformed"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the brand's site reports: its own *number*, and a value with its currency or neither.

    *signed* with the brand's key, or else told by a browser.
    """

    number: str
    value: Decimal | None = None
    currency: str | None = None
    signed: bool = False


class Reply(NamedTuple):
    """A reply with counted links that was sent, as the reports read it; *first_message* is its own.

    *values* are those of its conversions: value (None: not told), currency, signed.
    """

    outbox_id: str
    conversation_id: int
    at: datetime
    channel: str
    account: str
    surface: str
    author: str
    template: str | None
    intent: str | None
    language: str | None
    text: str | None
    links: int
    clicks: int
    values: tuple[tuple[Decimal | None, str | None, bool], ...]


def add(
    connection: Connection,
    new: Sequence[tuple[str, Sequence[Link]]],
    *,
    conversation_id: int,
    author: str,
    at: datetime,
) -> None:
    """Store the links of outbox items, by the items' ids."""
    rows = [
        {
            "id": link.id,
            "outbox_id": outbox_id,
            "conversation_id": conversation_id,
            "target": link.target,
            "public": link.public,
            "author": author,
            "template": link.template,
            "intent": link.intent or _last_intent(connection, conversation_id),
            "language": link.language,
            "created_at": at,
            "expires_at": link.expires_at,
        }
        for outbox_id, several in new
        for link in several
    ]
    if rows:
        connection.execute(insert(links), rows)


def target(connection: Connection, id: str, *, now: datetime) -> str | None:
    """Where the link *id* leads; None where it never was, has ended or was erased."""
    query = select(links.c.target).where(links.c.id == id, links.c.expires_at > now)
    return connection.scalar(query)


def click(connection: Connection, link_id: str, *, at: datetime) -> int:
    """Count a click; returns its number."""
    made = connection.execute(insert(clicks).values(link_id=link_id, at=at))
    key = made.inserted_primary_key
    assert key is not None  # noqa: S101 - both databases give it back
    return int(key[0])


def convert(
    connection: Connection, order: Order, *, click_id: int, at: datetime, since: datetime
) -> Verdict:
    """Count *order* for the last click since *since* in the conversation of *click_id*, once.

    A signed report takes the place of a browser's of the same number.
    """
    known = connection.execute(
        select(links.c.conversation_id, links.c.public, links.c.target, clicks.c.at)
        .join(links, links.c.id == clicks.c.link_id)
        .where(clicks.c.id == click_id)
    ).one_or_none()
    if known is None or known.at is None:
        return Verdict.UNKNOWN
    # Below a post anybody may click: there the click itself is all that is known.
    last = click_id if known.public else _last_click(connection, known.conversation_id, at)
    clicked_at = connection.scalar(select(clicks.c.at).where(clicks.c.id == last))
    row = {
        "number": order.number,
        "click_id": last,
        "value": None if order.value is None else str(order.value),
        "currency": order.currency,
        "signed": order.signed,
        "at": at,
    }
    if order.signed and _replaced(connection, row):
        return Verdict.COUNTED
    if connection.scalar(select(conversions.c.id).where(conversions.c.number == order.number)):
        return Verdict.DUPLICATE
    if clicked_at is None or clicked_at < since:
        return Verdict.LATE
    led_to = select(func.count()).where(conversions.c.click_id == last)
    if not order.signed and (connection.scalar(led_to) or 0) >= MOST_PER_CLICK:
        return Verdict.TOO_MANY
    stored = inserted(connection, conversions, row)
    return Verdict.COUNTED if stored else Verdict.DUPLICATE


def refuse(connection: Connection, verdict: Verdict, *, day: int) -> None:
    """Count a report that is not counted, by its day (an ordinal): nothing else of it is kept."""
    which = {"day": day, "verdict": str(verdict)}
    connection.execute(insert_new(connection, conversion_refusals), which | {"count": 0})
    table = conversion_refusals
    connection.execute(
        update(table)
        .where(table.c.day == day, table.c.verdict == str(verdict))
        .values(count=table.c.count + 1)
    )


def refusals(connection: Connection, *, days: tuple[int, int]) -> dict[str, int]:
    """How many reports were not counted, by why, from one day's ordinal to another's."""
    table = conversion_refusals
    query = (
        select(table.c.verdict, func.sum(table.c.count))
        .where(table.c.day.between(*days))
        .group_by(table.c.verdict)
    )
    return {verdict: int(count) for verdict, count in connection.execute(query)}


def replies(
    connection: Connection, *, since: datetime, until: datetime, as_of: datetime
) -> list[Reply]:
    """The replies with counted links that were sent from *since* until before *until*.

    They are as known at *as_of*, but that an erased customer's clicks have no instant any more.
    """
    query = (
        select(links, conversations.c.channel, conversations.c.account, messages.c.text)
        .join(conversations, conversations.c.id == links.c.conversation_id)
        .join(outbox, outbox.c.id == links.c.outbox_id)
        .join(messages, messages.c.outbox_id == links.c.outbox_id)
        .where(links.c.created_at >= since, links.c.created_at < until)
        .where(outbox.c.state == "sent", messages.c.sent_at <= as_of)
        .order_by(links.c.created_at.desc(), links.c.outbox_id)
    )
    several: dict[str, list[Any]] = {}
    for row in connection.execute(query):
        several.setdefault(row.outbox_id, []).append(row)
    clicked = _clicked(connection, since=since, until=until, as_of=as_of)
    bought = _bought(connection, since=since, until=until, as_of=as_of)
    return [
        Reply(
            outbox_id=outbox_id,
            conversation_id=first.conversation_id,
            at=first.created_at,
            channel=first.channel,
            account=first.account,
            surface="comment" if first.public else "dm",
            author=first.author,
            template=first.template,
            intent=first.intent,
            language=first.language,
            text=spelled_out(first.text, {row.id: row.target for row in rows if row.target}),
            links=len(rows),
            clicks=sum(clicked.get(row.id, 0) for row in rows),
            values=tuple(value for row in rows for value in bought.get(row.id, ())),
        )
        for outbox_id, rows in several.items()
        for first in rows[:1]
    ]


def targets(connection: Connection, texts: Iterable[str | None]) -> dict[str, str]:
    """Where the counted links in *texts* lead, by id, as far as is still known."""
    ids = {id for text in texts for id in _COUNTED.findall(text or "")}
    if not ids:
        return {}
    query = select(links.c.id, links.c.target).where(links.c.id.in_(ids), LINK_LEADS)
    return {row.id: row.target for row in connection.execute(query)}


def spelled_out(text: str | None, known: Mapping[str, str]) -> str | None:
    """*text* with its links as where they lead (`targets`): an agent who looks must not count."""
    if not text or not known:
        return text
    return _COUNTED.sub(lambda found: known.get(found[1], found[0]), text)


def forget(connection: Connection, conversation_id: int) -> None:
    """Blank what is personal: where links led, when they were followed, which orders came of it."""
    _forget(connection, links.c.conversation_id == conversation_id)


def forget_private(connection: Connection, comments: Sequence[Row[Any]]) -> None:
    """The same for what was said in private to the author of *comments*, rows of messages."""
    said_to = outbox.c.message["reply_to"].as_string()
    answers = select(outbox.c.id).where(
        outbox.c.conversation_id.in_({row.conversation_id for row in comments}),
        said_to.in_({row.platform_id for row in comments}),
    )
    _forget(connection, and_(links.c.outbox_id.in_(answers), links.c.public.is_(False)))


def _forget(connection: Connection, which: ColumnElement[bool]) -> None:
    theirs = select(links.c.id).where(which)
    clicked = select(clicks.c.id).where(clicks.c.link_id.in_(theirs))
    for id in connection.scalars(
        select(conversions.c.id).where(conversions.c.click_id.in_(clicked))
    ).all():
        blank = {"number": f"erased:{id}", "at": None}
        connection.execute(update(conversions).where(conversions.c.id == id).values(blank))
    connection.execute(update(clicks).where(clicks.c.link_id.in_(theirs)).values(at=None))
    connection.execute(update(links).where(which).values(target=None))


def forget_ended(connection: Connection, *, now: datetime) -> None:
    """Blank where links led that nobody can follow any more."""
    ended = update(links).where(LINK_LEADS, links.c.expires_at <= now)
    connection.execute(ended.values(target=None))


def _last_intent(connection: Connection, conversation_id: int) -> str | None:
    intent = events.c.data["intent"].as_string()
    query = select(intent).where(
        events.c.conversation_id == conversation_id,
        events.c.type.in_(("decided", "ignored", "handoff")),
        intent.is_not(None),
    )
    return connection.scalar(query.order_by(events.c.id.desc()).limit(1))


def _last_click(connection: Connection, conversation_id: int, at: datetime) -> int | None:
    query = (
        select(clicks.c.id)
        .join(links, links.c.id == clicks.c.link_id)
        .where(links.c.conversation_id == conversation_id, links.c.public.is_(False))
        .where(clicks.c.at <= at)
    )
    return connection.scalar(query.order_by(clicks.c.at.desc(), clicks.c.id.desc()).limit(1))


def _replaced(connection: Connection, row: dict[str, Any]) -> bool:
    told = {name: row[name] for name in ("value", "currency", "signed")}
    same = update(conversions).where(
        conversions.c.number == row["number"], conversions.c.signed.is_(False)
    )
    return connection.execute(same.values(told)).rowcount > 0


def _clicked(
    connection: Connection, *, since: datetime, until: datetime, as_of: datetime
) -> dict[str, int]:
    query = (
        select(clicks.c.link_id, func.count().label("times"))
        .join(links, links.c.id == clicks.c.link_id)
        .where(links.c.created_at >= since, links.c.created_at < until)
        .where(func.coalesce(clicks.c.at, links.c.created_at) <= as_of)
        .group_by(clicks.c.link_id)
    )
    return {row.link_id: row.times for row in connection.execute(query)}


def _bought(
    connection: Connection, *, since: datetime, until: datetime, as_of: datetime
) -> dict[str, list[tuple[Decimal | None, str | None, bool]]]:
    c = conversions.c
    query = (
        select(clicks.c.link_id, c.value, c.currency, c.signed)
        .join(clicks, clicks.c.id == c.click_id)
        .join(links, links.c.id == clicks.c.link_id)
        .where(links.c.created_at >= since, links.c.created_at < until)
        .where(func.coalesce(c.at, links.c.created_at) <= as_of)
        .order_by(c.id)
    )
    found: dict[str, list[tuple[Decimal | None, str | None, bool]]] = {}
    for id, value, currency, signed in connection.execute(query):
        told = None if value is None else Decimal(value)
        found.setdefault(id, []).append((told, currency, signed))
    return found
