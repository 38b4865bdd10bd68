"""Send what was claimed, one message at a time in each conversation, and record what happened."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.finding import found
from bot.metrics import Metrics
from bot.pace import Paces
from bot.signals import Signals
from bot.store import claims, outcomes
from bot.store.claims import Asked
from bot.store.database import Database, StoreUnavailable
from bot.store.links import Place
from bot.store.outbox import AccountKey, Claimed, Item
from bot.store.outcomes import Outcome
from bot.store.settle import Owner
from channels.base import Capabilities, Channel, Finder, Handle, Paced
from channels.errors import (
    DeliveryUnknown,
    QuotaExhausted,
    RateLimited,
    RecipientGone,
    ReplyWindowClosed,
    SendError,
    Unauthorized,
)
from channels.messages import Accepted, Action, BotMessage, OutboundMessage, Surface

log = logging.getLogger(__name__)

MAX_TRIES = 6
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
LONGEST_PAUSE = 900.0
QUOTA_WAIT = timedelta(hours=1)
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
        self._direct = direct_channels(channels)
        # Asked once: to look for a protocol's methods takes longer than to use them.
        self._finders = {key: one for key, one in channels.items() if isinstance(one, Finder)}
        self._paced = {key: one for key, one in channels.items() if isinstance(one, Paced)}
        self._metrics = metrics
        self._clock = clock
        self._paces = paces
        self._slowed: Counter[AccountKey] = Counter()
        self._spent_until: dict[AccountKey, datetime] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._halt = asyncio.Event()
        self._sending = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Own the sending tasks until *stop*, then wait for those that have begun."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            await stop.wait()
            self._halt.set()
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
        began_at = self._clock()
        try:
            try:
                outcome = await self._attempt(owner, item)
            finally:
                self._paces.end(_account(item))
            if outcome.state is Item.UNKNOWN:
                outcome = await self._looked_for(outcome, began_at)
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
        if held_back := await self._held_back(owner, item, key):
            return held_back
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
            revealed=self._revealed(item, accepted),
        )

    async def _held_back(self, owner: Owner, item: Claimed, key: AccountKey) -> Outcome | None:
        """What becomes of *item* if it must not leave now; None: send it."""
        if wait := self._paces.pause_left(key):
            return self._later(item, wait, reason="the platform asked us to slow down")
        if spent := self._saved_for_people(item, key):
            return spent
        if wait := await self._too_soon(key, item):
            return self._later(item, wait, reason="the platform limits this conversation, too")
        if not await self._stands(owner, item):
            at = self._clock()
            return _again(item, at, at, reason="overtaken before it left")
        at = self._clock()
        return replace(_pushing(item, at), counts=False) if _token_ran_out(item, at) else None

    def _later(self, item: Claimed, seconds: float, *, reason: str) -> Outcome:
        """Put *item* back for so many *seconds*; that was no try."""
        at = self._clock()
        until = at + timedelta(seconds=seconds)
        return replace(_again(item, at, until, reason=reason), counts=False)

    def _revealed(self, item: Claimed, accepted: Accepted) -> Place | None:
        """Where a comment's author is in direct messages, if the brand is there with us."""
        message = item.message
        direct = self._direct.get((message.channel, message.account))
        private = message.action is Action.PRIVATE_REPLY
        if not private or accepted.thread is None or direct is None:
            return None
        return Place(channel=direct, account=message.account, thread=accepted.thread)

    async def _looked_for(self, doubt: Outcome, began_at: datetime) -> Outcome:
        """The same *doubt*, or SENT where the platform can be asked and has the message."""
        message = doubt.item.message
        channel = self._finders.get((message.channel, message.account))
        if channel is None:
            return doubt
        accepted = await found(channel, message, since=began_at, stop=self._halt)
        if accepted is None:
            return doubt
        name = accepted.ids[0] if accepted.ids else None
        return Outcome(item=doubt.item, state=Item.SENT, at=self._clock(), platform_id=name)

    async def _too_soon(self, key: AccountKey, item: Claimed) -> float:
        """Take a turn where the platform limits each conversation, too, or tell the wait for one.

        These turns are counted by the signals, so that several processes share them.
        """
        paced = self._paced.get(key)
        if paced is None:
            return 0.0
        thread = item.message.thread
        limit, seconds = paced.pace(thread)
        name = "/".join(("send", *key, thread))
        return await self._signals.allow(name, limit=limit, seconds=seconds)

    async def _stands(self, owner: Owner, item: Claimed) -> bool:
        """Ask once more whether *item* may leave, if we were frozen since its claim.

        A take-over may have come meanwhile, or somebody who thought us dead.
        """
        at = item.claimed_at
        while abs(self._clock() - at) > CLAIM_KEEPS:
            at = self._clock()
            asked = Asked(owner=owner.name, item=item, at=at)
            try:
                if not await self._database.submit(claims.standing, asked):
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
            case RateLimited():
                return self._slowed_down(item, exc, at)
            case Unauthorized():
                self._paces.pause(_account(item), at + claims.PROBE_AFTER)
                return replace(_again(item, at, at, reason=str(exc)), pause=str(exc), counts=False)
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

    def _slowed_down(self, item: Claimed, exc: RateLimited, at: datetime) -> Outcome:
        if not exc.whole_account:
            # Meta's own rule for one recipient who gets too much: 4 s, then 16, then 64.
            wait = timedelta(seconds=min(4.0 ** (item.tries + 1), LONGEST_PAUSE))
            return _again(item, at, at + wait, reason=str(exc))
        key = _account(item)
        left = self._paces.pause_left(key)
        asked = exc.retry_after or (0.0 if left else _backoff(self._slowed[key], LONGEST_PAUSE))
        # Of many calls under way that are refused together, one alone counts.
        self._slowed[key] += not left
        pause = max(left, asked)
        self._paces.pause(key, at + timedelta(seconds=pause))
        return self._later(item, pause, reason=str(exc))

    async def _record(self, owner: Owner, outcome: Outcome) -> None:
        # For what follows in the same conversation.
        goes_on = not self._halt.is_set()
        with self._paces.turn(_account(outcome.item), wanted=goes_on, spare=True) as turn:
            outcome = outcome if turn else replace(outcome, turn=False)
            claimed = await self._stored(owner, outcome)
        self.offer(owner, claimed)
        payload = {"conversation": outcome.item.conversation_id, "type": f"{outcome.state}"}
        self._signals.publish("desk", payload)

    async def _stored(self, owner: Owner, outcome: Outcome) -> list[Claimed]:
        """Record *outcome*, however long it takes: the platform's answer is known only here."""
        while True:
            store = outcomes.record_last if self._halt.is_set() else outcomes.record
            try:
                return await self._database.submit(store, (owner, outcome))
            except StoreUnavailable:
                log.exception("could not record what became of %s; trying again", outcome.item.id)
                await asyncio.sleep(RECORD_AGAIN)


def direct_channels(channels: Mapping[AccountKey, Channel]) -> dict[AccountKey, str]:
    """For each account whose comments can be answered in private: the channel where that arrives.

    It is the one that reads the same webhook.
    """
    return {
        key: other.name
        for key, one in channels.items()
        if one.capabilities.private_reply
        for other in channels.values()
        if (other.webhook, other.account) == (one.webhook, one.account)
        and other.capabilities.surface is Surface.DIRECT
    }


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
