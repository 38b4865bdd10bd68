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
    place = conversation.id
    replies, broadcast = automatic.replies, automatic.broadcast
    for message in conversation.messages:
        _, at, sender, author, sort, text, _, note = message
        if sort == "unsent":
            continue
        # In the order of the fields: names would take twice the time.
        event = Event(
            event_id(message),
            at,
            actor_of(message),
            channel,
            place,
            "dm",
            _KINDS.get(sort, "media"),
            text,
        )
        if author != "customer":
            event.ack = replies(message)
            event.broadcast = broadcast(message)
            event.visibility = "note" if note else "public"
            event.agent = sender if names_agents and author == "agent" else None
        made.append(event)
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
