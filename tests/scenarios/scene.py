"""What the scenarios share: customers on every platform, and looks into the store."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select

from bot import handoff
from bot.simulation.commenters import Commenter
from bot.simulation.customers import LineCustomer
from bot.simulation.ledger import Entry
from bot.simulation.misbehaviour import Misbehaviour, MisbehaviourKind
from bot.simulation.webhook import Webhook
from bot.store.tables import agents, conversations, events, inbox, messages, outbox
from bot.web.keys import CAPABILITIES
from tests.house import PAGE, WITHIN, House, account

FINAL = {"sent", "failed", "cancelled", "expired", "unknown"}
POST = f"{PAGE}_1221"
APP_ID = 1517776481860111
META_INBOX = 26390203743090
HOURS = {"monday": ["09:00-18:00"], "tuesday": ["09:00-18:00"], "friday": ["09:00-18:00"]}

_numbers = count(1)


async def items(h: House, who: str | None = None) -> Sequence[Row[Any]]:
    """Outbox items in their order, of one conversation (by its thread) or of all."""
    query = (
        select(outbox, conversations.c.thread)
        .join(conversations, conversations.c.id == outbox.c.conversation_id)
        .order_by(outbox.c.seq)
    )
    if who is not None:
        query = query.where(conversations.c.thread == who)
    return await h.database.read(lambda connection: connection.execute(query).all())


async def states(h: House, who: str | None = None) -> list[str]:
    """The states of outbox items, oldest first."""
    return [row.state for row in await items(h, who)]


async def conversation(h: House, who: str) -> Row[Any]:
    """The stored conversation with *who*."""
    query = select(conversations).where(conversations.c.thread == who)
    return await h.database.read(lambda connection: connection.execute(query).one())


async def said(h: House, who: str) -> list[tuple[str, str | None]]:
    """The log of a conversation as (author, text)."""
    query = (
        select(messages.c.author, messages.c.text)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(conversations.c.thread == who)
        .order_by(messages.c.id)
    )
    rows = await h.database.read(lambda connection: connection.execute(query).all())
    return [(row.author, row.text) for row in rows]


async def logged(h: House, type_: str) -> Sequence[Row[Any]]:
    """Lines of the event log of one type."""
    query = select(events).where(events.c.type == type_).order_by(events.c.id)
    return await h.database.read(lambda connection: connection.execute(query).all())


async def arrived(h: House) -> Sequence[Row[Any]]:
    """Every row of the inbox."""
    query = select(inbox).order_by(inbox.c.id)
    return await h.database.read(lambda connection: connection.execute(query).all())


async def hire(h: House, name: str = "Ann") -> int:
    """A new agent's id."""

    def write(connection: Connection) -> int:
        row = {"email": f"{name}@example.invalid", "name": name, "role": "agent"}
        row |= {"password_hash": "-", "active": True, "created_at": h.clock()}  # type: ignore[dict-item]
        key = connection.execute(insert(agents), row).inserted_primary_key
        assert key is not None
        return int(key[0])

    return await h.database.write(write)


async def take(h: House, who: str, agent: int) -> handoff.Taken:
    """Let *agent* take the conversation with *who*."""
    row = await conversation(h, who)
    return await h.database.write(
        lambda connection: handoff.take(
            connection, conversation_id=row.id, agent_id=agent, at=h.clock()
        )
    )


async def hand_back(h: House, who: str, agent: int) -> None:
    """Let *agent* give the conversation back to the bot."""
    row = await conversation(h, who)
    await h.database.write(
        lambda connection: handoff.release(
            connection, conversation_id=row.id, agent_id=agent, at=h.clock()
        )
    )


def commenter(name: str, post: str = POST) -> Commenter:
    """Somebody under one of the brand's posts."""
    return Commenter(account=account("page_comments"), id=f"p-{name}", name=name, post=post)


def comment_id(post: str = POST) -> str:
    """A new comment's id."""
    return f"{post.split('_')[-1]}_{next(_numbers):06d}"


async def comments(h: House, name: str, text: str, *, post: str = POST, **more: Any) -> Webhook:
    """Let *name* comment under one of the brand's posts."""
    webhook = commenter(name, post).adds(
        text, comment=comment_id(post), sent=h.clock.seconds(), **more
    )
    assert await h.deliver(webhook) == 200
    return webhook


