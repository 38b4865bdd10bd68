"""When agents closed conversations."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.store.tables import events

# A statement takes only so many values.
_AT_ONCE = 500


def closings(
    connection: Connection, conversation_ids: Sequence[int], *, until: datetime
) -> dict[int, datetime]:
    """When each of some conversations was last closed by *until*; without those that never were."""
    found: dict[int, datetime] = {}
    for start in range(0, len(conversation_ids), _AT_ONCE):
        query = (
            select(events.c.conversation_id, func.max(events.c.at, type_=events.c.at.type))
            .where(
                events.c.conversation_id.in_(conversation_ids[start : start + _AT_ONCE]),
                events.c.type == "closed",
                events.c.at <= until,
            )
            .group_by(events.c.conversation_id)
        )
        found |= {row[0]: row[1] for row in connection.execute(query)}
    return found
