"""Whose conversation a chat of an export is, where the format has no address for its customer."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b

from sqlalchemy import Connection, select

from bot.store.history import Chat, Message, Source
from bot.store.tables import conversations, imports, messages

PAGE = 5000
_SLACK_SECONDS = 2
# Two customers may say "hi" in one second; hardly so often.
_ENOUGH = 3


class Kin:
    """Remembers what customers wrote to an account, on disk: there may be millions of messages."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._heard = sqlite3.connect("", check_same_thread=False)
        self._heard.execute("CREATE TABLE heard (words INTEGER, at INTEGER, conversation INTEGER)")
        self._read_to = 0
        self._any = False
        self.imported = False

    def close(self) -> None:
        """Drop what was remembered."""
        self._heard.close()

    def read(self, connection: Connection) -> bool:
        """Remember the next page of the account's messages; False after the last."""
        m, c = messages.c, conversations.c
        query = (
            select(m.id, m.conversation_id, m.text, m.sent_at)
            .join(conversations, c.id == m.conversation_id)
            .where(m.id > self._read_to, m.import_id.is_(None), m.direction == "in")
            .where(c.channel == self.source.channel, c.account == self.source.account)
            .where(m.text.is_not(None), m.text != "")
            .order_by(m.id)
            .limit(PAGE)
        )
        rows = connection.execute(query).all()
        self._heard.executemany(
            "INSERT INTO heard VALUES (?, ?, ?)",
            [(_words(row.text), int(row.sent_at.timestamp()), row.conversation_id) for row in rows],
        )
        if rows:
            self._any, self._read_to = True, rows[-1].id
        else:
            self._heard.execute("CREATE INDEX ix_words ON heard (words, at)")
            self._heard.execute("CREATE INDEX ix_conversation ON heard (conversation, at)")
            self.imported = self._imported(connection)
        return bool(rows)

    def conversation(self, connection: Connection, chat: Chat) -> int | None:
        """The conversation in the log that *chat* is part of; None if there is none."""
        return self._by_ids(connection, chat) or self._by_words(chat)

    def _imported(self, connection: Connection) -> bool:
        i, source = imports.c, self.source
        ours = (i.channel == source.channel, i.account == source.account)
        return connection.scalar(select(i.id).where(*ours).limit(1)) is not None

    def _by_ids(self, connection: Connection, chat: Chat) -> int | None:
        """By the ids that an earlier import brought: they are the same in every export."""
        if not self.imported:
            return None
        theirs = [one.id for one in chat.messages if one.author == "customer"]
        shared: Counter[tuple[int, str | None]] = Counter()
        m, c = messages.c, conversations.c
        for ids in _paged(theirs or [one.id for one in chat.messages]):
            query = (
                select(c.id, c.contact_name)
                .join(conversations, c.id == m.conversation_id)
                .where(m.platform_id.in_(ids), m.import_id.is_not(None))
                .where(c.channel == self.source.channel, c.account == self.source.account)
            )
            shared.update((row.id, row.contact_name) for row in connection.execute(query))
        ranked = sorted(shared.items(), key=lambda one: (one[0][1] != chat.name, -one[1]))
        for (id, name), count in ranked:
            if name == chat.name or count >= _ENOUGH:
                return id
        return None

    def _by_words(self, chat: Chat) -> int | None:
        """By what the service itself heard at the same time, if that leads to one customer."""
        if not self._any:
            return None
        told = [one for one in chat.messages if one.author == "customer" and one.text]
        shared = Counter(id for one in told for id in self._said(one))
        ranked = shared.most_common(2)
        if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
            return None
        id, count = ranked[0]
        first, last = self._heard.execute(
            "SELECT min(at), max(at) FROM heard WHERE conversation = ?", (id,)
        ).fetchone()
        within = sum(first <= one.at.timestamp() <= last + 1 for one in told)
        return id if count * 2 >= within else None

    def _said(self, message: Message) -> set[int]:
        at = int(message.at.timestamp())
        until = at + self.source.resolution_seconds + _SLACK_SECONDS
        rows = self._heard.execute(
            "SELECT conversation FROM heard WHERE words = ? AND at BETWEEN ? AND ?",
            (_words(message.text), at - _SLACK_SECONDS, until),
        )
        return {id for (id,) in rows}


def _words(text: str) -> int:
    digest = blake2b(text.strip().encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _paged(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), 500):
        yield ids[start : start + 500]