def line_user(number: int) -> str:
    """A LINE user id."""
    return f"U{number:032x}"


def on_line(h: House, who: str, text: str, *, message: str | None = None) -> Webhook:
    """One text of a LINE customer, with a fresh reply token."""
    number = next(_numbers)
    return LineCustomer(account=account("line"), id=who).says(
        text,
        message=message or f"{500_000 + number}",
        event=f"01{number:024d}",
        sent=h.clock.seconds(),
        reply_token=f"{number:032x}",
    )


async def answer(h: House, who: str, agent: int, text: str) -> list[str]:
    """Let *agent* answer in the conversation with *who*; returns the outbox ids."""
    row = await conversation(h, who)
    able = h.service.app[CAPABILITIES][row.channel]
    return await h.database.write(
        lambda connection: handoff.reply(
            connection,
            conversation_id=row.id,
            agent_id=agent,
            text=text,
            client_id=uuid4(),
            seen=10**9,
            at=h.clock(),
            capabilities=able,
        )
    )


def echo(h: House, who: str, text: str | None = None, *, off: float = 0.0) -> Webhook:
    """Messenger shows the Page what it said: our last item, or *text* typed in Meta's own inbox.

    Its clock is *off* by so many seconds.
    """
    last = h.sent(who)[-1] if text is None else None
    return h.customer(who).hears(
        text or "" if last is None else last.text,
        message=f"m_echo_{next(_numbers)}" if last is None else last.ids[0],
        sent=h.clock.seconds() + off,
        metadata=None if last is None else last.outbound_id,
        app_id=META_INBOX if last is None else APP_ID,
    )


def the_page(post: str = POST) -> Commenter:
    """The brand's own Page under its post."""
    return Commenter(account=account("page_comments"), id=PAGE, name="Test Shop", post=post)


def in_turn(h: House, *kinds: MisbehaviourKind) -> None:
    """Let the platform's next calls fail one after another, each in its way, then work again."""
    left = list(kinds)

    def next_one(_: Entry | None) -> None:
        if left:
            h.platform.misbehave(Misbehaviour(kind=left.pop(0), times=1, retry_after=1))
        else:
            h.platform.behave()

    h.platform.ledger.watch(next_one)
    next_one(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody on the brand's web site, by the chat's HTTP addresses."""

    house: House
    token: str
    thread: str

    async def says(self, text: str, *, cid: str | None = None) -> dict[str, Any]:
        """Send a message; returns the acknowledgement."""
        told = {"t": "msg", "cid": cid or str(uuid4()), "text": text}
        return await self._call("POST", "messages", json=told)

    async def frames(self, after: int = 0, *, wait: int = 0) -> list[dict[str, Any]]:
        """The messages in the chat after *after*, waiting *wait* seconds for the first."""
        told = await self._call("GET", f"events?after={after}&wait={wait}")
        return [frame for frame in told["frames"] if frame["t"] == "msg"]

    async def _call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Origin": self.house.url}
        url = f"{self.house.url}/webchat/site/{path}"
        async with self.house.http.request(method, url, headers=headers, **more) as heard:
            assert heard.status == 200, await heard.text()
            told: dict[str, Any] = await heard.json()
            return told


async def visit(h: House) -> Visitor:
    """A new visitor of the web chat."""
    url = f"{h.url}/webchat/site/session"
    async with h.http.post(url, json={}, headers={"Origin": h.url}) as heard:
        assert heard.status == 200, await heard.text()
        told = await heard.json()
    return Visitor(house=h, token=told["token"], thread=told["thread"])


async def are(h: House, who: str, wanted: list[str]) -> bool:
    """Whether the items for *who* are in these states."""
    return await states(h, who) == wanted


async def until(
    h: House, true: Callable[[], Coroutine[Any, Any, object]], *, within: float = WITHIN
) -> None:
    """Wait until what *true* looks up holds; fails with what is in the store."""
    deadline = asyncio.get_running_loop().time() + within
    while not await true():
        assert asyncio.get_running_loop().time() < deadline, await h.state()
        await asyncio.sleep(0.02)
