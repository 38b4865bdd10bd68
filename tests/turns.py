"""Messages, meanings and conversations for tests, filled with harmless defaults."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.conversation import Conversation
from channels.base import Capabilities
from channels.messages import Attachment, Contact, InboundMessage, Surface
from intents.match import Entity, IntentMatch

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
DIRECT = Capabilities(
    surface=Surface.DIRECT, max_text=2000, max_quick_replies=13, max_quick_reply_title=20
)
COMMENT = Capabilities(surface=Surface.COMMENT, max_text=8000, max_quick_replies=13)


def message(
    text: str | None = "嗨", *, age: timedelta = timedelta(), **given: Any
) -> InboundMessage:
    public = given.pop("public", False)
    values: dict[str, Any] = {
        "event_id": "e1",
        "kind": "comment.add" if public else "dm.text",
        "channel": "page_comments" if public else "line",
        "account": "acct",
        "thread": "t1",
        "surface": Surface.COMMENT if public else Surface.DIRECT,
        "sent_at": NOW - age,
        "received_at": NOW,
        "id": "m1",
        "contact": Contact(id="u1"),
        "text": text,
    }
    return InboundMessage(**{**values, **given})


def sticker() -> InboundMessage:
    return message(None, attachments=(Attachment(type="sticker"),))


def conversation(**given: Any) -> Conversation:
    values: dict[str, Any] = {
        "key": "line:acct:t1",
        "channel": "line",
        "account": "acct",
        "thread": "t1",
        "surface": Surface.DIRECT,
        "contact_id": "u1",
    }
    return Conversation(**{**values, **given})


def meaning(intent: str = "greet", confidence: float = 0.95, **given: Any) -> IntentMatch:
    values: dict[str, Any] = {
        "intent": intent,
        "confidence": confidence,
        "source": "classifier",
        "evidence": (),
        "ranking": ((intent, confidence),),
        "language": "zh-Hant",
        "entities": (),
        "rejected": False,
    }
    return IntentMatch(**{**values, **given})


def unclear() -> IntentMatch:
    return meaning("oos", 0.7, rejected=True, ranking=(("price", 0.3), ("stock", 0.2)))


def entity(name: str, value: str, written: str, text: str) -> Entity:
    start = text.index(written)
    return Entity(name=name, value=value, start=start, end=start + len(written))


def order_number(value: str) -> Entity:
    return Entity(name="order_number", value=value, start=0, end=len(value))
