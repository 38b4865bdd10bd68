"""Blank what one deleted message said, and what was drawn from it, wherever it was written down.

Its entities go from decisions, hand-offs, slots, and the bot's replies that quote them; agents'
words stay their own. Call `Database.scrub` afterwards for SQLite's write-ahead log.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, get_args

from sqlalchemy import Connection, Row, Table, select, update

from bot.store import forgetting, inbox
from bot.store.erase import kept
from bot.store.tables import conversations, events, messages, outbox
from intents.match import ENTITIES, NamingEntity

BLANK = "…"
_NAMING = frozenset(get_args(NamingEntity))


def blank(connection: Connection, row: Row[Any]) -> None:
    """Forget the words of *row*, a customer's message in the log. The row itself stays."""
    here = row.conversation_id
    lines = connection.execute(select(events).where(events.c.conversation_id == here)).all()
    said = _said(row, lines)
    _write(connection, messages, row.id, text=None, attachments=None)
    slots = connection.scalar(select(conversations.c.slots).where(conversations.c.id == here))
    left, dropped = said.apart(slots or {})
    if left != slots:
        _write(connection, conversations, here, slots=left)
    for line in lines:
        data = _without(line, row, said)
        if data != line.data:
            _write(connection, events, line.id, data=data)
    _mask_replies(connection, here, said.values | frozenset(filter(_distinctive, dropped)))
    inbox.forget_bodies_of(connection, said.inbox_ids)
    forgetting.forget_review(connection, conversation_id=here, message_id=row.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What the message said: its *wordings* in lower case, the *values* that the bot found."""

    wordings: Collection[str]
    values: frozenset[str]
    inbox_ids: Collection[int]

    def apart(self, slots: dict[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
        """Slots that came from elsewhere, and the texts of those that came from here."""
        left = {name: value for name, value in slots.items() if not self._holds(value)}
        gone = [value for name, value in slots.items() if name not in left]
        return left, frozenset(value for value in gone if isinstance(value, str))

    def _holds(self, value: Any) -> bool:
        if isinstance(value, str):
            told = value.strip().casefold()
            return bool(told) and any(told in wording for wording in self.wordings)
        spelled = json.dumps(value, ensure_ascii=False)
        return any(one in spelled for one in self.values)


def _said(row: Row[Any], lines: Iterable[Row[Any]]) -> _Said:
    wordings, values, inbox_ids = [row.text], set(), [row.inbox_id]
    for line in lines:
        if line.type == "edited" and line.data.get("message") == row.id:
            wordings += [line.data.get("was"), line.data.get("text")]
            inbox_ids += line.data.get("inbox") or []
        elif line.data.get("message") == row.platform_id:
            values |= {one["value"] for one in line.data.get("entities") or [] if _own(one)}
    return _Said(
        wordings=[one.casefold() for one in (*wordings, *values) if one],
        values=frozenset(values),
        inbox_ids=[id for id in inbox_ids if id is not None],
    )


def _without(line: Row[Any], row: Row[Any], said: _Said) -> dict[str, Any]:
    data: dict[str, Any] = line.data
    about = data.get("message")
    if line.type == "edited" and about == row.id:
        return data | {"was": None, "text": None}
    if line.type != "edited" and about == row.platform_id:
        return kept(line.type, data)
    if line.type == "handoff" and data.get("slots"):
        left, _ = said.apart(data["slots"])
        return data | {"slots": left}
    return data


def _mask_replies(connection: Connection, here: int, values: Collection[str]) -> None:
    if not values:
        return
    bots = (messages.c.conversation_id == here, messages.c.author == "bot")
    for id, text in connection.execute(select(messages.c.id, messages.c.text).where(*bots)).all():
        if (masked := _masked(text, values)) != text:
            _write(connection, messages, id, text=masked)
    ours = (outbox.c.conversation_id == here, outbox.c.author == "bot")
    for id, message in connection.execute(
        select(outbox.c.seq, outbox.c.message).where(*ours)
    ).all():
        if (told := _masked_message(message, values)) != message:
            connection.execute(update(outbox).where(outbox.c.seq == id).values(message=told))


def _masked_message(message: dict[str, Any], values: Collection[str]) -> dict[str, Any]:
    also = [_masked_message(one, values) for one in message.get("also") or ()]
    return message | {"text": _masked(message["text"], values)} | ({"also": also} if also else {})


def _own(entity: dict[str, Any]) -> bool:
    """Whether an entity's value is the customer's: not one of the brand's lists, nor a mere "2"."""
    name, value = entity["name"], entity["value"]
    return name in _NAMING or (name in ENTITIES and _distinctive(value))


def _distinctive(value: str) -> bool:
    """Whether *value* is no piece of other words: a size "M" stands in every second reply."""
    return len(value) > (3 if value.isascii() else 1)


def _masked(text: str | None, values: Collection[str]) -> str | None:
    for value in sorted(values, key=len, reverse=True):
        text = text and text.replace(value, BLANK)
    return text


def _write(connection: Connection, table: Table, id: int, **values: Any) -> None:
    connection.execute(update(table).where(table.c.id == id).values(**values))
