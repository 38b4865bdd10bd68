"""How many calls each account may be made now, so that nothing is claimed that cannot leave."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime

from bot.store.outbox import AccountKey

# With so many calls to one account under way no further turns are given.
AT_ONCE = 128
# What is left of the documented rate is for what no count can see: calls granted evenly arrive in
# clusters when machine or network stutter, and a new worker is noticed by one after the other.
PACE_MARGIN = 0.75
# How soon to look again when all calls at once are under way, and whether a pause has ended.
ROOM_AGAIN = 0.05
LONGEST_SLEEP = 1.0
# How soon to look for what follows in a conversation, where no turn could be spared for it.
SPARE_LOOK = 0.05
# An account that is not configured has no pace: what waits for it is refused without a call.
UNPACED = 100


class Pace:
    """The turns of one account in this process. *clock* counts seconds and never goes back.

    They come back evenly; a tenth of a second's worth may gather. There are none at first: whoever
    is killed and started again and again must not take a burst each time. A turn is put aside
    before an item is claimed, so that what was claimed leaves at once, and is taken when it does.
    """

    def __init__(self, rate: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept = rate * PACE_MARGIN
        self._clock = clock
        self._turns = 0.0
        self._counted_at = clock()
        self._aside = 0
        self._calls = 0
        self.share(1)

    @property
    def burst(self) -> int:
        """How many turns can gather."""
        return max(1, int(self._rate / 10))

    def share(self, workers: int) -> None:
        """Use one part in *workers* of the rate from now on: so many send at the same time."""
        self._rate = self._kept / workers

    def put_aside(self, most: int, *, spare: bool = False) -> int:
        """Keep up to *most* turns for items about to be claimed; returns how many.

        *spare*: only if they are not needed much, with half of a burst left for others.
        """
        self._count()
        # A hair of tolerance: the sum of many shares may miss the whole.
        free = int(self._turns + 1e-9) - self._aside - (self.burst // 2 if spare else 0)
        granted = max(min(most, free), 0) if self._calls < AT_ONCE else 0
        self._aside += granted
        return granted

    def give_back(self, turns: int) -> None:
        """What was put aside was claimed by now, or is not needed."""
        self._aside -= turns

    def begin(self) -> None:
        """Take a turn: a call goes out."""
        self._count()
        self._turns -= 1
        self._calls += 1

    def end(self) -> None:
        """The call is over."""
        self._calls -= 1

    def wait(self) -> float:
        """Seconds until a whole burst will have gathered."""
        self._count()
        lacking = self.burst + self._aside - self._turns
        return max(lacking / self._rate, 0.0)

    def _count(self) -> None:
        now = self._clock()
        came = (now - self._counted_at) * self._rate
        self._counted_at = now
        self._turns = min(self._turns + came, float(self.burst))


class Paces:
    """The paces of all accounts, which of them the platform paused, and for whom to look next."""

    def __init__(self, rates: Mapping[AccountKey, float], *, clock: Callable[[], datetime]) -> None:
        self._paces = {key: Pace(rate) for key, rate in rates.items()}
        self._clock = clock
        self._paused_until: dict[AccountKey, datetime] = {}
        self._behind: set[AccountKey] = set()
        self._look_at: dict[AccountKey, float] = {}
        self._woken = asyncio.Event()

    def share(self, workers: int) -> None:
        """Divide every rate among so many *workers*."""
        for pace in self._paces.values():
            pace.share(workers)

    @contextmanager
    def turn(self, key: AccountKey, *, wanted: bool = True, spare: bool = False) -> Iterator[bool]:
        """Put a turn aside, if *wanted*, for an item that is claimed within the block.

        False: there is none, or others wait for it; whatever was queued instead will be looked for.
        *spare*: there hardly is such an item.
        """
        free = wanted and key not in self._behind
        granted = free and self.put_aside(key, 1, spare=spare) == 1
        try:
            yield granted
        finally:
            if granted:
                self.give_back(key, 1)
            elif wanted:
                self.look(key, within=SPARE_LOOK if spare else 0.0)

    def put_aside(self, key: AccountKey, most: int, *, spare: bool = False) -> int:
        """Keep up to *most* turns of an account for items about to be claimed; returns how many."""
        pace = self._paces.get(key)
        if pace is None:
            return most
        return 0 if self.pause_left(key) else pace.put_aside(most, spare=spare)

    def give_back(self, key: AccountKey, turns: int) -> None:
        """What was put aside is claimed by now, or is not needed."""
        if key in self._paces:
            self._paces[key].give_back(turns)

    def begin(self, key: AccountKey) -> None:
        """A call to the account goes out."""
        if key in self._paces:
            self._paces[key].begin()

    def end(self, key: AccountKey) -> None:
        """The call is over."""
        if key in self._paces:
            self._paces[key].end()

    def burst(self, key: AccountKey) -> int:
        """How many turns of an account can be had at once."""
        return self._paces[key].burst if key in self._paces else UNPACED

    def pause(self, key: AccountKey, until: datetime) -> None:
        """Leave the account alone *until* then, or longer: the platform asked for it."""
        self._paused_until[key] = max(until, self._paused_until.get(key, until))

    def pause_left(self, key: AccountKey) -> float:
        """Seconds until the account may be called again."""
        until = self._paused_until.get(key)
        if until is None:
            return 0.0
        left = (until - self._clock()).total_seconds()
        if left <= 0:
            del self._paused_until[key]
        return max(left, 0.0)

    def look(self, key: AccountKey, *, within: float = 0.0) -> None:
        """Something may wait for a turn of the account: find out *within* so many seconds."""
        if key not in self._look_at:
            self._look_at[key] = time.monotonic() + within
            self._woken.set()

    def looked(self, key: AccountKey, *, behind: bool) -> None:
        """Say what a look found. While more wait, what is new queues up *behind* them."""
        if not behind:
            self._behind.discard(key)
            return
        self._behind.add(key)
        wait = self._paces[key].wait() if key in self._paces else 0.0
        pause = min(self.pause_left(key), LONGEST_SLEEP)
        self._look_at[key] = time.monotonic() + max(wait, pause, ROOM_AGAIN)

    async def wanted(self) -> list[AccountKey]:
        """Wait until there are accounts to look for; each look that was asked for is told once."""
        while True:
            now = time.monotonic()
            if found := [key for key, at in self._look_at.items() if at <= now]:
                for key in found:
                    del self._look_at[key]
                return found
            next_at = min(self._look_at.values(), default=None)
            self._woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(None if next_at is None else next_at - now):
                    await self._woken.wait()
