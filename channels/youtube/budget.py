"""The day's quota: counted in units, anew at midnight in California, with a share for people.

https://developers.google.com/youtube/v3/determine_quota_cost
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from channels.base import Meter
from channels.errors import QuotaExhausted

_PACIFIC = ZoneInfo("America/Los_Angeles")

LIST = 1
WRITE = 50


class Purpose(Enum):
    """What units are spent for: a person's message, a bot's, or to look for new comments."""

    PERSON = "person"
    BOT = "bot"
    POLL = "poll"


def next_reset(now: datetime) -> datetime:
    """When the quota begins anew."""
    there = now.astimezone(_PACIFIC)
    midnight = datetime(there.year, there.month, there.day, tzinfo=_PACIFIC)
    # By the calendar, not by hours: two days of the year have 23 or 25.
    return (midnight + timedelta(days=1)).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one account may use a day: *daily* units, of which *reserve* are for people.

    Half of the reserve may go to polls, else people would not hear of whom to answer.
    """

    channel: str
    account: str
    daily: int
    reserve: int
    meter: Meter
    clock: Callable[[], datetime]

    async def spend(self, units: int, purpose: Purpose) -> None:
        """Count *units* before they are used; raise QuotaExhausted where they are not granted."""
        now = self.clock()
        granted = await self.meter.take(
            self._name, period=_day(now), units=units, most=self.granted(purpose)
        )
        if not granted:
            detail = f"the day's budget for {purpose.value} is used up"
            raise QuotaExhausted(self.channel, detail, resets_at=next_reset(now))

    async def used(self) -> int:
        """Units used today, by all processes."""
        return await self.meter.used(self._name, period=_day(self.clock()))

    async def next_look(self, cost: int, *, usual: float, slowest: float) -> timedelta:
        """How long to wait for the next poll when each costs *cost* units.

        Polls until the reset shall need at most half of what the bot has left.
        """
        now = self.clock()
        left = max(self.granted(Purpose.BOT) - await self.used(), 0) / 2
        seconds = (next_reset(now) - now).total_seconds()
        wait = seconds * cost / left if left else slowest
        return timedelta(seconds=min(max(wait, usual), max(slowest, usual)))

    def granted(self, purpose: Purpose) -> int:
        """How many units of a day may be used in all before *purpose* gets no more."""
        match purpose:
            case Purpose.PERSON:
                return self.daily
            case Purpose.BOT:
                return self.daily - self.reserve
            case Purpose.POLL:
                return self.daily - self.reserve // 2

    @property
    def _name(self) -> str:
        return f"{self.channel}/{self.account}"


def _day(now: datetime) -> str:
    return f"{now.astimezone(_PACIFIC).date()}"
