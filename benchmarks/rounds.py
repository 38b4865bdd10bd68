"""One round against the service: streams of webhooks in, replies at the platform out."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks import brand
from benchmarks.graph import Platform
from benchmarks.machine import Meter, Usage
from benchmarks.server import Server
from bot.simulation.accounts import PlatformAccount
from bot.simulation.ledger import Entry, Ledger
from bot.simulation.load import Latencies, load, saturate
from bot.simulation.webhook import Webhook

CONNECTIONS = 64
DRAIN_WITHIN = 180.0
GIVE_UP_AFTER = 30.0
# A reply that comes twice may come late.
_SETTLE_SECONDS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A running service, its core and its platform."""

    service: Server
    core: int
    platform: Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Webhooks for one account, *rate* a second; None is as fast as they are answered."""

    account: PlatformAccount
    webhooks: Sequence[Webhook]
    rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What became of one stream. Times are seconds from its schedule: *acks* to the 200, *replies*
    to the platform, by thread; *late* is what of it was the generator's fault."""

    acks: Sequence[float]
    replies: Mapping[str, Sequence[float]]
    late: Sequence[float]
    lost: int
    doubled: int
    refused: int

    def waits(self, but: str = "") -> list[float]:
        """Seconds to the replies of all threads *but* one."""
        return [wait for thread, all_ in self.replies.items() if thread != but for wait in all_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """*rate* is replies a second until the last; *memory* is in MiB; *heard* has one per stream."""

    heard: Sequence[Heard]
    rate: float
    cpu_us: float
    memory: float
    usage: Usage


async def play(bench: Bench, *streams: Stream) -> Round:
    """Post *streams* at once, wait for the replies, and tell what became of them."""
    messages = sum(len(stream.webhooks) for stream in streams)
    first, meter = len(bench.platform.ledger), Meter(bench.service, bench.core)
    posted = await asyncio.gather(*(_post(bench.service, stream) for stream in streams))
    await drained(bench.platform.ledger, first + messages)
    usage = meter.read()
    await asyncio.sleep(_SETTLE_SECONDS)
    entries = bench.platform.ledger.since(first)
    began = min(result.started for result in posted)
    took = max((entry.at for entry in entries), default=began) - began
    return Round(
        heard=[_heard(*pair, entries) for pair in zip(streams, posted, strict=True)],
        rate=len(entries) / took if took else 0.0,
        cpu_us=usage.service / messages * 1e6,
        memory=bench.service.memory(),
        usage=usage,
    )


async def drained(ledger: Ledger, expected: int) -> None:
    """Wait for so many replies, or until none has come for long."""
    deadline = time.perf_counter() + DRAIN_WITHIN
    count, since = len(ledger), time.perf_counter()
    while len(ledger) < expected and time.perf_counter() < deadline:
        await asyncio.sleep(0.02)
        if len(ledger) != count:
            count, since = len(ledger), time.perf_counter()
        elif time.perf_counter() - since > GIVE_UP_AFTER:
            break


async def _post(service: Server, stream: Stream) -> Latencies:
    url = service.url + brand.path(stream.account)
    bodies = [(webhook.body, webhook.headers) for webhook in stream.webhooks]
    if stream.rate is None:
        return await saturate(url, bodies, connections=CONNECTIONS)
    return await load(url, bodies, rate=stream.rate, connections=CONNECTIONS)


def _heard(stream: Stream, posted: Latencies, entries: Sequence[Entry]) -> Heard:
    due: defaultdict[str, list[float]] = defaultdict(list)
    for webhook, at in zip(stream.webhooks, posted.scheduled, strict=True):
        due[webhook.customer].append(posted.started + at)
    came: defaultdict[str, list[float]] = defaultdict(list)
    for entry in entries:
        if entry.account == stream.account.account:
            came[entry.thread].append(entry.at)
    # The replies of a conversation come in the order of its messages; `order` proves it.
    replies = {
        thread: [reply - at for at, reply in zip(ats, came[thread], strict=False)]
        for thread, ats in due.items()
    }
    return Heard(
        acks=posted.seconds,
        replies=replies,
        late=posted.late,
        lost=sum(max(len(ats) - len(came[thread]), 0) for thread, ats in due.items()),
        doubled=sum(max(len(ats) - len(due.get(thread, ())), 0) for thread, ats in came.items()),
        refused=posted.failures,
    )
