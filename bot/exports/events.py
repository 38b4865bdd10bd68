"""Conversations of an export -> what happened, in the reports' own words."""

from bot.exports.automatic import Automatic
from bot.exports.message import Conversation, ExportedMessage, Sort
from bot.reports.events import Actor, Event, Kind

_DIGITS = 20
_KINDS: dict[Sort, Kind] = {"text": "message", "sticker": "sticker", "close": "close"}


def events(
    conversation: Conversation, automatic: Automatic, *, channel: str, names_agents: bool
) -> list[Event]:
    """Turn a conversation whose authors are known into events.

    What was taken back opens and answers nothing, for nobody knows what it said.
    """
    made = []
    id = conversation.id
    replies, broadcast = automatic.replies, automatic.broadcast
    for message in conversation.messages:
        if message.sort == "unsent":
            continue
        kind = _KINDS.get(message.sort, "media")
        if message.author == "customer":
            made.append(
                Event(
                    id=event_id(message),
                    at=message.at,
                    actor="customer",
                    channel=channel,
                    conversation=id,
                    kind=kind,
                    text=message.text,
                )
            )
            continue
        made.append(
            Event(
                id=event_id(message),
                at=message.at,
                actor=actor_of(message),
                channel=channel,
                conversation=id,
                kind=kind,
                text=message.text,
                ack=replies(message),
                broadcast=broadcast(message),
                visibility="note" if message.note else "public",
                agent=message.sender if names_agents and message.author == "agent" else None,
            )
        )
    return made


def event_id(message: ExportedMessage) -> str:
    """The message's id, so that those of one instant sort by their numbers."""
    return message.id.zfill(_DIGITS) if message.id.isdecimal() else message.id


def actor_of(message: ExportedMessage) -> Actor:
    """Who wrote it; a brand that no name divides is taken for its people."""
    match message.author:
        case "customer" | "bot":
            return message.author
        case _:
            return "agent"
