"""What an export brings into the log: only what is not there yet, and marked.

Nothing here touches the inbox or the outbox. What is brought has an import's number, is never
"answerable", and changes the state of no conversation that a customer or an agent is in.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Row, insert, select, update

from bot.conversation import State
from bot.store.dialect import insert_new
from bot.store.tables import conversations, events, imports, messages
from channels.messages import Surface

# The thread of a customer whom the export names without an address: nothing can be sent there.
NOWHERE = "history:"
_KNOWN_SLACK = timedelta(seconds=2)
# Our clock and the platform's may differ, and a reply is on its way for a while.
_SENT_SLACK = timedelta(seconds=10)
_MOST_SLACK = timedelta(seconds=75)
# An id that the reader of an export made: instant, place among those of it, digest of the words.
_MADE = re.compile(r"-?\d+-\d{3,}-(?P<said>\d+)")
_Row = Row[*tuple[Any, ...]]


class ImportUndone(Exception):
    """Somebody undid this import while it ran."""


class Message(NamedTuple):
    """One message of an export. *sort* is text, close, or the type of an attachment."""

    id: str
    at: datetime
    author: Literal["customer", "bot", "agent"]
    sort: str
    text: str
    ack: bool = False
    broadcast: bool = False
    note: bool = False
    agent_name: str | None = None


@dataclass(slots=True, kw_only=True)
class Chat:
    """A conversation of an export, or a piece of it, and where it belongs.

    *id* is None until that is stored. *first*: it is the first piece. *claimed* are rows of the
    log that were found to be messages of it; pieces of one conversation share them.
    """

    thread: str
    name: str | None
    messages: Sequence[Message]
    id: int | None = None
    first: bool = True
    claimed: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which export it is. *id* is the import's number, None until it has brought something."""

    channel: str
    account: str
    format: str
    fingerprint: str
    resolution_seconds: int
    id: int | None = None

    def key(self, thread: str) -> str:
        """The conversation's key."""
        return f"{self.channel}/{self.account}/{thread}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What came of some chats: how much of them was news, and what each of them claimed."""

    source: Source
    conversations: int = 0
    messages: int = 0
    claimed: tuple[set[int], ...] = ()


def resumed(connection: Connection, source: Source) -> Source:
    """The same with its number, if an import of this export was cut off."""
    query = select(imports.c.id).where(
        imports.c.fingerprint == source.fingerprint,
        imports.c.ended_at.is_(None),
        imports.c.undone_at.is_(None),
    )
    return replace(source, id=connection.scalar(query.order_by(imports.c.id.desc()).limit(1)))


def news(connection: Connection, chats: Sequence[Chat], source: Source) -> list[list[Message]]:
    """What is not in the log yet, of each of *chats*."""
    if not any(chat.messages for chat in chats):
        return [[] for _ in chats]
    _find(connection, chats, source)
    said, closed = _said(connection, chats), _closed(connection, chats)
    match = _Match(connection, source)
    return [
        [
            *match.missing(chat, said.get(chat.id, ())),
            *(one for one in _closings(chat) if (chat.id, one.id) not in closed),
        ]
        for chat in chats
    ]


def bring(
    connection: Connection, chats: Sequence[Chat], source: Source, *, at: datetime
) -> Brought:
    """Write what is not in the log yet. Raises ImportUndone."""
    # A transaction may be tried again: what it found out must not outlive it.
    given, chats = chats, [replace(chat, claimed=set(chat.claimed)) for chat in chats]
    missing = news(connection, chats, source)
    if not any(missing):
        return Brought(source=source, claimed=tuple(chat.claimed for chat in chats))
    source = _numbered(connection, source, at)
    made = _ensure(connection, chats, missing, source)
    # Others may have brought the same since it was looked for.
    chats = [
        replace(chat, claimed=set(one.claimed)) for chat, one in zip(chats, given, strict=True)
    ]
    missing = news(connection, chats, source)
    rows = [
        _row(chat, message, source, at)
        for chat, new in zip(chats, missing, strict=True)
        for message in new
        if message.sort != "close"
    ]
    closings = [
        _closing(chat, message, source)
        for chat, new in zip(chats, missing, strict=True)
        for message in new
        if message.sort == "close"
    ]
    if rows:
        connection.execute(insert(messages), rows)
    if closings:
        connection.execute(insert(events), closings)
    _touch(connection, chats, missing)
    _count(connection, source, conversations=made, messages=len(rows))
    claimed = tuple(chat.claimed for chat in chats)
    return Brought(source=source, conversations=made, messages=len(rows), claimed=claimed)


def finish(connection: Connection, source: Source, *, at: datetime) -> None:
    """Note that all of it is in the log."""
    ours = imports.c.id == source.id
    connection.execute(update(imports).where(ours).values(ended_at=at))


