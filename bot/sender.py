"""Send what was claimed, one message at a time in each conversation, and record what happened."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.metrics import Metrics
from bot.pace import AccountKey, Paces
from bot.signals import Signals
from bot.store import outbox, outcomes
from bot.store.database import Database, StoreUnavailable
from bot.store.outbox import Asked, Claimed, Item
from bot.store.outcomes import Outcome
from bot.store.settle import Owner
from channels.base import Capabilities, Channel, Handle
from channels.errors import (
    DeliveryUnknown,
    QuotaExhausted,
    RateLimited,
    RecipientGone,
    ReplyWindowClosed,
    SendError,
    Unauthorized,
)
from channels.messages import BotMessage, OutboundMessage

log = logging.getLogger(__name__)

MAX_TRIES = 6
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
LONGEST_PAUSE = 900.0
QUOTA_WAIT = timedelta(hours=1)
PROBE_AFTER = timedelta(seconds=60)
# Far below a lease: nobody takes over the sends of a process that was away for less.
CLAIM_KEEPS = timedelta(seconds=2)
RECORD_AGAIN = 0.5


class Sender:
    """Sends claimed items. Whoever claims an item calls `offer`; nobody else ever sends it.

    For what is offered a turn was put aside in *paces*, so it leaves at once.
    """

    def __init__(
        self,
        *,
        database: Database,
        signals: Signals,
        channels: Mapping[AccountKey, Channel],
        paces: Paces,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._signals = signals
        self._channels = channels
        self._metrics = metrics
        self._clock = clock
        self._paces = paces
        self._slowed: Counter[AccountKey] = Counter()
        self._spent_until: dict[AccountKey, datetime] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._stopping = False
        self._sending = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Own the sending tasks until *stop*, then wait for those that have begun."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            await stop.wait()
            self._stopping = True
            await self._idle.wait()
            self._tasks = None

    def offer(self, owner: Owner, items: Iterable[Claimed]) -> None:
        """Send *items*, which this process has claimed."""
        for item in items:
            if self._tasks is None:
                log.warning("item %s was claimed while stopping; recovery will settle it", item.id)
                continue
            self._sending += 1
            self._idle.clear()
            self._paces.begin(_account(item))
            self._tasks.create_task(self._deliver(owner, item))

    async def _deliver(self, owner: Owner, item: Claimed) -> None:
        try:
            try:
                outcome = await self._attempt(owner, item)
            finally:
                self._paces.end(_account(item))
            self._count(item, outcome)
            await self._record(owner, outcome)
        finally:
            self._sending -= 1
            if not self._sending:
                self._idle.set()

    def _count(self, item: Claimed, outcome: Outcome) -> None:
        channel = item.message.channel
        self._metrics.sent(channel, outcome.state)
        asked_at = item.flags.get("asked_at")
        if outcome.state is Item.SENT and asked_at is not None:
            seconds = max(outcome.at.timestamp() - asked_at, 0.0)
            self._metrics.observe("antiphon_reply_seconds", seconds, {"channel": channel})

    async def _attempt(self, owner: Owner, item: Claimed) -> Outcome:
        key = _account(item)
        channel = self._channels.get(key)
        if channel is None:
            reason = f"{key[0]}/{key[1]} is not configured"
            return Outcome(item=item, state=Item.FAILED, at=self._clock(), reason=reason)
        if wait := self._paces.pause_left(key):
            at = self._clock()
            until = at + timedelta(seconds=wait)
            again = _again(item, at, until, reason="the platform asked us to slow down")
            return replace(again, counts=False)
        if spent := self._saved_for_people(item, key):
            return spent
        if not await self._stands(owner, item):
            at = self._clock()
            return _again(item, at, at, reason="overtaken before it left")
        at = self._clock()
        if _token_ran_out(item, at):
            return replace(_pushing(item, at), counts=False)
        try:
            accepted = await channel.send(item.message)
        except SendError as exc:
            return self._refused(item, channel.capabilities, exc)
        except Exception as exc:
            # One adapter's mistake must not end all sends; what became of this one is unknown.
            log.exception("send of %s broke", item.id)
            reason = f"the adapter broke: {type(exc).__name__}"
            return doubted(item, Handle.NONE, at=self._clock(), reason=reason)
        at = self._clock()
        self._slowed.pop(key, None)
        return Outcome(
            item=item,
            state=Item.SENT,
            at=at,
            platform_id=accepted.ids[0] if accepted.ids else None,
        )

    async def _stands(self, owner: Owner, item: Claimed) -> bool:
        """Ask once more whether *item* may leave, if we were frozen since its claim.

        A take-over may have come meanwhile, or somebody who thought us dead.
        """
        at = item.claimed_at
        while abs(self._clock() - at) > CLAIM_KEEPS:
            at = self._clock()
            asked = Asked(owner=owner.name, item=item, at=at)
            try:
                if not await self._database.submit(outbox.standing, asked):
                    return False
            except StoreUnavailable:
                return False
        return True

    def _saved_for_people(self, item: Claimed, key: AccountKey) -> Outcome | None:
        """What becomes of a bot's message while the account's quota is used up; None: send it.

        People may try all the same, and what has a reply token costs nothing.
        """
        until, at = self._spent_until.get(key), self._clock()
        free = item.message.reply_token is not None
        if until is None or at >= until or free or not isinstance(item.message, BotMessage):
            return None
        return _spent(item, at, until, reason="the quota is used up; it is kept for people")

    def _refused(self, item: Claimed, capabilities: Capabilities, exc: SendError) -> Outcome:
        at = self._clock()
        log.warning("send of %s refused: %s", item.id, type(exc).__name__)
        match exc:
            case RateLimited(retry_after=wait):
                key = _account(item)
                pause = timedelta(seconds=wait or _backoff(self._slowed[key], LONGEST_PAUSE))
                self._slowed[key] += 1
                self._paces.pause(key, at + pause)
                return replace(_again(item, at, at + pause, reason=str(exc)), counts=False)
            case Unauthorized():
                again = _again(item, at, at + PROBE_AFTER, reason=str(exc))
                return replace(again, pause=str(exc))
            case QuotaExhausted(resets_at=resets_at):
                until = resets_at or at + QUOTA_WAIT
                self._spent_until[_account(item)] = until
                return _spent(item, at, until, reason=str(exc))
            case RecipientGone() if not item.doubtful:
                return Outcome(item=item, state=Item.FAILED, at=at, reason=str(exc), left=True)
            case DeliveryUnknown():
                return doubted(item, capabilities.handle, at=at, reason=str(exc))
            case ReplyWindowClosed() if item.message.reply_token:
                return _token_refused(item, at)
            case _ if exc.retryable and item.tries + 1 < MAX_TRIES:
                wait_for = timedelta(seconds=_backoff(item.tries))
                return _again(item, at, at + wait_for, reason=str(exc))
            case _:
                state = Item.UNKNOWN if item.doubtful else Item.FAILED
                return Outcome(
                    item=item, state=state, at=at, reason=str(exc), doubtful=item.doubtful
                )

    async def _record(self, owner: Owner, outcome: Outcome) -> None:
        # For what follows in the same conversation.
        goes_on = not self._stopping
        with self._paces.turn(_account(outcome.item), wanted=goes_on, spare=True) as turn:
            outcome = outcome if turn else replace(outcome, turn=False)
            claimed = await self._stored(owner, outcome)
        self.offer(owner, claimed)
        payload = {"conversation": outcome.item.conversation_id, "type": f"{outcome.state}"}
        self._signals.publish("desk", payload)

    async def _stored(self, owner: Owner, outcome: Outcome) -> list[Claimed]:
        """Record *outcome*, however long it takes: the platform's answer is known only here."""
        while True:
            store = outcomes.record_last if self._stopping else outcomes.record
            try:
                return await self._database.submit(store, (owner, outcome))
            except StoreUnavailable:
                log.exception("could not record what became of %s; trying again", outcome.item.id)
                await asyncio.sleep(RECORD_AGAIN)


