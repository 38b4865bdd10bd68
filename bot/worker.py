"""Decide on what came in: partitions that we own, a lane per conversation, commit by commit."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot import handoff
from bot.absorb import absorb
from bot.answers import Answers
from bot.backlog import Backlog
from bot.choices import utterance
from bot.conversation import Conversation, Ignore
from bot.lanes import Lanes
from bot.metrics import Metrics
from bot.pace import Paces
from bot.profiles import Profiles
from bot.sender import Sender, repeatable
from bot.signals import Signals
from bot.store import conversations, counted, files, inbox, leases, outcomes
from bot.store.database import Database, StoreUnavailable
from bot.store.inbox import Pending, Unreadable
from bot.store.settle import AlreadyDecided, LostPartition, Owner, Settlement, settle
from channels.base import Capabilities
from channels.messages import InboundMessage, MessageDeleted, MessageEdited
from intents.match import IntentMatch, Utterance

log = logging.getLogger(__name__)

BATCH = 32
BATCHES_AT_ONCE = 4
READ_AT_ONCE = 500
UNDERSTOOD_AT_ONCE = 16
WAITING_LIMIT = 4000
TICK = 0.25
LEASE_EVERY = 3.0
SWEEP_EVERY = 1.0
# A scrub holds every writer up for a moment; a deleted word may be readable for a minute.
SCRUB_EVERY = 30.0
BODIES_KEPT = timedelta(minutes=2)

Understand = Callable[[Sequence[Utterance]], list[IntentMatch]]


class UnreadableEvent(Exception):
    """The inbox row holds an event that this version cannot read."""


class Worker:
    """One worker of possibly several. *name* is unique per life of the process."""

    def __init__(
        self,
        *,
        name: str,
        database: Database,
        signals: Signals,
        sender: Sender,
        paces: Paces,
        metrics: Metrics,
        capabilities: Mapping[str, Capabilities],
        clock: Callable[[], datetime],
        answers: Callable[[], tuple[Understand, Answers]],
        profiles: Profiles,
    ) -> None:
        self._name = name
        self._database = database
        self._signals = signals
        self._sender = sender
        self._paces = paces
        self._metrics = metrics
        self._capabilities = capabilities
        self._clock = clock
        # A function, since a reload swaps both between two messages.
        self._answers = answers
        self._profiles = profiles
        self._owner = Owner(name=name, epochs={})
        self._lanes = Lanes()
        self._wake = asyncio.Event()
        self._cursor = 0
        self._batches = 0
        self._news = True
        self._rescan = False
        self._fresh: dict[str, Conversation | None] = {}
        self._deleted = False
        self._backlog = Backlog(
            database=database, sender=sender, paces=paces, owner=lambda: self._owner, clock=clock
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Work until *stop*; what has begun is finished, what waits stays in the inbox."""
        async with asyncio.TaskGroup() as tasks:
            beside = [
                tasks.create_task(self._listen()),
                tasks.create_task(self._backlog.run()),
                tasks.create_task(self._every(LEASE_EVERY, self._lease)),
                tasks.create_task(self._every(SWEEP_EVERY, self._sweep)),
                tasks.create_task(self._every(SCRUB_EVERY, self._scrub)),
                tasks.create_task(self._every(TICK, lambda: self._look_again(rescan=True))),
            ]
            await self._work(tasks, stop)
            for task in beside:
                task.cancel()
        await self._backlog.finish()

    @property
    def owned(self) -> list[int]:
        """The partitions that this worker holds."""
        return sorted(self._owner.epochs)

    async def _work(self, tasks: asyncio.TaskGroup, stop: asyncio.Event) -> None:
        stopping = asyncio.ensure_future(stop.wait())
        stopping.add_done_callback(lambda _: self._wake.set())
        while not stop.is_set():
            await self._wake.wait()
            self._wake.clear()
            if self._news and len(self._lanes) < WAITING_LIMIT and not stop.is_set():
                await self._read()
            self._start(tasks)
        while self._batches:
            await self._wake.wait()
            self._wake.clear()

    def _start(self, tasks: asyncio.TaskGroup) -> None:
        while self._batches < BATCHES_AT_ONCE and (rows := self._lanes.take(BATCH)):
            self._batches += 1
            tasks.create_task(self._batch(rows, tasks))

    def _look_again(self, *, rescan: bool = False) -> None:
        """There may be something new in the inbox; *rescan* for what was passed over, too."""
        self._news = True
        self._rescan = self._rescan or rescan
        self._wake.set()

    async def _read(self) -> None:
        self._news, rescan, self._rescan = False, self._rescan, False
        owned, after, now = self.owned, self._cursor, self._clock()
        # What other processes store becomes visible in any order: an older row may come later.
        behind = rescan or self._database.dialect == "postgresql"
        try:
            rows, known, ids = await self._database.read(
                lambda connection: _waiting(
                    connection, owned=owned, after=after, behind=behind, now=now
                )
            )
        except StoreUnavailable:
            log.exception("cannot read the inbox; trying again")
            return
        if missed := [id for id in ids if id not in self._lanes]:
            self._cursor = min(self._cursor, missed[0] - 1)
        if self._cursor != after:
            # These, or what came back to us meanwhile, go first.
            self._look_again()
        elif rows:
            self._cursor = rows[-1].id
            for key in self._lanes.join(rows):
                self._fresh[key] = known.get(key)
            if len(rows) == READ_AT_ONCE:
                self._look_again()

    async def _batch(self, rows: Sequence[Pending], tasks: asyncio.TaskGroup) -> None:
        known = await self._known({row.conversation for row in rows})
        self._batches -= 1
        self._wake.set()
        if known is None:
            for row in rows:
                self._give_back(row)
            return
        understand, answers = self._answers()
        for start in range(0, len(rows), UNDERSTOOD_AT_ONCE):
            some = rows[start : start + UNDERSTOOD_AT_ONCE]
            asked = {
                row.id: utterance(row.event, known.get(row.conversation))
                for row in some
                if isinstance(row.event, InboundMessage)
            }
            matched = dict(zip(asked, understand(list(asked.values())), strict=True))
            for row in some:
                tasks.create_task(self._row(row, known, matched.get(row.id), answers))
            # A burst holds up neither webhooks nor what is understood already.
            await asyncio.sleep(0)

    async def _known(self, keys: set[str]) -> dict[str, Conversation] | None:
        """The conversations of *keys* that exist; None if they cannot be read.

        Those of lanes that were idle were read along with their messages; the others may have
        changed since.
        """
        known = {key: self._fresh.pop(key) for key in keys if key in self._fresh}
        if missing := keys - known.keys():
            try:
                known |= await self._database.read(
                    lambda connection: conversations.by_keys(connection, missing)
                )
            except StoreUnavailable:
                log.exception("cannot read conversations; giving their messages back")
                return None
        return {key: present for key, present in known.items() if present is not None}

    async def _row(
        self,
        row: Pending,
        known: Mapping[str, Conversation],
        match: IntentMatch | None,
        answers: Answers,
    ) -> None:
        try:
            if match is None:
                await self._absorb(row, known.get(row.conversation), answers)
            else:
                assert isinstance(row.event, InboundMessage)  # noqa: S101 - only those are matched
                await self._decide(row, row.event, known.get(row.conversation), match, answers)
        except AlreadyDecided:
            self._finish(row)
        except LostPartition:
            self._lose(row)
        except StoreUnavailable:
            log.warning("row %s could not be stored; trying again", row.id)
            self._give_back(row)
        except Exception as exc:  # noqa: BLE001 - one bad message must not stop the others
            await self._failed(row, exc)
        else:
            self._finish(row)

    async def _decide(
        self,
        row: Pending,
        message: InboundMessage,
        present: Conversation | None,
        match: IntentMatch,
        answers: Answers,
    ) -> None:
        if self._lanes.deleted_later(row, message.id):
            message = replace(message, unanswerable="the customer deleted it")
        now = self._clock()
        before = answers.current(present or answers.opened(message, row.conversation), now)
        match = await answers.reconsidered(match, message, before)
        match = answers.read(match, message)
        decision = answers.decide(match, message, before, now=now)
        if answers.acts(decision, before):
            settlement = await answers.act(row, message, before, match, decision, clock=self._clock)
            if self._lanes.deleted_later(row, message.id):
                gone = Ignore(why="the customer deleted it meanwhile")
                settlement = answers.settlement(row, message, before, match, gone, now=now)
        else:
            settlement = answers.settlement(row, message, before, match, decision, now=now)
        await self._settle(settlement)

    async def _settle(self, settlement: Settlement) -> None:
        account = settlement.before.channel, settlement.before.account
        with self._paces.turn(account, wanted=bool(settlement.drafts)) as turn:
            if settlement.drafts and not turn:
                settlement = replace(settlement, turn=False)
            settled = await self._database.submit(settle, (self._owner, settlement))
        self._sender.offer(self._owner, settled.claimed)
        if settlement.after.contact_name is None:
            self._profiles.want(replace(settlement.after, id=settled.conversation_id))
        for entry in settled.entries:
            self._metrics.count("antiphon_decisions_total", {"kind": entry.type})
        payload = {"conversation": settled.conversation_id, "type": "message"}
        self._signals.publish("desk", payload)

    async def _absorb(self, row: Pending, present: Conversation | None, answers: Answers) -> None:
        if isinstance(row.event, Unreadable):
            raise UnreadableEvent(row.event.why)
        absorbed = await self._database.submit(absorb, (self._owner, row, self._clock()))
        self._deleted = self._deleted or isinstance(row.event, MessageDeleted)
        if present is not None and present.id is not None:
            self._signals.publish("desk", {"conversation": present.id, "type": row.event.kind})
        if absorbed.again is not None and isinstance(row.event, MessageEdited):
            understand, _ = self._answers()
            present = absorbed.again
            message = answers.edited(row.event, present)
            utterance = Utterance(text=message.text or "", language=present.language)
            match = understand([utterance])[0]
            await self._decide(row, message, present, match, answers)

    async def _failed(self, row: Pending, exc: Exception) -> None:
        log.error("row %s failed: %s", row.id, type(exc).__name__, exc_info=exc)
        reason = f"{type(exc).__name__}: {exc}"[:500]
        try:
            state = await self._database.write(
                lambda connection: inbox.fail(
                    connection, id=row.id, reason=reason, now=self._clock()
                )
            )
        except StoreUnavailable:
            state = "pending"
        if state == "parked":
            self._metrics.count(
                "antiphon_parked_total", {"channel": row.conversation.split("/")[0]}
            )
            self._signals.publish("desk", {"type": "parked"})
        self._finish(row)

    def _finish(self, row: Pending) -> None:
        self._lanes.leave(row)
        self._wake.set()

    def _give_back(self, row: Pending) -> None:
        """Forget the row and what waits behind it; the next read finds them if still ours."""
        self._lanes.forget(row)
        self._cursor = min(self._cursor, row.id - 1)

    def _lose(self, row: Pending) -> None:
        held = {id: epoch for id, epoch in self._owner.epochs.items() if id != row.partition}
        self._owner = replace(self._owner, epochs=held)
        self._give_back(row)

    async def _listen(self) -> None:
        async with self._signals.subscribe("inbox", "outbox") as stream:
            async for signal in stream:
                if signal.topic in {"outbox", "resync"}:
                    await self._look_or_wait()
                self._look_again()

    async def _every(self, seconds: float, work: Callable[[], object]) -> None:
        while True:
            try:
                result = work()
                if asyncio.iscoroutine(result):
                    await result
            except StoreUnavailable:
                log.warning("the database cannot be written; trying again in %s s", seconds)
            await asyncio.sleep(seconds)

    async def _lease(self) -> None:
        now = self._clock()
        held = await self._database.write(
            lambda connection: leases.acquire(connection, owner=self._name, now=now)
        )
        new = [id for id, epoch in held.epochs.items() if self._owner.epochs.get(id) != epoch]
        # Who starts at the same moment on the same database may not see each other at once.
        unseen = 2 if self._database.dialect == "postgresql" and not self._owner.epochs else 1
        self._paces.share(held.workers * unseen)
        self._owner = Owner(name=self._name, epochs=dict(held.epochs))
        if new:
            # At once, before anybody reads on from where the old partitions were.
            self._cursor = 0
            self._look_again()
        check = repeatable(self._capabilities)
        # Not in new ones only: whoever gave one away may die later, amid its last sends there.
        await self._database.write(
            lambda connection: outcomes.recover(
                connection, partitions=list(held.epochs), repeatable=check, now=now
            )
        )

    async def _sweep(self) -> None:
        await self._backlog.look()
        now, owned, owner = self._clock(), self.owned, self._owner
        _, answers = self._answers()

        def sweep(connection: Connection) -> list[int]:
            outcomes.lapse(connection, owner=owner, now=now)
            outcomes.give_up_unknown(connection, partitions=owned, now=now)
            inbox.forget_bodies(connection, before=now - BODIES_KEPT)
            files.forget_expired(connection, now=now)
            counted.forget_ended(connection, now=now)
            return handoff.return_silent(
                connection, before=now - answers.return_after, partitions=owned, at=now
            )

        for id in await self._database.write(sweep):
            self._signals.publish("desk", {"conversation": id, "type": "released"})

    async def _scrub(self) -> None:
        """Wipe what was deleted from the database's own log, too."""
        if self._deleted:
            self._deleted = False
            if not await self._database.scrub():
                self._deleted = True

    async def _look_or_wait(self) -> None:
        try:
            await self._backlog.look()
        except StoreUnavailable:
            log.warning("the outbox cannot be read; the next sweep tries again")


def _waiting(
    connection: Connection, *, owned: Sequence[int], after: int, behind: bool, now: datetime
) -> tuple[list[Pending], dict[str, Conversation], list[int]]:
    """New rows, their conversations and ids left *behind*, in one visit to the database."""
    rows = inbox.pending(connection, owned=owned, after=after, limit=READ_AT_ONCE, now=now)
    # Only after the rows: whatever was acknowledged before one of them can be seen by now.
    ids = inbox.pending_ids(connection, owned=owned, upto=after, now=now) if behind else []
    keys = {row.conversation for row in rows}
    return rows, conversations.by_keys(connection, keys) if keys else {}, ids