def _find(connection: Connection, chats: Sequence[Chat], source: Source) -> None:
    keys = {source.key(chat.thread): chat for chat in chats if chat.id is None}
    if keys:
        query = select(conversations.c.id, conversations.c.key)
        for row in connection.execute(query.where(conversations.c.key.in_(keys))):
            keys[row.key].id = row.id


def _span(chats: Sequence[Chat]) -> tuple[list[int], datetime, datetime]:
    times = [message.at for chat in chats for message in chat.messages]
    ids = [chat.id for chat in chats if chat.id is not None]
    return ids, min(times) - _MOST_SLACK, max(times) + _MOST_SLACK


def _said(connection: Connection, chats: Sequence[Chat]) -> dict[int | None, list[_Row]]:
    """The messages around the time of *chats*, by conversation, oldest first."""
    found: dict[int | None, list[_Row]] = defaultdict(list)
    ids, since, until = _span(chats)
    m = messages.c
    query = select(
        *(m.conversation_id, m.id, m.platform_id, m.direction, m.text, m.sent_at, m.import_id)
    ).where(m.conversation_id.in_(ids), m.sent_at.between(since, until))
    if ids:
        for row in connection.execute(query.order_by(m.sent_at, m.id)):
            found[row.conversation_id].append(row)
    return found


def _closed(connection: Connection, chats: Sequence[Chat]) -> set[tuple[int | None, str | None]]:
    """Which closings of an export are there, as (conversation, the export's id)."""
    ids, since, until = _span(chats)
    if not ids or not any(_closings(chat) for chat in chats):
        return set()
    e = events.c
    query = select(e.conversation_id, e.data["id"].as_string()).where(
        e.conversation_id.in_(ids), e.type == "closed", e.at.between(since, until)
    )
    return {(conversation, id) for conversation, id in connection.execute(query)}


def _closings(chat: Chat) -> list[Message]:
    return [one for one in chat.messages if one.sort == "close"]


class _Match:
    """Tells which messages of an export the log has already."""

    def __init__(self, connection: Connection, source: Source) -> None:
        i = imports.c
        query = select(i.id, i.format, i.resolution_seconds)
        ours = query.where(i.channel == source.channel, i.account == source.account)
        self._source = source
        self._kinds = {row.id: row for row in connection.execute(ours)}

    def missing(self, chat: Chat, rows: Sequence[_Row]) -> list[Message]:
        """What was said in *chat* and is not among *rows*."""
        by_id = {row.platform_id: row for row in rows if row.platform_id is not None}
        left = []
        for message in chat.messages:
            row = by_id.get(message.id)
            if row is not None and self._same(row, message):
                chat.claimed.add(row.id)
            elif message.sort != "close":
                left.append(message)
        left = [one for one in left if not self._moved(one, chat, rows)]
        # Of one format, ids tell more than times: two may say the same at once.
        strange = [row for row in rows if not self._of_format(row)]
        by_words = defaultdict(list)
        for row in strange:
            by_words[row.direction, (row.text or "").strip()].append(row)
        return [one for one in left if not self._recognised(one, chat, by_words, strange)]

    def _of_format(self, row: _Row) -> bool:
        known = self._kinds.get(row.import_id)
        return known is not None and bool(known.format == self._source.format)

    def _same(self, row: _Row, message: Message) -> bool:
        """Whether a row of the same id is the message: Telegram counts anew for each account."""
        near = row.direction == _direction(message) and self._near(row, message)
        return self._of_format(row) or near

    def _moved(self, message: Message, chat: Chat, rows: Sequence[_Row]) -> bool:
        """Whether an earlier export counted it at another place among those of its instant.

        One that began in the middle of a minute did.
        """
        made = _MADE.fullmatch(message.id)
        for row in rows if made else ():
            ours = self._of_format(row) and row.import_id != self._source.id
            if ours and row.id not in chat.claimed and row.sent_at == message.at:
                known = _MADE.fullmatch(row.platform_id or "")
                if known and made and known["said"] == made["said"]:
                    chat.claimed.add(row.id)
                    return True
        return False

    def _recognised(
        self,
        message: Message,
        chat: Chat,
        by_words: Mapping[tuple[str, str], Sequence[_Row]],
        strange: Sequence[_Row],
    ) -> bool:
        if not strange:
            return False
        text, direction = message.text.strip(), _direction(message)
        for row in by_words.get((direction, text), ()):
            if row.id not in chat.claimed and self._near(row, message):
                chat.claimed.add(row.id)
                return True
        # What we send as one may arrive in parts.
        return direction == "out" and any(
            row.direction == "out"
            and row.import_id is None
            and len(text) > 1
            and text in (row.text or "")
            and self._near(row, message)
            for row in strange
        )

    def _near(self, row: _Row, message: Message) -> bool:
        known = self._kinds.get(row.import_id)
        theirs = 1 if known is None else known.resolution_seconds
        coarsest = max(self._source.resolution_seconds, theirs)
        ours = row.import_id is None and row.direction == "out"
        slack = _SENT_SLACK if ours else _KNOWN_SLACK
        return bool(abs(row.sent_at - message.at) < timedelta(seconds=coarsest) + slack)


