"""What an export tells of customers who were forgotten: it stays out."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from bot.store import erasures, names
from bot.store.history import NOWHERE, Chat, Source
from bot.store.tables import conversations, events, messages

_SLACK = timedelta(seconds=2)
# Two customers may write within one minute; hardly so often, and never apart.
_ENOUGH = 3


@dataclass(slots=True)
class LeftOut:
    """How much stayed out; *customers* by their threads in the export."""

    customers: set[str] = field(default_factory=set)
    messages: int = 0

    def note(self, before: Sequence[Chat], after: Sequence[Chat]) -> None:
        """Count what *before* had and *after* has not."""
        for had, has in zip(before, after, strict=True):
            if gone := len(had.messages) - len(has.messages):
                self.customers.add(had.thread)
                self.messages += gone


def without(
    connection: Connection, chats: Sequence[Chat], source: Source, *, hold: bool = False
) -> list[Chat]:
    """The *chats* without what was said before their customers were forgotten; some are empty then.

    Nobody is forgotten meanwhile if the transaction is to *hold* it off.
    """
    called = _called(connection, chats)
    every = {name for chat in chats for name in (chat.thread, *called.get(chat.id, ()))}
    place = {"channel": source.channel, "account": source.account}
    gone = erasures.times(connection, **place, names=every, hold=hold)
    if not gone:
        return list(chats)
    left = []
    for chat in chats:
        theirs = [gone[one] for one in (chat.thread, *called.get(chat.id, ())) if one in gone]
        said = [one for one in chat.messages if all(one.at > at for at in theirs)]
        left.append(replace(chat, messages=said))
    return left


class Traces:
    """When forgotten customers wrote, as the log keeps it for the reports.

    An export that has no address for them, and that nobody brought before, shows the same instants.
    """

    def __init__(self, connection: Connection, source: Source) -> None:
        self._slack = timedelta(seconds=source.resolution_seconds) + _SLACK
        c, m, e = conversations.c, messages.c, events.c
        theirs = (c.channel == source.channel, c.account == source.account)
        gone = select(c.id).where(*theirs, c.thread.startswith("erased:"))
        last = select(e.conversation_id, func.max(e.at).label("at")).where(
            e.type == "erased", e.conversation_id.in_(gone)
        )
        rows = connection.execute(last.group_by(e.conversation_id))
        self._erased_at: dict[int, datetime] = {row.conversation_id: row.at for row in rows}
        said = select(m.conversation_id, m.sent_at).where(
            m.direction == "in", m.conversation_id.in_(gone)
        )
        self._said: dict[int, list[datetime]] = defaultdict(list)
        for row in connection.execute(said.order_by(m.sent_at)):
            self._said[row.conversation_id].append(row.sent_at)

    def without(self, chat: Chat) -> Chat:
        """*chat* without what its customer said before they were forgotten, if they were."""
        told = [one.at for one in chat.messages if one.author == "customer"]
        for id, erased_at in self._erased_at.items():
            if self._same(told, self._said[id]):
                chat = replace(chat, messages=[one for one in chat.messages if one.at > erased_at])
        return chat

    def _same(self, told: Sequence[datetime], said: Sequence[datetime]) -> bool:
        if not said:
            return False
        first, last = said[0] - self._slack, said[-1] + _SLACK
        within = {at for at in told if first <= at <= last}
        return len(within) >= _ENOUGH and all(self._heard(at, said) for at in within)

    def _heard(self, at: datetime, said: Sequence[datetime]) -> bool:
        place = bisect_left(said, at - _SLACK)
        return place < len(said) and said[place] <= at + self._slack


def remember(connection: Connection, chats: Sequence[Chat], source: Source) -> None:
    """Note what the export calls customers whom the log knows by another name.

    Once they are forgotten, nothing else would tell that they are the same.
    """
    called = _called(connection, chats)
    place = {"channel": source.channel, "account": source.account}
    for chat in chats:
        thread, *_ = called.get(chat.id, (chat.thread,))
        if chat.messages and chat.thread.startswith(NOWHERE) and thread != chat.thread:
            names.also(connection, **place, thread=thread, name=chat.thread)


def _called(connection: Connection, chats: Sequence[Chat]) -> dict[int | None, tuple[str, str]]:
    """What the log calls the customers of chats whose conversations are known."""
    c = conversations.c
    ids = {chat.id for chat in chats if chat.id is not None}
    query = select(c.id, c.thread, c.contact_id).where(c.id.in_(ids))
    return {row.id: (row.thread, row.contact_id) for row in connection.execute(query)}
