"""Customers, the bot and agents who take over, all in the same conversations at the same time."""

import asyncio
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, select, union

from bot import handoff
from bot.simulation.ledger import Entry
from bot.simulation.misbehaviour import Misbehaviour
from bot.store import conversations
from bot.store.inbox import conversation_key
from bot.store.tables import conversations as conversations_table
from bot.store.tables import events, inbox, outbox
from bot.web.keys import SIGNALS
from tests.fault.people import Person
from tests.house import House

AT_ONCE = 50
SPREAD = 0.06
LOOK_EVERY = 0.05
RIVALS = 0.2
BY_PAGE = 0.1
WORDS = ("hello", "thanks", "哈囉", "謝謝你", "bye")
TROUBLE = (
    Misbehaviour(kind="slow", seconds=0.03),
    Misbehaviour(kind="500", share=0.3),
    Misbehaviour(kind="slow", seconds=0.005, share=0.5),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver:
    """One that succeeded. *sure_by* is a monotonic time at which its fence stood for certain:
    whatever the platform took later must be among *in_flight*. *taken_late* is what it did take.
    """

    conversation_id: int
    by: str
    sure_by: float
    in_flight: frozenset[str]
    taken_late: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class Step:
    """What has happened in one conversation of the present round."""

    decided: asyncio.Event = field(default_factory=asyncio.Event)
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    entries: list[Entry] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Race:
    """Services on one database, agents at their desks, and what came of every take-over."""

    houses: Sequence[House]
    desks: Sequence[Person]
    random: random.Random
    ids: dict[str, int] = field(default_factory=dict)
    won: list[TakeOver] = field(default_factory=list)
    lost: list[tuple[str, str]] = field(default_factory=list)
    pages: int = 0
    _steps: dict[str, Step] = field(default_factory=dict)
    _threads: dict[int, str] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)
    _looks: int = 0

    async def run(self, rounds: int, *, conversations: int) -> None:
        """Let every conversation be taken over *rounds* times, many at once."""
        first = self.houses[0]
        threads = [f"customer-{number}" for number in range(conversations)]
        for thread in threads:
            await first.says(thread, "hello")
        await first.settled()
        self.ids = await self._ids(threads)
        self._threads = {id: thread for thread, id in self.ids.items()}
        first.platform.ledger.watch(self._tried)
        async with asyncio.TaskGroup() as tasks:
            beside = [tasks.create_task(self._look())]
            beside += [tasks.create_task(self._hear(each)) for each in self.houses]
            for number in range(rounds):
                first.platform.misbehave(TROUBLE[number % len(TROUBLE)])
                await self._round(threads)
            for task in beside:
                task.cancel()
        first.platform.behave()
        await first.settled()

    async def _round(self, threads: Sequence[str]) -> None:
        room = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for thread in threads:
                tasks.create_task(self._one(thread, room))

    async def _one(self, thread: str, room: asyncio.Semaphore) -> None:
        async with room:
            step = self._steps[thread] = Step()
            rivals = self.random.sample(self.desks, 2 if self.random.random() < RIVALS else 1)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._burst(thread))
                await self._moment(step)
                takes = [tasks.create_task(self._take(thread, who)) for who in rivals]
            (won,) = [taken for take in takes if (taken := take.result()) is not None]
            await self._quiet(thread)
            late = [
                entry.outbound_id or ""
                for entry in step.entries
                if entry.status == "accepted" and entry.at > won.sure_by
            ]
            self.won.append(replace(won, taken_late=frozenset(late)))
            await self._release(self.ids[thread], won.by)

    async def _moment(self, step: Step) -> None:
        """Wait for the moment of the take-over: early, right after a decision or amid a send."""
        until = self.random.choice((None, None, step.decided, step.tried))
        if until is None:
            await asyncio.sleep(self.random.uniform(0, SPREAD))
            return
        await until.wait()
        await asyncio.sleep(self.random.choice((0, self.random.uniform(0, SPREAD / 2))))

    async def _burst(self, thread: str) -> None:
        for _ in range(self.random.choice((1, 1, 1, 2))):
            place = self.random.choice(self.houses)
            message = f"m_race_{next(self.houses[0].numbers)}"
            await place.says(thread, self.random.choice(WORDS), message=message)
            await asyncio.sleep(self.random.uniform(0, SPREAD / 6))

    async def _take(self, thread: str, who: Person) -> TakeOver | None:
        try:
            if self.random.random() < BY_PAGE:
                return await self._take_by_page(self.ids[thread], who)
            return await self._take_by_store(self.ids[thread], who)
        except handoff.AlreadyTaken as exc:
            self.lost.append((who.name, exc.by))
            return None

    async def _take_by_store(self, id: int, who: Person) -> TakeOver:
        place = self.random.choice(self.houses)

        def take(connection: Connection) -> TakeOver:
            taken = handoff.take(connection, conversation_id=id, agent_id=who.id, at=place.clock())
            # Still inside the transaction: a claim that comes after it cannot have begun.
            sure_by = time.monotonic()
            return TakeOver(
                conversation_id=id,
                by=who.name,
                sure_by=sure_by,
                in_flight=frozenset(taken.in_flight),
            )

        return await place.database.write(take)

    async def _take_by_page(self, id: int, who: Person) -> TakeOver:
        status, page = await who.press("take", id)
        sure_by = time.monotonic()
        self.pages += 1
        if status == 409:
            winner = re.search(r"Already taken by <b><bdi>(\w+)</bdi>", page)
            raise handoff.AlreadyTaken("" if winner is None else winner[1])
        assert status == 200, page
        flying = await self.houses[0].database.read(lambda connection: _noted(connection, id))
        return TakeOver(
            conversation_id=id, by=who.name, sure_by=sure_by, in_flight=frozenset(flying)
        )

    async def _quiet(self, thread: str) -> None:
        """Wait until all that was said in a conversation is decided and nothing is on its way
        out: what follows belongs to another round.
        """
        begun = self._looks
        async with asyncio.timeout(60):
            # The look that is under way may have begun before us.
            while True:
                await asyncio.sleep(LOOK_EVERY)
                if self._looks >= begun + 2 and thread not in self._busy:
                    return

    async def _look(self) -> None:
        pending = select(inbox.c.conversation).where(inbox.c.state == "pending")
        leaving = (
            select(conversations_table.c.key)
            .join(outbox, outbox.c.conversation_id == conversations_table.c.id)
            .where(outbox.c.state.in_(("queued", "sending")))
        )
        while True:
            keys = await self.houses[0].database.read(
                lambda connection: connection.scalars(union(pending, leaving)).all()
            )
            self._busy = {key.rpartition("/")[2] for key in keys}
            self._looks += 1
            await asyncio.sleep(LOOK_EVERY)

    async def _hear(self, house: House) -> None:
        async with house.service.app[SIGNALS].subscribe("desk") as stream:
            async for signal in stream:
                thread = self._threads.get(signal.payload.get("conversation", 0))
                if thread in self._steps and signal.payload["type"] == "message":
                    self._steps[thread].decided.set()

    def _tried(self, entry: Entry) -> None:
        if entry.thread in self._steps:
            self._steps[entry.thread].entries.append(entry)
            self._steps[entry.thread].tried.set()

    async def _release(self, id: int, by: str) -> None:
        place = self.random.choice(self.houses)
        (who,) = [each.id for each in self.desks if each.name == by]
        await place.database.write(
            lambda connection: handoff.release(
                connection, conversation_id=id, agent_id=who, at=place.clock()
            )
        )

    async def _ids(self, threads: Sequence[str]) -> dict[str, int]:
        keys = {conversation_key("messenger", "shop", thread): thread for thread in threads}
        found = await self.houses[0].database.read(
            lambda connection: conversations.by_keys(connection, keys)
        )
        return {keys[key]: one.id for key, one in found.items() if one.id is not None}


def _noted(connection: Connection, id: int) -> list[str]:
    """What the newest take-over of a conversation says was in flight."""
    data = connection.scalar(
        select(events.c.data)
        .where(events.c.conversation_id == id, events.c.type == "taken")
        .order_by(events.c.id.desc())
        .limit(1)
    )
    assert data is not None
    return list(data["in_flight"])