def _direction(message: Message) -> str:
    return "in" if message.author == "customer" else "out"


def _numbered(connection: Connection, source: Source, at: datetime) -> Source:
    if source.id is not None:
        return source
    row = {
        "channel": source.channel,
        "account": source.account,
        "format": source.format,
        "fingerprint": source.fingerprint,
        "resolution_seconds": source.resolution_seconds,
        "conversations": 0,
        "messages": 0,
        "began_at": at,
    }
    made = connection.execute(insert(imports).returning(imports.c.id), row).scalar_one()
    return replace(source, id=made)


def _ensure(
    connection: Connection,
    chats: Sequence[Chat],
    missing: Sequence[Sequence[Message]],
    source: Source,
) -> int:
    """Make the conversations that there are not, lock all; returns how many are new."""
    wanted = {
        source.key(chat.thread): (chat, new)
        for chat, new in zip(chats, missing, strict=True)
        if chat.id is None and new
    }
    made = 0
    if wanted:
        rows = [_conversation(key, *wanted[key], source) for key in sorted(wanted)]
        connection.execute(insert_new(connection, conversations), rows)
        _find(connection, [chat for chat, _ in wanted.values()], source)
    ids = sorted(chat.id for chat in chats if chat.id is not None)
    query = select(conversations.c.id).where(conversations.c.id.in_(ids))
    connection.execute(query.order_by(conversations.c.id).with_for_update()).all()
    if wanted:
        ours = select(conversations.c.id).where(
            conversations.c.id.in_([chat.id for chat, _ in wanted.values()]),
            conversations.c.import_id == source.id,
        )
        made = len(connection.execute(ours).all())
    return made


def _conversation(key: str, chat: Chat, new: Sequence[Message], source: Source) -> dict[str, Any]:
    return {
        "key": key,
        "channel": source.channel,
        "account": source.account,
        "thread": chat.thread,
        "surface": str(Surface.DIRECT),
        "state": str(State.CLOSED),
        "contact_id": chat.thread,
        "contact_name": chat.name,
        "fence": 0,
        "misses": 0,
        "slots": {},
        "choices": [],
        "gone": [],
        "created_at": new[0].at,
        "import_id": source.id,
    }


def _row(chat: Chat, message: Message, source: Source, at: datetime) -> dict[str, Any]:
    theirs = message.author == "customer"
    media = message.sort != "text"
    return {
        "conversation_id": chat.id,
        "direction": _direction(message),
        "author": message.author,
        "contact_id": chat.thread if theirs else None,
        "visibility": "note" if message.note else "public",
        "kind": "note" if message.note else "message" if theirs else "reply",
        "platform_id": message.id,
        "text": message.text or (None if media else ""),
        "attachments": [{"type": message.sort}] if media else None,
        "ack": message.ack,
        "handoff": False,
        "expects_reply": False,
        "answerable": False,
        "sent_at": message.at,
        "received_at": at,
        "import_id": source.id,
        "agent_name": message.agent_name,
        "broadcast": message.broadcast,
    }


def _closing(chat: Chat, message: Message, source: Source) -> dict[str, Any]:
    return {
        "conversation_id": chat.id,
        "type": "closed",
        "at": message.at,
        "actor": "platform",
        "data": {"import": source.id, "id": message.id},
    }


def _touch(
    connection: Connection, chats: Sequence[Chat], missing: Sequence[Sequence[Message]]
) -> None:
    """Say of conversations that an import made when somebody last spoke there."""
    new = {chat.id: one for chat, one in zip(chats, missing, strict=True) if one}
    c = conversations.c
    query = select(c.id, c.last_in_at, c.last_out_at, c.last_agent_at).where(
        c.id.in_(list(new)), c.import_id.is_not(None)
    )
    for row in connection.execute(query).all():
        said = [one for one in new[row.id] if not one.note and one.sort != "close"]
        values = {
            "last_in_at": _latest(row.last_in_at, said, "customer"),
            "last_out_at": _latest(row.last_out_at, said, "bot", "agent"),
            "last_agent_at": _latest(row.last_agent_at, said, "agent"),
        }
        connection.execute(update(conversations).where(c.id == row.id).values(**values))


def _latest(known: datetime | None, said: Iterable[Message], *authors: str) -> datetime | None:
    times = [one.at for one in said if one.author in authors]
    return max([*times, *([known] if known else [])], default=None)


def _count(connection: Connection, source: Source, *, conversations: int, messages: int) -> None:
    i = imports.c
    counted = (
        update(imports)
        .where(i.id == source.id, i.undone_at.is_(None))
        .values(conversations=i.conversations + conversations, messages=i.messages + messages)
    )
    if not connection.execute(counted).rowcount:
        raise ImportUndone
