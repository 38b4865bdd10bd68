"""Ask the platforms that do not call us, and store what they tell like any webhook."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import orjson
from sqlalchemy.exc import DataError, IntegrityError

from bot.catch_up import CatchingUp
from bot.metrics import Metrics
from bot.signals import Signals
from bot.store import polls
from bot.store.database import Database, StoreUnavailable
from bot.store.inbox import Arrival
from bot.store.polls import LostTurn, Turn
from channels.base import CatchUp, Channel, Poll, Poller
from channels.errors import ChannelError, QuotaExhausted, RateLimited, Unauthorized

log = logging.getLogger(__name__)

# How soon a process notices that it may poll what another one left.
LOOK_EVERY = 5.0
# Within its lease, so that nobody polls beside a slow one.
POLL_WITHIN = 100.0
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)
PROBE_AFTER = timedelta(minutes=1)
QUOTA_WAIT = timedelta(hours=1)
SHORTEST_WAIT = timedelta(seconds=1)


class Polling:
    """One task for each account that is polled. *name* is unique per life of the process.

    Of several processes, each of which has such a task, one at a time has the turn.
    """

    def __init__(
        self,
        *,
        name: str,
        database: Database,
        signals: Signals,
        channels: Mapping[tuple[str, str], Channel],
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._name = name
        self._database = database
        self._signals = signals
        self._metrics = metrics
        self._clock = clock
        self._pollers = _pollers(channels)
        self._failures: dict[tuple[str, str], int] = {}

    async def run(self) -> None:
        """Poll until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for channel, account in self._pollers:
                tasks.create_task(self._account(channel, account))

    async def look(self, channel: str, account: str) -> datetime:
        """Poll the account if it is our turn; returns when to look again."""
        try:
            return await self._turn(channel, account)
        except StoreUnavailable:
            log.warning("cannot store what %s/%s tells; trying again", channel, account)
            return self._clock() + FIRST_WAIT
        except LostTurn:
            log.warning("%s/%s was polled by another process meanwhile", channel, account)
            return self._clock() + SHORTEST_WAIT

    async def _account(self, channel: str, account: str) -> None:
        while True:
            due = await self.look(channel, account)
            left = (due - self._clock()).total_seconds()
            await asyncio.sleep(min(max(left, 0.0), LOOK_EVERY))

    async def _turn(self, channel: str, account: str) -> datetime:
        turn = await self._database.write(
            lambda connection: polls.claim(
                connection, channel=channel, account=account, owner=self._name, now=self._clock()
            )
        )
        if isinstance(turn, datetime):
            return turn
        try:
            async with asyncio.timeout(POLL_WITHIN):
                found = await self._pollers[channel, account].poll(turn.cursor, self._clock())
        except Exception as exc:  # noqa: BLE001 - one account's trouble must not end the others
            return await self._failed(turn, exc)
        self._failures.pop((channel, account), None)
        due = self._clock() + max(found.next_after, SHORTEST_WAIT)
        await self._store(turn, found, due)
        return due

    async def _failed(self, turn: Turn, exc: Exception) -> datetime:
        key = turn.channel, turn.account
        known = isinstance(exc, ChannelError)
        log.warning(
            "poll of %s/%s failed: %s", *key, type(exc).__name__, exc_info=None if known else exc
        )
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        due = self._clock() + _wait(exc, failures)
        if isinstance(exc, QuotaExhausted) and exc.resets_at is not None:
            due = max(due, exc.resets_at)
        refused = f"{exc}" if isinstance(exc, Unauthorized) else None
        if refused:
            log.error("%s/%s is paused: its platform refuses the token", *key)
        await self._database.write(
            lambda connection: polls.give_back(
                connection, turn, next_at=due, refused=refused, at=self._clock()
            )
        )
        return due

    async def _store(self, turn: Turn, found: Poll, due: datetime) -> None:
        arrivals = [self._arrival(turn, found)] if found.events else []
        try:
            duplicates = await self._stored(turn, found, due, arrivals)
        except (DataError, IntegrityError) as exc:
            # The database refuses a value in it: what came is kept, and reading goes on.
            reason = f"cannot be stored: {type(exc).__name__}"
            arrivals = [self._arrival(turn, found, reason=reason)]
            duplicates = await self._stored(turn, found, due, arrivals)
            self._metrics.count("antiphon_parked_total", {"channel": turn.channel})
        if not arrivals:
            return
        result = "malformed" if arrivals[0].reason else "ok"
        labels = {"channel": turn.channel, "result": result}
        self._metrics.count("antiphon_events_total", labels, by=len(found.events))
        if duplicates:
            self._metrics.count("antiphon_duplicates_total", by=duplicates)
        self._signals.publish("inbox", {})

    async def _stored(self, turn: Turn, found: Poll, due: datetime, arrivals: list[Arrival]) -> int:
        return await self._database.write(
            lambda connection: polls.store(
                connection, turn, cursor=found.cursor, next_at=due, arrivals=arrivals
            )
        )

    def _arrival(self, turn: Turn, found: Poll, *, reason: str | None = None) -> Arrival:
        return Arrival(
            channel=turn.channel,
            account=turn.account,
            body=found.body or orjson.dumps(found.events),
            events=[] if reason else found.events,
            received_at=self._clock(),
            reason=reason,
        )


def _pollers(channels: Mapping[tuple[str, str], Channel]) -> dict[tuple[str, str], Poller]:
    """Who is asked: for everything, or only for what was missed while we were away."""
    found: dict[tuple[str, str], Poller] = {}
    for key, channel in channels.items():
        if isinstance(channel, Poller):
            found[key] = channel
        elif isinstance(channel, CatchUp):
            found[key] = CatchingUp(channel)
    return found


def _wait(exc: Exception, failures: int) -> timedelta:
    match exc:
        case RateLimited(retry_after=seconds) if seconds is not None:
            return timedelta(seconds=seconds)
        case QuotaExhausted(resets_at=None):
            return QUOTA_WAIT
        case Unauthorized():
            return PROBE_AFTER
    doubled: timedelta = FIRST_WAIT * 2 ** min(failures - 1, 10)
    return min(doubled, LONGEST_WAIT)
