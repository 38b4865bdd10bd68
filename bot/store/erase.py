"""Erase what one customer said and who they are; what the reports count stays.

Rows, instants, authors' roles and the bot's intents stay. Texts, attachments, names, labels and
the platform's ids go; ids that tie rows together are replaced by numbers of this conversation. A
word that opened an ask is replaced by a word, thanks by "…": both are judged like the originals.
SQLite overwrites what is deleted; call `Database.scrub` afterwards for its write-ahead log.
PostgreSQL gives old row versions up when it vacuums. Digests of the customer's names stay, so that
no export brings them back (`erasures`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from bot.conversation import State
from bot.reports.light import CLOSERS, Light
from bot.store import asks, chat, counted, erasures, files, forgetting, names, profiles
from bot.store.logged import DELETED, NO_ANSWER
from bot.store.outbox import ERASED, Item
from bot.store.tables import bodies, conversations, events, inbox, labels, messages, outbox
from channels.messages import Surface

WORDS = "[erased]"
THANKS = "…"

_LIGHT = Light(CLOSERS, ())
_OPEN = (Item.QUEUED, Item.SENDING, Item.UNKNOWN)
# Of each kind of event, what the reports and the desk need and no customer wrote.
_KEPT: Mapping[str, frozenset[str]] = {
    "decided": frozenset(
        {
            *("decision", "message", "intent", "confidence", "source", "language", "templates"),
            *("rule", "reason", "action", "said"),
        }
    ),
    "ignored": frozenset(
        {"decision", "intent", "confidence", "source", "language", "message", "rule"}
    ),
    "handoff": frozenset({"reason", "intent", "confidence", "message"}),
    "edited": frozenset({"message", "at", "was", "text"}),
    "deleted": frozenset({"message"}),
    "taken": frozenset({"cancelled", "in_flight", "agent"}),
    "unsent": frozenset({"outbox", "state"}),
    "notice": frozenset({"kind", "account"}),
    "taught": frozenset({"taught", "intent"}),
    "reviewed": frozenset({"verdict", "messages"}),
}


def erase(connection: Connection, key: str, *, at: datetime) -> int:
    """Forget the conversation *key* (channel/account/thread). Returns how many messages it had.

    Nothing that waits in it is handled or sent any more. Should its customer write again, that is
    a new conversation. A platform that delivers an old message again is still told that we know it.
    """
    channel, account, thread = key.split("/", 2)
    called = names.of(connection, channel=channel, account=account, thread=thread)
    erasures.note(connection, channel=channel, account=account, names=[thread, *called], at=at)
    chat.forget(connection, thread=thread)
    names.forget(connection, channel=channel, account=account, thread=thread)
    row = connection.execute(
        select(conversations.c.id, conversations.c.surface, conversations.c.contact_id)
        .where(conversations.c.key == key)
        .with_for_update()
    ).one_or_none()
    new_thread = "erased" if row is None else f"erased:{row.id}"
    new_key = f"{channel}/{account}/{new_thread}"
    _forget_inbox(connection, key, new_key)
    if row is None:
        return 0
    profiles.forget(connection, channel=channel, account=account, contact_id=row.contact_id)
    blanks = _Blanks(prefix=new_thread, public=row.surface == Surface.COMMENT)
    files.forget(connection, row.id)
    counted.forget(connection, row.id)
    count = _blank_messages(connection, row.id, blanks)
    _blank_outbox(connection, row.id, blanks, at)
    _blank_events(connection, row.id, blanks)
    forgetting.forget_review(connection, conversation_id=row.id)
    connection.execute(delete(labels).where(labels.c.conversation_id == row.id))
    asks.forget_author(connection, row.id)
    _close(connection, row.id, {"key": new_key, "thread": new_thread})
    # The line also tells whoever keeps reports in memory that the log is another one now.
    line = {"conversation_id": row.id, "type": "erased", "at": at, "actor": "system", "data": {}}
    connection.execute(insert(events), line)
    return count


def stand_in(text: str | None, *, public: bool) -> str | None:
    """What stands in for a *text*: it is judged like it, and says nothing."""
    if not text:
        return text
    judge = _LIGHT.is_light_comment if public else _LIGHT.is_light
    return THANKS if judge(text) else WORDS


@dataclass(slots=True)
class _Blanks:
    """What stands in for texts and ids."""

    # Comments of several conversations meet below one post: names must differ there, too.
    prefix: str
    public: bool
    _names: dict[str, str] = field(default_factory=dict)

    def id(self, old: str | None) -> str | None:
        if old is None:
            return None
        return self._names.setdefault(old, f"{self.prefix}.{len(self._names) + 1}")

    def text(self, old: str | None) -> str | None:
        return stand_in(old, public=self.public)


def _forget_inbox(connection: Connection, key: str, new_key: str) -> None:
    ours = inbox.c.conversation == key
    connection.execute(
        delete(bodies).where(bodies.c.id.in_(select(inbox.c.body).where(ours).distinct()))
    )
    blank = {"event": None, "body": None, "reason": None, "not_before": None}
    connection.execute(
        update(inbox).where(ours).values(state="done", conversation=new_key, **blank)
    )


def _blank_messages(connection: Connection, conversation_id: int, blanks: _Blanks) -> int:
    rows = connection.execute(
        select(messages)
        .where(messages.c.conversation_id == conversation_id)
        .order_by(messages.c.id)
    ).all()
    for row in rows:
        connection.execute(
            update(messages)
            .where(messages.c.id == row.id)
            .values(
                text=blanks.text(row.text),
                attachments=row.attachments and [{"type": one["type"]} for one in row.attachments],
                contact_id=blanks.id(row.contact_id),
                platform_id=blanks.id(row.platform_id),
                root=blanks.id(row.root),
                reply_to=blanks.id(row.reply_to),
            )
        )
    return len(rows)


def _blank_outbox(
    connection: Connection, conversation_id: int, blanks: _Blanks, at: datetime
) -> None:
    for row in connection.execute(
        select(outbox).where(outbox.c.conversation_id == conversation_id)
    ).all():
        told = row.message
        message = {name: told[name] for name in ("id", "channel", "account", "surface", "action")}
        # What is being sent right now can still arrive; `outcomes` will not write its words down.
        over = {"state": Item.CANCELLED, "settled_at": at} if row.state in _OPEN else {}
        connection.execute(
            update(outbox)
            .where(outbox.c.seq == row.seq)
            .values(
                message=message
                | {"thread": "", "text": blanks.text(told.get("text")) or ""}
                | {"reply_to": blanks.id(told.get("reply_to"))},
                platform_id=blanks.id(row.platform_id),
                reason=ERASED,
                **over,
            )
        )


def kept(type: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """What may stay of an event's *data* when the words behind it go."""
    names = _KEPT.get(type, frozenset())
    left = {name: value for name, value in data.items() if name in names}
    why = data.get("why")
    if isinstance(why, str) and (why == DELETED or why.startswith(NO_ANSWER)):
        left["why"] = why
    return left


def _blank_events(connection: Connection, conversation_id: int, blanks: _Blanks) -> None:
    for row in connection.execute(
        select(events).where(events.c.conversation_id == conversation_id)
    ).all():
        data = kept(row.type, row.data)
        if row.type == "edited":
            data |= {name: blanks.text(data.get(name)) for name in ("was", "text")}
        elif isinstance(data.get("message"), str):
            data["message"] = blanks.id(data["message"])
        connection.execute(update(events).where(events.c.id == row.id).values(data=data))


def _close(connection: Connection, conversation_id: int, names: Mapping[str, str]) -> None:
    connection.execute(
        update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(
            **names,
            state=State.CLOSED,
            fence=conversations.c.fence + 1,
            agent_id=None,
            waiting_since=None,
            contact_id="",
            contact_name=None,
            slots={},
            asked_slot=None,
            asked_by=None,
            gone=[],
            choices=[],
        )
    )
