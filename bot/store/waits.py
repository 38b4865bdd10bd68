"""How long customers usually wait for a person: what the bot may truthfully tell them."""

from datetime import datetime, timedelta
from statistics import median_high

from sqlalchemy import Connection, func, select

from bot.store.tables import events, messages

LOOK_BACK = timedelta(days=14)
LATEST = 300
ENOUGH = 5


def usual_wait(connection: Connection, *, now: datetime) -> timedelta | None:
    """The median from hand-off to a person's first words, of the latest hand-offs.

    Hand-offs that nobody has answered yet count as longer than those that were, so a day of
    silence is not told as a short wait. None when there are too few, or when more than half wait
    still.
    """
    handed = (
        select(events.c.id, events.c.conversation_id, events.c.at)
        .where(events.c.type == "handoff", events.c.at > now - LOOK_BACK)
        .order_by(events.c.id.desc())
        .limit(LATEST)
        .subquery()
    )
    answered = (
        select(handed.c.at, func.min(messages.c.sent_at))
        .select_from(handed)
        .join(
            messages,
            (messages.c.conversation_id == handed.c.conversation_id)
            & (messages.c.author == "agent")
            & (messages.c.visibility != "note")
            & (messages.c.sent_at >= handed.c.at),
            isouter=True,
        )
        .group_by(handed.c.id, handed.c.at)
    )
    waits = [
        timedelta.max if first_at is None else first_at - at
        for at, first_at in connection.execute(answered)
    ]
    if len(waits) < ENOUGH:
        return None
    usual = median_high(waits)
    return None if usual == timedelta.max else usual
