"""Why each message of a conversation counted for an ask, or did not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.reports.ask import Ask
from bot.reports.events import Event, in_order

CONTEXT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An event with the word for what it did to the ask; *within* says it fell in its time."""

    event: Event
    reason: str
    within: bool


def judged(events: Sequence[Event], ask: Ask, as_of: datetime) -> list[Judged]:
    """Judge the events of the ask's own thread, from shortly before to shortly after it."""
    ours = [event for event in in_order(events) if _belongs(event, ask, events)]
    ended_at = ask.followed_until(as_of)
    named = {*ask.message_ids, ask.answer_id}
    inside = [
        place
        for place, event in enumerate(ours)
        if event.id in named or ask.opened_at <= event.at <= ended_at
    ]
    if not inside:
        return []
    first, last = max(inside[0] - CONTEXT, 0), inside[-1] + CONTEXT + 1
    return [
        Judged(
            event=event,
            reason=_reason(event, ask),
            within=inside[0] <= place <= inside[-1],
        )
        for place, event in enumerate(ours[first:last], first)
    ]


def _belongs(event: Event, ask: Ask, events: Sequence[Event]) -> bool:
    if ask.surface == "dm":
        return True
    about = event.id if event.actor == "customer" and not event.target else event.reply_to
    theirs = {
        other.id
        for other in events
        if other.actor == "customer" and other.author == ask.author and other.target is None
    }
    return (event.target or about) in theirs


def _reason(event: Event, ask: Ask) -> str:
    match event.kind:
        case "edit":
            opened = event.target == ask.message_ids[0] and event.at == ask.opened_at
            return "opens_by_edit" if opened else "edited"
        case "delete" if event.actor == "customer":
            return "withdraws" if event.at == ask.withdrawn_at else "taken_back"
        case "delete":
            return "hidden"
        case "close" if ask.answered_at is not None and event.at >= ask.answered_at:
            return "close_after"
        case "handoff" | "close" | "take" | "release" | "unneeded" | "needed":
            return event.kind
        case _:
            return _of_customer(event, ask) if event.actor == "customer" else _of_brand(event, ask)


def _of_customer(event: Event, ask: Ask) -> str:
    if event.id == ask.message_ids[0]:
        return "opens" if event.at == ask.opened_at else "light_first"
    if event.id in ask.message_ids:
        return "joins"
    return "earlier" if event.at < ask.opened_at else "later"


def _of_brand(event: Event, ask: Ask) -> str:
    if event.id == ask.answer_id:
        return "answers"
    if event.visibility == "note":
        return "note"
    if event.at < ask.opened_at:
        return "earlier"
    if event.at >= ask.expires_at:
        return "too_late"
    if ask.answered_at is not None and event.at >= ask.answered_at:
        return "later"
    if event.handoff:
        return "notice"
    if event.ack:
        return "ack"
    return "bot_after_handoff" if event.actor == "bot" else "later"
