"""Drives demo customers against a running service, and finds out what became of every message."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.simulation.accounts import PlatformAccount
from bot.simulation.courier import Courier, Delivery
from bot.simulation.ledger import Entry
from bot.simulation.platform import FakePlatform
from bot.simulation.platforms import is_public, speaker
from bot.simulation.speakers import Ids, Speaker
from bot.simulation.summary import Asked, Summary, summary
from bot.simulation.visits import Mix, Visit, messages, visits
from bot.simulation.webhook import Webhook

PATIENCE_SECONDS = 15.0
THANKS = {"zh-Hant": "好的 謝謝", "en": "ok thanks!"}
CORRECTED = {"zh-Hant": "{}（打錯字更正）", "en": "{} (fixed a typo)"}

# What people take to write one message of a burst, and to read an answer.
_TYPING_SECONDS = (0.6, 2.5)
_READING_SECONDS = (1.5, 5.0)


@dataclass(slots=True)
class _Course:
    """What happened so far."""

    deliveries: list[Delivery] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    threads: dict[str, str] = field(default_factory=dict)
    heard: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    visits: int = 0
    messages: int = 0


class Driver:
    """Customers who come *rate* messages a second, whether or not the service keeps up.

    *service_url* is where the webhooks go, below /webhooks/{channel}/{account}, unless an account
    names its own address. *patience* is how many seconds an answer may take; *pace* scales how long
    people type and read, 0 for tests.
    """

    def __init__(
        self,
        service_url: str,
        accounts: Sequence[PlatformAccount],
        platform: FakePlatform,
        *,
        rate: float = 1.0,
        seed: int = 0,
        mix: Mix | None = None,
        patience: float = PATIENCE_SECONDS,
        pace: float = 1.0,
        courier: Courier | None = None,
    ) -> None:
        self._service_url = service_url.rstrip("/")
        self._platform = platform
        self._plan = visits(accounts, rate=rate, seed=seed, mix=mix or Mix())
        self._dice = random.Random(seed + 1)  # noqa: S311 - a die, not a secret
        self._patience, self._pace = patience, pace
        self._courier = courier or Courier()
        self._ids = Ids()
        self._course = _Course()
        self._since = len(platform.ledger)
        self._violated = len(platform.violations)
        platform.ledger.watch(self._hear)

    async def run(
        self,
        *,
        stop: asyncio.Event | None = None,
        seconds: float | None = None,
        messages_wanted: int | None = None,
    ) -> Summary:
        """Play until *seconds* are over, *messages_wanted* were planned, or *stop* is set.

        Without *stop*, visits are played to their end and answers are waited for.
        """
        stop = stop or asyncio.Event()
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._come(tasks, stop, seconds=seconds, wanted=messages_wanted)
            await self._wait_for_answers(stop)
        finally:
            self._courier.close()
        return self.summary()

    def summary(self) -> Summary:
        """The judgement so far."""
        return summary(
            [*self._course.deliveries, *self._platform.undelivered],
            self._course.asked,
            self._platform.ledger.since(self._since),
            threads=self._course.threads,
            violations=self._platform.violations[self._violated :],
            patience=self._patience,
            now=time.monotonic(),
        )

    def progress(self) -> str:
        """One line about the state of things."""
        course, ledger = self._course, self._platform.ledger
        return (
            f"{course.visits} customers, {course.messages} messages, "
            f"{len(ledger) - self._since} calls, "
            f"{len(self._platform.violations) - self._violated} violations"
        )

    async def _come(
        self,
        tasks: asyncio.TaskGroup,
        stop: asyncio.Event,
        *,
        seconds: float | None,
        wanted: int | None,
    ) -> None:
        began, planned = time.monotonic(), 0
        for visit in self._plan:
            if seconds is not None and visit.starts > seconds:
                return
            if wanted is not None and planned >= wanted:
                return
            planned += messages(visit)
            if await _stopped(stop, visit.starts - (time.monotonic() - began)):
                return
            self._course.visits += 1
            tasks.create_task(self._play(visit, stop))

    async def _play(self, visit: Visit, stop: asyncio.Event) -> None:
        who = speaker(visit.account, self._ids, visit.name)
        for number, turn in enumerate(visit.dialogue.turns):
            texts = [text.replace("{order}", self._ids.order()) for text in turn.say]
            quirks = visit if number == 0 else None
            if not await self._turn(who, visit, texts, stop, must=turn.reply, quirks=quirks):
                return
        if visit.thanks:
            text = THANKS[visit.dialogue.language]
            await self._turn(who, visit, [text], stop, must=False, quirks=None)

    async def _turn(
        self,
        who: Speaker,
        visit: Visit,
        texts: Sequence[str],
        stop: asyncio.Event,
        *,
        must: bool,
        quirks: Visit | None,
    ) -> bool:
        """One burst and the wait for its answer; False if they stop here."""
        said: list[Webhook] = []
        at = time.monotonic()
        for number, text in enumerate(texts):
            if number and await self._pause(stop, _TYPING_SECONDS):
                return False
            said.append(who.says(text))
            if number == 0:
                self._course.heard[who.thread].clear()
            await self._deliver(said[-1], who.thread)
        second_thoughts = quirks is not None and await self._quirks(who, quirks, said, stop)
        public = is_public(visit.account.channel)
        wanted = must and not second_thoughts
        asked = Asked(
            thread=who.thread,
            topic=visit.dialogue.topic,
            messages=tuple(each.message for each in said),
            texts=tuple(texts),
            at=at,
            must=wanted and not public,
            hoped=wanted and public,
        )
        self._course.asked.append(asked)
        answered = await self._answered(who.thread, stop)
        return answered and not await self._pause(stop, _READING_SECONDS)

    async def _quirks(
        self, who: Speaker, visit: Visit, said: Sequence[Webhook], stop: asyncio.Event
    ) -> bool:
        """What else happens around a message; True if silence would be right after it."""
        last = said[-1]
        if visit.redelivered:
            await self._deliver(who.again(last), who.thread)
        if visit.sticker and (sticker := who.sticks()) is not None:
            await self._deliver(sticker, who.thread)
        if visit.edited:
            text = CORRECTED[visit.dialogue.language].format(last.text)
            if (edit := who.edits(last, text)) is not None:
                await self._deliver(edit, who.thread)
        if not visit.unsent or await self._pause(stop, _TYPING_SECONDS):
            return False
        if (unsent := who.unsends(last)) is not None:
            await self._deliver(unsent, who.thread)
        return True

    async def _deliver(self, webhook: Webhook, thread: str) -> None:
        account = webhook.account
        url = f"{self._service_url}/webhooks/{account.channel}/{account.account}"
        self._course.threads[webhook.message] = thread
        self._course.messages += webhook.opens_window or webhook.kind == "comment.add"
        self._platform.note(webhook)
        if webhook.polled:
            return
        self._course.deliveries.append(await self._courier.carry(webhook, account.webhook or url))

    def _hear(self, entry: Entry) -> None:
        if entry.status != "refused":
            self._course.heard[self._course.threads.get(entry.thread, entry.thread)].set()

    async def _answered(self, thread: str, stop: asyncio.Event) -> bool:
        """Wait until the service has answered in *thread*; False if it takes too long."""
        try:
            async with asyncio.timeout(self._patience):
                await self._course.heard[thread].wait()
        except TimeoutError:
            return False
        return not stop.is_set()

    async def _pause(self, stop: asyncio.Event, seconds: tuple[float, float]) -> bool:
        return await _stopped(stop, self._dice.uniform(*seconds) * self._pace)

    async def _wait_for_answers(self, stop: asyncio.Event) -> None:
        """Give the last answers their time."""
        for asked in self._course.asked:
            left = asked.at + self._patience - time.monotonic()
            if asked.must and left > 0 and not self._course.heard[asked.thread].is_set():
                await _stopped(stop, min(left, self._patience))


async def _stopped(stop: asyncio.Event, seconds: float) -> bool:
    """Wait *seconds*; True as soon as *stop* is set."""
    if seconds <= 0:
        return stop.is_set()
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True
