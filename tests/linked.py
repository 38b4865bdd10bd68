"""Replies with counted links, written through the functions that the service writes them with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from sqlalchemy import Connection, update

from bot.store import conversations, counted, outbox
from bot.store.counted import Link, Order, Verdict
from bot.store.outbox import Claimed, Draft, Item
from bot.store.tables import outbox as outbox_table
from channels.messages import Action, AgentMessage, BotMessage, Surface

WEEK = timedelta(days=7)
TARGET = "https://shop.example/orders/1234"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A reply that was sent, and the id of its link."""

    outbox_id: str
    link_id: str


def replied(
    connection: Connection,
    conversation_id: int,
    at: datetime,
    *,
    template: str | None = "order_status",
    intent: str | None = "order_status",
    author: str = "bot",
    state: Item = Item.SENT,
    reply_to: str | None = None,
    action: Action = Action.REPLY,
) -> Sent:
    """Send a reply with one counted link in a conversation."""
    present = conversations.by_id(connection, conversation_id)
    assert present is not None
    link_id, outbox_id = uuid4().hex[:16], str(uuid4())
    kind = BotMessage if author == "bot" else AgentMessage
    message = kind(
        id=outbox_id,
        channel=present.channel,
        account=present.account,
        thread=present.thread,
        surface=present.surface,
        action=action,
        reply_to=reply_to,
        text=f"https://chat.shop.example/l/{link_id}",
    )
    link = Link(
        id=link_id,
        target=TARGET,
        public=present.surface is Surface.COMMENT and action is Action.REPLY,
        template=template,
        intent=intent,
        language="en",
        expires_at=at + timedelta(days=180),
    )
    draft = Draft(message=message, flags={}, not_before=at, expires_at=at, links=(link,))
    new = outbox.rows([draft], conversation_id=conversation_id, partition=0, fence=0, at=at)
    outbox.add(connection, new)
    outbox.add_links(connection, [draft], conversation_id=conversation_id, at=at)
    connection.execute(
        update(outbox_table).where(outbox_table.c.id == outbox_id).values(state=state)
    )
    # Some platforms take a message first, and tell later that it never arrived.
    if state in {Item.SENT, Item.FAILED}:
        outbox.log_sent(
            connection, [outbox.sent_row(_claimed(draft, conversation_id), platform_id=None, at=at)]
        )
    return Sent(outbox_id=outbox_id, link_id=link_id)


def bought(
    connection: Connection,
    click_id: int,
    number: str,
    at: datetime,
    value: str | None = None,
    currency: str | None = None,
    *,
    signed: bool = False,
) -> Verdict:
    """Tell an order that followed a click."""
    told = None if value is None else Decimal(value)
    order = Order(number=number, value=told, currency=currency, signed=signed)
    return counted.convert(connection, order, click_id=click_id, at=at, since=at - WEEK)


def clicks(connection: Connection, sent: Sent, times: Sequence[datetime]) -> list[int]:
    """Follow a link at some instants; returns the clicks."""
    return [counted.click(connection, sent.link_id, at=at) for at in times]


def _claimed(draft: Draft, conversation_id: int) -> Claimed:
    return Claimed(
        id=draft.message.id,
        conversation_id=conversation_id,
        message=draft.message,
        flags=draft.flags,
        inbox_id=None,
        agent_id=draft.agent_id,
        tries=0,
        doubtful=False,
        expires_at=draft.expires_at,
        claimed_at=draft.not_before,
    )
