"""Conversations of an export -> what happened, in the reports' own words."""

from collections.abc import Iterator

from bot.exports.automatic import Automatic
from bot.exports.message import Conversation, ExportedMessage, Sort
from bot.reports.events import Actor, Event, Kind

_KINDS: dict[Sort, Kind] = {"text": "message", "sticker": "sticker", "close": "close"}


def events(
    conversation: Conversation, automatic: Automatic, *, channel: str, names_agents: bool
) -> list[Event]:
    """Turn a conversation whose authors are known into events.

    What was taken back opens and answers nothing, for nobody knows what it said.
    """
    return [
        Event(
            id=message.id,
            at=message.at,
            actor=actor_of(message),
            channel=channel,
            conversation=conversation.id,
            kind=_KINDS.get(message.sort, "media"),
            text=message.text,
            ack=ack,
            broadcast=broadcast,
            visibility="note" if message.note else "public",
            agent=message.sender if names_agents and message.author == "agent" else None,
        )
        for message, ack, broadcast in _judged(conversation, automatic)
    ]


def actor_of(message: ExportedMessage) -> Actor:
    """Who wrote it; a brand that no name divides is taken for its people."""
    author = message.author
    if author == "customer" or author == "bot":
        return author
    return "agent"


def _judged(
    conversation: Conversation, automatic: Automatic
) -> Iterator[tuple[ExportedMessage, bool, bool]]:
    for message in conversation.messages:
        if message.sort == "unsent":
            continue
        if message.author == "customer":
            yield message, False, False
        else:
            yield message, automatic.replies(message), automatic.broadcast(message)
