"""What the brand says to a visitor: stored first, then shown in every open tab."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from bot.signals import Signals
from bot.store import chat
from bot.store.database import Database, StoreUnavailable
from bot.store.files import FILES
from bot.web.webchat.live import topic
from channels.base import Deliver
from channels.errors import ChannelUnavailable, RecipientGone
from channels.messages import AgentMessage, OutboundMessage
from channels.webchat import NAME


def deliver_to(database: Database, signals: Signals, clock: Callable[[], datetime]) -> Deliver:
    """The port by which the web chat adapter reaches visitors, in whichever process they are.

    It returns the message's own id. A message delivered again is neither stored nor shown twice.
    Raises RecipientGone for a deleted chat, ChannelUnavailable when the database fails.
    """

    async def deliver(message: OutboundMessage) -> str:
        now = clock()
        entry = chat.Entry(
            thread=message.thread,
            message_id=message.id,
            frame=shown(message) | {"ts": now.isoformat()},
            at=now,
        )
        try:
            posted = await database.submit(chat.post, entry)
        except StoreUnavailable as exc:
            raise ChannelUnavailable(NAME, str(exc)) from exc
        if posted is None:
            raise RecipientGone(NAME, "the visitor deleted the chat")
        signals.publish(topic(message.thread), {"seq": posted.seq})
        return message.id

    return deliver


def shown(message: OutboundMessage) -> dict[str, Any]:
    """*message* as a frame for the widget. Only a person's carries no "automated"."""
    frame: dict[str, Any] = {
        "t": "msg",
        "mid": message.id,
        "author": "agent",
        "parts": _parts(message),
    }
    if not isinstance(message, AgentMessage):
        frame |= {"author": "bot", "automated": True}
    if message.quick_replies:
        frame["quick_replies"] = [
            {"title": each.title, "payload": each.payload} for each in message.quick_replies
        ]
    return frame


def _parts(message: OutboundMessage) -> list[dict[str, Any]]:
    """Text and what lies with us; the frame shows nothing of others, so that becomes words."""
    own = [one for one in message.attachments if (one.url or "").startswith(FILES)]
    lines = [
        message.text,
        *(f"{one.title or one.type}: {one.url}" for one in message.attachments if one not in own),
    ]
    text = "\n".join(line for line in lines if line)
    shown = [
        {"type": "image" if one.type == "image" else "file", "url": one.url, "title": one.title}
        for one in own
    ]
    return [*shown, *([{"type": "text", "text": text}] if text or not own else [])]


def tell_typing(signals: Signals, *, thread: str, author: Literal["bot", "agent"]) -> None:
    """Show the visitor for some seconds that somebody is typing."""
    signals.publish(topic(thread), {"t": "typing", "author": author})


def tell_state(signals: Signals, *, thread: str, state: str) -> None:
    """Show the visitor who has the word: bot, waiting, agent or closed."""
    signals.publish(topic(thread), {"t": "handoff", "state": state})
