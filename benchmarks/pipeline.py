"""Signed Messenger webhooks in, replies at the fake platform out: rate, latency, processor, memory.

    python benchmarks/pipeline.py [--messages 20000] [--rounds 3]

The service runs as shipped (SQLite, synced commit before each 200, shipped classifier and
templates) in one process on core 0; load generator and platform share core 1. A bare aiohttp
handler that only says 200 is measured before and after, in the same run.
"""

import argparse
import asyncio
import os
import platform as machine
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.server import Server, server
from bot.simulation.accounts import PlatformAccount
from bot.simulation.customers import MessengerCustomer
from bot.simulation.ledger import Entry
from bot.simulation.load import Latencies, load, percentile, saturate
from bot.simulation.platform import FakePlatform

SERVER_CORE, LOAD_CORE = 0, 1
CONVERSATIONS = 1000
CONNECTIONS = 64
DRAIN_WITHIN = 120.0
# The first start trains before it answers.
GIVE_UP_AFTER = 30.0
PATH = "/webhooks/messenger/shop"
TEXTS = (
    "how much is shipping to Tainan?",
    "運費怎麼算呢",
    "可以超商取貨嗎？",
    "what payment methods do you take",
    "hello there, anyone in?",
    "哈囉你好～",
    "謝謝你喔！",
    "thanks so much for the help",
    "請問你們幾點打烊",
    "幾天會到貨？",
    "how long does delivery usually take",
    "可以開統編嗎",
    "do you have any discount codes",
    "怎麼下單",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One round against the service."""

    rate: float
    cpu_us: float
    memory: float
    replies: dict[str, list[Entry]]
    sent: list[tuple[str, float]]
    doubled: int
    failures: int

    @property
    def lost(self) -> int:
        return len(self.sent) - sum(len(each) for each in self.replies.values())

    def latencies(self) -> list[float]:
        """Seconds from the schedule of each webhook to its reply at the platform."""
        turns: defaultdict[str, int] = defaultdict(int)
        found = []
        for thread, at in self.sent:
            turn = turns[thread]
            turns[thread] += 1
            if turn < len(self.replies.get(thread, ())):
                found.append(self.replies[thread][turn].at - at)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    os.sched_setaffinity(0, {LOAD_CORE})
    asyncio.run(measure(args.messages, args.rounds))


async def measure(messages: int, rounds: int) -> None:
    """Measure everything and print it."""
    print(f"{time.strftime('%Y-%m-%d')} {machine.processor() or machine.machine()}", end=" ")
    print(f"Python {machine.python_version()}, {messages} messages a round, {rounds} rounds")
    bare = [await _bare(messages)]
    account = PlatformAccount(
        channel="messenger", account="shop", page="1", secret="bench-secret", token="bench-token"
    )
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        async with FakePlatform([account], checks="light", strangers=True) as platform:
            file = _brand(Path(folder), platform.url, account)
            brand = ("--config", str(file), "--data", str(Path(folder) / "data"))
            # A service without a model answers nobody until it has made one.
            await _trained(*brand)
            command: tuple[str, ...] = ("-m", "bot", "run", *brand, "--no-reload")
            command += ("--log-level", "warning", "--port")
            async with server(*command, core=SERVER_CORE, path="/healthz") as service:
                print(f"start to first answer: {service.started_in:.2f} s")
                await _round(service, platform, account, 2000, rate=None, name="w")
                full = [
                    await _round(service, platform, account, messages, rate=None, name=f"s{n}")
                    for n in range(rounds)
                ]
                bare.append(await _bare(messages))
                best = statistics.median(run.rate for run in full)
                half = [
                    await _round(
                        service, platform, account, messages // 2, rate=best / 2, name=f"h{n}"
                    )
                    for n in range(rounds)
                ]
    _print(full, half, bare)


async def _trained(*brand: str) -> None:
    training = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "train", *brand, stdout=asyncio.subprocess.DEVNULL
    )
    assert await training.wait() == 0


async def _bare(messages: int) -> float:
    account = PlatformAccount(channel="messenger", account="shop", page="1", secret="x", token="y")
    async with server("benchmarks/bare.py", core=SERVER_CORE) as bare:
        webhooks = ((one.body, one.headers) for one in _webhooks(account, messages, "b"))
        result = await saturate(bare.url + PATH, list(webhooks), connections=CONNECTIONS)
    return result.rate


async def _round(
    service: Server,
    platform: FakePlatform,
    account: PlatformAccount,
    messages: int,
    *,
    rate: float | None,
    name: str,
) -> Run:
    webhooks = list(_webhooks(account, messages, name))
    bodies = [(one.body, one.headers) for one in webhooks]
    first, cpu = len(platform.ledger), service.cpu()
    url = service.url + PATH
    if rate is None:
        result = await saturate(url, bodies, connections=CONNECTIONS)
    else:
        result = await load(url, bodies, rate=rate, connections=CONNECTIONS)
    await _drained(platform, first + messages)
    entries = platform.ledger.since(first)
    took = max((entry.at for entry in entries), default=0.0) - result.started
    replies: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        replies[entry.thread].append(entry)
    return Run(
        rate=len(entries) / took,
        cpu_us=(service.cpu() - cpu) / messages * 1e6,
        memory=service.memory(),
        replies=replies,
        sent=_sent(webhooks, result),
        doubled=len(platform.ledger.doubles()),
        failures=result.failures,
    )


def _sent(webhooks: list[Any], result: Latencies) -> list[tuple[str, float]]:
    return [
        (webhook.customer, result.started + at)
        for webhook, at in zip(webhooks, result.scheduled, strict=True)
    ]


async def _drained(platform: FakePlatform, expected: int) -> None:
    deadline = time.perf_counter() + DRAIN_WITHIN
    last = len(platform.ledger), time.perf_counter()
    while len(platform.ledger) < expected and time.perf_counter() < deadline:
        await asyncio.sleep(0.02)
        if len(platform.ledger) != last[0]:
            last = len(platform.ledger), time.perf_counter()
        elif time.perf_counter() - last[1] > GIVE_UP_AFTER:
            break


def _webhooks(account: PlatformAccount, messages: int, name: str) -> Iterator[Any]:
    sent = time.time()
    for number, text in enumerate(islice(cycle(TEXTS), messages)):
        customer = MessengerCustomer(account=account, id=f"{name}-{number % CONVERSATIONS}")
        yield customer.says(text, message=f"m_{name}_{number}", sent=sent)


def _brand(folder: Path, url: str, account: PlatformAccount) -> Path:
    demo = yaml.safe_load(Path("config.yml").read_text(encoding="utf-8"))
    shop = {
        "account": account.account,
        "page": account.page,
        "secret": account.secret,
        "verify_token": "bench-verify",
        "token": account.token,
        "api": url,
        # The pipeline is measured, not the platform's own limit for one Page.
        "rate": 1_000_000,
    }
    demo["channels"] = {"messenger": [shop]}
    file = folder / "config.yml"
    file.write_text(yaml.safe_dump(demo, allow_unicode=True), encoding="utf-8")
    return file


def _print(full: list[Run], half: list[Run], bare: list[float]) -> None:
    rate = statistics.median(run.rate for run in full)
    ceiling = statistics.median(bare)
    print(
        f"bare aiohttp handler    {ceiling:8.0f} requests/s ({', '.join(f'{b:.0f}' for b in bare)})"
    )
    print(f"service at saturation   {rate:8.0f} messages/s = {rate / ceiling:.1%} of bare")
    print(f"processor per message   {statistics.median(run.cpu_us for run in full):8.0f} us")
    p50 = statistics.median(percentile(run.latencies(), 0.5) for run in half)
    p99 = statistics.median(percentile(run.latencies(), 0.99) for run in half)
    cpu = statistics.median(run.cpu_us for run in half)
    print(f"at half load            p50 {p50 * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms, {cpu:.0f} us")
    print(f"memory                  {max(run.memory for run in full + half):8.0f} MiB")
    lost = sum(run.lost for run in full + half)
    failures = sum(run.failures for run in full + half)
    print(f"lost {lost}, doubled {full[-1].doubled + half[-1].doubled}, refused {failures}")


if __name__ == "__main__":
    main()