def repeatable(capabilities: Mapping[str, Capabilities]) -> Callable[[OutboundMessage], bool]:
    """Whether a message that may have got through can be sent again without harm."""

    def check(message: OutboundMessage) -> bool:
        known = capabilities.get(message.channel)
        return known is not None and known.handle is Handle.RETRY_KEY

    return check


def _account(item: Claimed) -> AccountKey:
    return item.message.channel, item.message.account


def doubted(item: Claimed, handle: Handle, *, at: datetime, reason: str) -> Outcome:
    """What to do with an item that may have got through."""
    if handle is Handle.RETRY_KEY and item.tries + 1 < MAX_TRIES:
        wait = timedelta(seconds=_backoff(item.tries))
        return _again(item, at, at + wait, reason=reason, doubtful=True)
    return Outcome(item=item, state=Item.UNKNOWN, at=at, reason=reason, doubtful=True)


def _spent(item: Claimed, at: datetime, until: datetime, *, reason: str) -> Outcome:
    """A bot's answer would come too late: a person is called. A person's message waits."""
    waits = until < item.expires_at and not isinstance(item.message, BotMessage)
    if waits:
        return replace(_again(item, at, until, reason=reason), counts=False)
    state = Item.UNKNOWN if item.doubtful else Item.FAILED
    return Outcome(item=item, state=state, at=at, reason=reason, doubtful=item.doubtful)


def _token_refused(item: Claimed, at: datetime) -> Outcome:
    if not item.doubtful:
        return _pushing(item, at)
    until = item.message.reply_token_until
    if until is not None and at < until:
        # It was still good: only our own first try can have used it.
        return Outcome(item=item, state=Item.SENT, at=at, reason="the first try had got through")
    reason = "the reply token ran out before we knew whether the first try got through"
    return Outcome(item=item, state=Item.UNKNOWN, at=at, reason=reason, doubtful=True)


def _token_ran_out(item: Claimed, now: datetime) -> bool:
    """Whether *item* must be pushed. What may have been replied never is."""
    until = item.message.reply_token_until
    return until is not None and now >= until and not item.doubtful


def _pushing(item: Claimed, at: datetime) -> Outcome:
    """Drop the reply token for good, on record first: what was pushed must never be replied."""
    bare = replace(item.message, reply_token=None, reply_token_until=None)
    again = _again(item, at, at, reason="the reply token is of no use; pushing instead")
    return replace(again, message=bare)


def _again(
    item: Claimed, at: datetime, not_before: datetime, *, reason: str, doubtful: bool = False
) -> Outcome:
    return Outcome(
        item=item,
        state=Item.QUEUED,
        at=at,
        not_before=not_before,
        reason=reason,
        # What may have got through once stays in doubt, whatever the later tries meet.
        doubtful=doubtful or item.doubtful,
    )


def _backoff(tries: int, most: float = LONGEST_WAIT) -> float:
    longest = min(most, FIRST_WAIT * 2.0 ** min(tries, 20))
    return random.uniform(longest / 2, longest)  # noqa: S311 - spreads retries, guards nothing
