"""One run of the benchmark: what is measured, in which order, and how much of it."""

import signal
import statistics
import tempfile
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import brand, figures, machine, slow
from benchmarks.figures import Figures
from benchmarks.graph import Platform
from benchmarks.order import order
from benchmarks.rounds import CONNECTIONS, Bench, Round, Stream, play
from benchmarks.server import server
from benchmarks.service import service
from bot.simulation.load import load, saturate

SCENARIOS = ("speed", "order", "slow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything. *slow* is seconds of each round beside a slow Page, *delay* how many
    seconds late that Page's platform answers, *syncs* seconds of syncing."""

    messages: int
    rounds: int
    bare: int
    warm: int
    conversations: int
    slow: float
    delay: float
    syncs: float


FULL = Size(
    messages=20_000,
    rounds=3,
    bare=20_000,
    warm=2000,
    conversations=1000,
    slow=10.0,
    delay=2.0,
    syncs=1.0,
)
QUICK = Size(
    messages=200,
    rounds=1,
    bare=200,
    warm=50,
    conversations=20,
    slow=1.0,
    delay=0.5,
    syncs=0.2,
)


@dataclass(slots=True, kw_only=True)
class Benchmark:
    """*cores* are the service's and the load generator's, *only* names scenarios.

    *folder* is for the database, *models* for the trained model, *profile* the file for a profile
    of the service at saturation.
    """

    size: Size
    cores: tuple[int, int]
    only: Collection[str]
    folder: Path
    models: Path
    profile: Path | None = None
    _found: Figures = field(init=False)
    _full: list[Round] = field(default_factory=list)

    async def run(self) -> Figures:
        """Measure."""
        size = self.size
        self._found = Figures(messages=size.messages, rounds=size.rounds, cores=self.cores)
        with tempfile.TemporaryDirectory(prefix="bench-", dir=self.folder) as name:
            folder = Path(name)
            self._found.syncs = await machine.syncs(folder, core=self.cores[0], seconds=size.syncs)
            self._found.bare.append(await self._bare())
            async with self._bench(folder) as bench:
                rate = await self._start(bench)
                await self._scenarios(bench, rate)
            self._found.bare.append(await self._bare())
        if self._found.half is not None:
            self._found.half_bare = await self._half_bare(self._found.half.offered)
        if self._full:
            self._found.speed = figures.speed(self._full, self._found.bare)
        return self._found

    async def _scenarios(self, bench: Bench, rate: float) -> None:
        size = self.size
        if "speed" in self.only:
            rate = await self._speed(bench)
        if "order" in self.only:
            self._found.order = await order(
                bench, messages=size.messages, conversations=size.conversations
            )
        if "slow" in self.only:
            await self._slow(bench, rate / 4)

    async def _bare(self) -> float:
        webhooks = brand.chat(brand.SHOP, self.size.bare, name="b")
        bodies = [(webhook.body, webhook.headers) for webhook in webhooks]
        async with server("benchmarks/bare.py", core=self.cores[0]) as bare:
            url = bare.url + brand.path(brand.SHOP)
            return (await saturate(url, bodies, connections=CONNECTIONS)).rate

    async def _half_bare(self, rate: float) -> figures.Bare:
        """The bare handler at *rate*: a processor that may rest between requests is slower, too."""
        webhooks = brand.chat(brand.SHOP, self.size.messages // 2, name="q")
        bodies = [(webhook.body, webhook.headers) for webhook in webhooks]
        async with server("benchmarks/bare.py", core=self.cores[0]) as bare:
            began, url = bare.cpu(), bare.url + brand.path(brand.SHOP)
            answered = await load(url, bodies, rate=rate, connections=CONNECTIONS)
            used = bare.cpu() - began
        return figures.half_bare(answered.seconds, used / len(bodies) * 1e6)

    async def _start(self, bench: Bench) -> float:
        """The first message, then the caches; gives the rate of the latter."""
        first = await self._play(bench, 1, "f", None)
        replied = bench.platform.ledger[0].at if not first.heard[0].lost else float("nan")
        began = bench.service.began
        self._found.start = (bench.service.answered - began, replied - began)
        return (await self._play(bench, self.size.warm, "w", None)).rate

    async def _speed(self, bench: Bench) -> float:
        """Saturation, then half of that; gives the rate at saturation."""
        messages, rounds = self.size.messages, range(self.size.rounds)
        self._sample(bench, signal.SIGUSR1)
        self._full = [await self._play(bench, messages, f"s{n}", None) for n in rounds]
        self._sample(bench, signal.SIGUSR2)
        rate = statistics.median(round_.rate for round_ in self._full)
        half = [await self._play(bench, messages // 2, f"h{n}", rate / 2) for n in rounds]
        self._found.half = figures.half(half, rate / 2)
        return rate

    async def _slow(self, bench: Bench, rate: float) -> None:
        pairs = [
            await slow.pair(
                bench, rate=rate, seconds=self.size.slow, delay=self.size.delay, name=f"p{n}"
            )
            for n in range(self.size.rounds)
        ]
        for calm, beside in pairs:
            self._found.tally.add(calm)
            self._found.tally.add(beside)
        self._found.slow = figures.slow(pairs, slow.others)

    async def _play(self, bench: Bench, messages: int, name: str, rate: float | None) -> Round:
        webhooks = brand.chat(brand.SHOP, messages, name=name)
        round_ = await play(bench, Stream(account=brand.SHOP, webhooks=webhooks, rate=rate))
        self._found.tally.add(round_)
        return round_

    def _sample(self, bench: Bench, number: signal.Signals) -> None:
        if self.profile is not None:
            bench.service.process.send_signal(number)

    @asynccontextmanager
    async def _bench(self, folder: Path) -> AsyncIterator[Bench]:
        async with Platform([brand.SHOP, brand.SECOND]) as platform:
            file = brand.write(folder, platform.url)
            async with service(
                file, models=self.models, core=self.cores[0], profile=self.profile
            ) as running:
                yield Bench(service=running, core=self.cores[0], platform=platform)
