"""After an outage of ours: ask each platform that can tell for what never reached us."""

import logging
from datetime import datetime, timedelta

from channels.base import CatchUp, Poll

log = logging.getLogger(__name__)

BEAT = timedelta(minutes=1)
# A restart or a busy minute is no outage: platforms deliver again by themselves.
OUTAGE = timedelta(minutes=3)
# What the platform sent just before we went away may not have been stored.
OVERLAP = timedelta(minutes=2)


class CatchingUp:
    """A Poller that asks nothing while we live, and after an outage for all that was missed.

    Its cursor is when we last lived. It moves only after what was missed has been stored, so an
    attempt that fails is made again. What did reach us is known by its key and stays one.
    """

    def __init__(self, channel: CatchUp) -> None:
        self._channel = channel

    async def poll(self, cursor: str | None, now: datetime) -> Poll:
        """Say that we live; raise a ChannelError when a platform cannot tell what we missed."""
        here = Poll(events=(), cursor=now.isoformat(), next_after=BEAT)
        if cursor is None:
            return here
        last = datetime.fromisoformat(cursor)
        if now - last <= OUTAGE:
            return here
        events = await self._channel.missed(last - OVERLAP)
        log.info("away since %s, %s events were told again", last, len(events))
        return Poll(events=events, cursor=here.cursor, next_after=BEAT)
