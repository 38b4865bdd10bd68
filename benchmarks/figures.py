"""What was measured: numbers, as lines for people and as JSON for machines."""

import math
import platform as machine
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.machine import BUSY, NOISY
from benchmarks.order import Order
from benchmarks.rounds import Round
from bot.simulation.load import percentile

Seconds = Callable[[Round], Sequence[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """Milliseconds that half, and 99 in 100, did not exceed."""

    p50: float
    p99: float

    def __str__(self) -> str:
        return f"p50 {self.p50:.1f} ms, p99 {self.p99:.1f} ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """At saturation: replies a second, alone and as a share of the bare handler's requests; and
    microseconds of processor time for each message."""

    per_second: float
    of_bare: float
    cpu_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """At *offered* messages a second, half of saturation: from webhook to reply, and to the 200."""

    offered: float
    reply: Quantiles
    ack: Quantiles
    cpu_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """The bare handler at as many requests a second as the service had at half load."""

    answer: Quantiles
    cpu_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """From webhook to reply at a Page: calm, beside a slow Page and a slow conversation, and how
    many times longer the p99 became."""

    calm: Quantiles
    beside: Quantiles
    ratio: float


@dataclass(slots=True, kw_only=True)
class Tally:
    """What must not happen, and what the machine did, over all rounds."""

    lost: int = 0
    doubled: int = 0
    refused: int = 0
    memory_mib: float = 0.0
    load_share: float = 0.0
    others_share: float = 0.0
    late_ms: float = 0.0

    def add(self, round_: Round) -> None:
        """Count *round_* in."""
        for heard in round_.heard:
            self.lost += heard.lost
            self.doubled += heard.doubled
            self.refused += heard.refused
            self.late_ms = max(self.late_ms, _percentile(heard.late, 0.99) * 1e3)
        self.memory_mib = max(self.memory_mib, round_.memory)
        self.load_share = max(self.load_share, round_.usage.load_share)
        self.others_share = max(self.others_share, round_.usage.others_share)


@dataclass(slots=True, kw_only=True)
class Figures:
    """All figures of one run; what was not measured stays None.

    *syncs* are raw syncs a second, alone and beside a busy process; *bare* requests a second;
    *start* seconds until it listened and until the first reply.
    """

    messages: int
    rounds: int
    cores: tuple[int, int]
    began: str = field(default_factory=lambda: time.strftime("%Y-%m-%d %H:%M"))
    python: str = field(default_factory=machine.python_version)
    syncs: tuple[float, float] | None = None
    start: tuple[float, float] | None = None
    bare: list[float] = field(default_factory=list)
    speed: Speed | None = None
    half: Half | None = None
    half_bare: Bare | None = None
    order: Order | None = None
    slow: Slow | None = None
    tally: Tally = field(default_factory=Tally)


def speed(rounds: Sequence[Round], bare: Sequence[float]) -> Speed:
    """The medians of *rounds*, and the best of *bare*: it is a ceiling, which noise only lowers."""
    per_second = statistics.median(round_.rate for round_ in rounds)
    return Speed(
        per_second=per_second,
        of_bare=per_second / max(bare),
        cpu_us=statistics.median(round_.cpu_us for round_ in rounds),
    )


def half(rounds: Sequence[Round], offered: float) -> Half:
    """The medians of *rounds*."""
    return Half(
        offered=offered,
        reply=quantiles(rounds, lambda round_: round_.heard[0].waits()),
        ack=quantiles(rounds, lambda round_: round_.heard[0].acks),
        cpu_us=statistics.median(round_.cpu_us for round_ in rounds),
    )


def half_bare(seconds: Sequence[float], cpu_us: float) -> Bare:
    """What one round of the bare handler showed."""
    p50, p99 = (_percentile(seconds, share) * 1e3 for share in (0.5, 0.99))
    return Bare(answer=Quantiles(p50=p50, p99=p99), cpu_us=cpu_us)


def slow(pairs: Sequence[tuple[Round, Round]], seconds: Seconds) -> Slow:
    """The medians of calm and slow rounds."""
    calm, beside = (quantiles(rounds, seconds) for rounds in zip(*pairs, strict=True))
    return Slow(calm=calm, beside=beside, ratio=beside.p99 / calm.p99)


def quantiles(rounds: Sequence[Round], seconds: Seconds) -> Quantiles:
    """Of every round both percentiles, of these the medians."""
    p50, p99 = (
        statistics.median(_percentile(seconds(round_), share) for round_ in rounds) * 1e3
        for share in (0.5, 0.99)
    )
    return Quantiles(p50=p50, p99=p99)


def lines(figures: Figures) -> Iterator[str]:
    """What to print, a figure a line."""
    yield _head(figures)
    if figures.syncs is not None:
        alone, beside = figures.syncs
        yield f"raw fdatasync           {alone:8.0f} /s, beside a busy process {beside:.0f} /s"
    if figures.bare:
        each = ", ".join(f"{rate:.0f}" for rate in figures.bare)
        yield f"bare aiohttp handler    {max(figures.bare):8.0f} requests/s, the best of {each}"
    if figures.start is not None:
        listens, replies = figures.start
        yield f"start                   {listens:8.2f} s, first reply after {replies:.2f} s"
    yield from _speed(figures)
    yield from _order(figures)
    yield from _slow(figures)
    yield from _machine(figures.tally)


def _percentile(seconds: Sequence[float], share: float) -> float:
    """Not a number where nothing came: whoever lost all replies hears so in the last line."""
    return percentile(seconds, share) if seconds else math.nan


def _head(figures: Figures) -> str:
    cores = " and ".join(str(core) for core in figures.cores)
    return (
        f"{figures.began}, {machine.machine()}, cores {cores}, Python {figures.python}, "
        f"{figures.messages} messages a round, {figures.rounds} rounds"
    )


def _speed(figures: Figures) -> Iterator[str]:
    if (full := figures.speed) is not None:
        share = f"{full.of_bare:.1%} of bare"
        yield f"service at saturation   {full.per_second:8.0f} messages/s = {share}"
        yield f"processor per message   {full.cpu_us:8.0f} us"
    if (found := figures.half) is not None:
        yield f"half load, {found.offered:.0f}/s"
        yield f"  webhook to reply      {found.reply}, {found.cpu_us:.0f} us"
        yield f"  webhook to 200        {found.ack}"
    if (bare := figures.half_bare) is not None:
        yield f"  bare handler          {bare.answer}, {bare.cpu_us:.0f} us"


def _order(figures: Figures) -> Iterator[str]:
    if (order := figures.order) is None:
        return
    found = order.verdict
    yield f"naps and redeliveries   {order.messages:8} messages, {order.redelivered} of them twice"
    yield f"  lost {found.lost}, doubled {found.doubled}, out of order {found.out_of_order}, " + (
        f"misdirected {found.misdirected}, refused {order.refused}"
    )


def _slow(figures: Figures) -> Iterator[str]:
    if (slow := figures.slow) is None:
        return
    yield f"beside a slow Page      {slow.ratio:8.2f} times the p99"
    yield f"  calm                  {slow.calm}"
    yield f"  beside                {slow.beside}"


def _machine(tally: Tally) -> Iterator[str]:
    yield f"memory                  {tally.memory_mib:8.0f} MiB"
    late = f"p99 {tally.late_ms:.1f} ms late"
    yield f"load generator          {tally.load_share:8.0%} of its core, {late}"
    yield f"other processes         {tally.others_share:8.0%} of the service's core"
    if tally.load_share > BUSY:
        yield "CAUTION: the load generator held the service back, which may be faster than shown"
    if tally.others_share > NOISY:
        yield "CAUTION: others used the service's core; only a quiet machine gives good figures"
    yield f"lost {tally.lost}, doubled {tally.doubled}, refused {tally.refused}"
