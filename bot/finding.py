"""After a doubtful send: look whether the platform has the message. It is never sent again."""

import asyncio
import logging
from datetime import datetime

from channels.base import Finder
from channels.errors import SendError
from channels.messages import Accepted, OutboundMessage

log = logging.getLogger(__name__)

# A platform may show late what it took. With the call's own limit, a person hears within a minute.
WAITS = (2.0, 6.0, 14.0)


async def found(
    channel: Finder, message: OutboundMessage, *, since: datetime, stop: asyncio.Event
) -> Accepted | None:
    """The platform's names for *message*; None if it never shows it, or *stop* comes first."""
    for wait in WAITS:
        try:
            await asyncio.wait_for(stop.wait(), wait)
        except TimeoutError:
            pass
        else:
            return None
        try:
            accepted = await channel.find(message, since)
        except SendError as exc:
            log.warning("cannot look for %s: %s", message.id, type(exc).__name__)
            continue
        if accepted is not None:
            return accepted
    return None
