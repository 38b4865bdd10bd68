"""What a message costs on each channel, beside Messenger: signed webhooks in, replies out.

    python benchmarks/channels.py [--only line x] [--messages N] [--rounds N] [--quick]

The service runs as shipped, with one account on every channel that has a played platform; all
limits are lifted on both sides. Web chat has no platform to play. The channels take turns, so that
a noisy machine hits all. YouTube is polled: its messages/s begin with its first reply.

The played platforms check every rule, which costs more than the service at times, and share a core
with the load generator: messages/s tell as much of them as of us. So the channels are judged by the
service's own processor time for a message: Messenger's divided by the channel's must be 0.5 or
more.
"""

import argparse
import asyncio
import os
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import uvloop

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import brand, machine
from benchmarks.accounts import OWN, platform_account, write
from benchmarks.machine import Meter
from benchmarks.rounds import CONNECTIONS, drained
from benchmarks.server import Server
from benchmarks.service import MODELS, absolute, service
from bot.simulation import platforms
from bot.simulation.accounts import PlatformAccount
from bot.simulation.load import saturate
from bot.simulation.platform import FakePlatform
from bot.simulation.speakers import Ids
from bot.simulation.webhook import Webhook

BESIDE = "messenger"
LEAST = 0.5
# As many as Telegram lets a bot say at once in one chat.
TURNS = 3
SETTLE_SECONDS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """*cpu_us* is the service's for a message, *load_us* the platform's and load generator's."""

    rate: float
    cpu_us: float
    load_us: float
    lost: int
    doubled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The service and the platforms, and who writes to it."""

    service: Server
    core: int
    platform: FakePlatform
    ids: Ids

    async def round(self, account: PlatformAccount, messages: int) -> Round:
        """Have customers of *account* say so much at once, and wait for the replies."""
        said = list(_said(account, messages, self.ids))
        ledger, first = self.platform.ledger, len(self.platform.ledger)
        for _, webhook in said:
            self.platform.note(webhook)
        meter, began, load = Meter(self.service, self.core), time.monotonic(), time.process_time()
        bodies = [(one.body, one.headers) for _, one in said if not one.polled]
        if bodies:
            url = self.service.url + brand.path(account)
            await saturate(url, bodies, connections=CONNECTIONS)
        await drained(ledger, first + len(said))
        used, load = meter.read(), time.process_time() - load
        # Else YouTube's next looks, with our own replies, would count as others' work.
        self.platform.world.unasked.clear()
        await asyncio.sleep(SETTLE_SECONDS)
        entries = [entry for entry in ledger.since(first) if entry.status == "accepted"]
        if entries and not bodies:
            began = entries[0].at
        took = max((entry.at for entry in entries), default=began) - began
        lost, doubled = _faults(said, [entry.thread for entry in entries])
        return Round(
            rate=len(entries) / took if took else 0.0,
            cpu_us=used.service / len(said) * 1e6,
            load_us=load / len(said) * 1e6,
            lost=lost,
            doubled=doubled,
        )


def _said(account: PlatformAccount, messages: int, ids: Ids) -> Iterator[tuple[int, Webhook]]:
    """What is said, with the number of the customer; each says some things in a row."""
    people = [platforms.speaker(account, ids, "amy") for _ in range(-(-messages // TURNS))]
    turns = cycle(range(len(people)))
    for number, text in zip(turns, islice(cycle(brand.TEXTS), messages), strict=False):
        yield number, people[number].says(text)


def _faults(said: Sequence[tuple[int, Webhook]], threads: Sequence[str]) -> tuple[int, int]:
    """How many replies are missing, and how many too many, of those to *threads*."""
    due = Counter(number for number, _ in said)
    who = {place: number for number, one in said for place in (one.thread, one.message)}
    came = Counter(who.get(thread, -1) for thread in threads)
    return (due - came).total(), (came - due).total()


async def run(args: argparse.Namespace, folder: Path) -> dict[str, list[Round]]:
    """Measure: each channel in turn, and all of them *args.rounds* times."""
    names = [BESIDE, *(name for name in OWN if name in args.only and name != BESIDE)]
    accounts = [platform_account(name) for name in names]
    found: defaultdict[str, list[Round]] = defaultdict(list)
    async with FakePlatform(accounts) as platform:
        file, core = write(folder, platform), machine.cores()[0]
        async with service(file, models=args.models, core=core, profile=args.profile) as running:
            bench = Bench(service=running, core=core, platform=platform, ids=Ids())
            for account in accounts:
                await bench.round(account, args.warm)
            if args.profile:
                running.process.send_signal(signal.SIGUSR1)
            for account in accounts * args.rounds:
                found[account.channel].append(await bench.round(account, args.messages))
            if args.profile:
                running.process.send_signal(signal.SIGUSR2)
        for violation in platform.violations[:10]:
            print(violation)
    return found


def lines(found: Mapping[str, Sequence[Round]]) -> Iterator[str]:
    """The table: medians of the rounds."""
    median = {
        name: {
            field: statistics.median(getattr(one, field) for one in rounds)
            for field in ("rate", "cpu_us", "load_us")
        }
        for name, rounds in found.items()
    }
    yield "channel             messages/s  service us  platform us  of Messenger's  lost  doubled"
    for name, rounds in found.items():
        one, lost, doubled = (
            median[name],
            *(sum(getattr(each, field) for each in rounds) for field in ("lost", "doubled")),
        )
        share = median[BESIDE]["cpu_us"] / one["cpu_us"]
        yield (
            f"{name:19} {one['rate']:10.0f} {one['cpu_us']:11.0f} {one['load_us']:12.0f} "
            f"{share:14.2f}{' ' if share >= LEAST else '!'} {lost:5} {doubled:8}"
        )


def main() -> None:
    args = _arguments()
    os.sched_setaffinity(0, {machine.cores()[1]})
    with tempfile.TemporaryDirectory(prefix="bench-", dir=args.folder) as name:
        found = uvloop.run(run(args, Path(name)))
    print(*lines(found), sep="\n")
    if args.profile:
        print(f"\n{args.profile.read_text()}")
    if any(one.lost or one.doubled for rounds in found.values() for one in rounds):
        sys.exit("replies were lost or doubled")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=OWN, default=OWN, help="beside Messenger")
    parser.add_argument("--messages", type=int, default=600, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warm", type=int, default=90, help="messages of an unmeasured round")
    parser.add_argument("--quick", action="store_true", help="only see that it runs")
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="where the database lies")
    parser.add_argument("--models", type=Path, default=MODELS, help="keeps the trained model")
    parser.add_argument("--profile", type=absolute, metavar="FILE", help="sample the service there")
    args = parser.parse_args()
    if args.quick:
        args.messages, args.rounds, args.warm = 6, 1, 3
    return args


if __name__ == "__main__":
    main()
