"""A load generator that does not wait: it keeps its schedule, and counts from it.

A generator that waits for answers hides exactly the moments when the server was slow
(Tene, "How NOT to Measure Latency").
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.simulation.wire import NO_ANSWER, Answer, Wire, Wires, request_bytes

PATIENCE_SECONDS = 10.0
_BREATH_SECONDS = 0.001

Bodies = Iterable[tuple[bytes, Mapping[str, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """One item per request, in order of schedule.

    *scheduled* are seconds after the start, *seconds* from schedule to answer, *statuses* 0 where
    no answer came. *took* is the whole run in seconds, *started* its start by `time.perf_counter`.
    *late* is how many seconds the generator itself was behind its schedule.
    """

    started: float
    scheduled: Sequence[float]
    statuses: Sequence[int]
    seconds: Sequence[float]
    late: Sequence[float]
    took: float

    @property
    def failures(self) -> int:
        """Requests that were not answered 2xx."""
        return sum(not 200 <= status < 300 for status in self.statuses)

    @property
    def rate(self) -> float:
        """Requests per second, over the whole run."""
        return len(self.statuses) / self.took if self.took else 0.0

    def percentile(self, share: float) -> float:
        """The latency that *share* of the requests did not exceed."""
        return percentile(self.seconds, share)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least *share* (0 to 1) of *values* do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


async def load(url: str, bodies: Bodies, *, rate: float, connections: int = 64) -> Latencies:
    """Post each of *bodies* at its time, *rate* per second, whatever the server does.

    Raises OSError if nobody listens at *url*.
    """
    return await _run(url, bodies, connections=connections, interval=1.0 / rate)


async def saturate(url: str, bodies: Bodies, *, connections: int = 64) -> Latencies:
    """Post *bodies* as fast as *connections*, each waiting for its answer, can.

    Latencies count from the moment a request was written. Raises OSError if nobody listens.
    """
    return await _run(url, bodies, connections=connections, interval=0.0)


async def _run(url: str, bodies: Bodies, *, connections: int, interval: float) -> Latencies:
    wires = Wires(url)
    # All of them before the clock starts.
    requests = [request_bytes(url, body, headers) for body, headers in bodies]
    run = _Run(requests=iter(requests), interval=interval)
    try:
        run.wires = [await wires.connect(run.freed) for _ in range(connections)]
        run.idle.extend(run.wires)
        started = time.perf_counter()
        await run.go(wires)
        took = time.perf_counter() - started
    finally:
        wires.close()
    return Latencies(
        started=run.started,
        scheduled=run.scheduled,
        statuses=run.statuses,
        seconds=run.seconds,
        late=run.late,
        took=took,
    )


@dataclass(slots=True)
class _Run:
    requests: Iterator[bytes]
    interval: float
    wires: list[Wire] = field(default_factory=list)
    idle: deque[Wire] = field(default_factory=deque)
    waiting: deque[tuple[int, float, bytes]] = field(default_factory=deque)
    scheduled: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    started: float = 0.0
    open: int = 0
    broken: int = 0
    over: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def go(self, wires: Wires) -> None:
        self.started = time.perf_counter()
        due = 0.0
        while not self.over:
            now = time.perf_counter() - self.started
            if self.interval:
                while due <= now and self._schedule(due):
                    due += self.interval
                # Timers know milliseconds: a shorter pause would be none, and the wait a spin.
                await asyncio.sleep(_BREATH_SECONDS)
            else:
                await self._fill(now)
            await self._mend(wires)
        await self._drain(wires)

    def freed(self, wire: Wire) -> None:
        """Called when *wire* has its answer: it takes what waits longest."""
        if self.waiting:
            number, due, request = self.waiting.popleft()
            self._send(wire, number, due, request)
            return
        self.idle.append(wire)
        if not self.interval and not self.over:
            self._schedule(time.perf_counter() - self.started)

    async def _fill(self, now: float) -> None:
        self.wake.clear()
        while self.idle and self._schedule(now):
            pass
        if not self.over:
            await self.wake.wait()

    def _schedule(self, due: float) -> bool:
        request = next(self.requests, None)
        if request is None:
            self.over = True
            self.wake.set()
            return False
        number = len(self.scheduled)
        self.scheduled.append(due)
        self.statuses.append(NO_ANSWER)
        self.seconds.append(PATIENCE_SECONDS)
        self.late.append(time.perf_counter() - self.started - due)
        self.open += 1
        if self.idle:
            self._send(self.idle.popleft(), number, due, request)
        else:
            self.waiting.append((number, due, request))
        return True

    def _send(self, wire: Wire, number: int, due: float, request: bytes) -> None:
        def done(answer: Answer) -> None:
            self.statuses[number] = answer.status
            self.seconds[number] = time.perf_counter() - self.started - due
            self.open -= 1
            if not answer.keep:
                self.broken += 1
                self.wake.set()
            if self.over and not self.open:
                self.wake.set()

        wire.ask(request, done)

    async def _mend(self, wires: Wires) -> None:
        """Replace connections that the server ended."""
        while self.broken:
            self.broken -= 1
            self.freed(await wires.connect(self.freed))

    async def _drain(self, wires: Wires) -> None:
        """Wait for the last answers, at most for the patience of one request."""
        until = time.perf_counter() + PATIENCE_SECONDS
        while self.open and (left := until - time.perf_counter()) > 0:
            await self._mend(wires)
            self.wake.clear()
            if self.open and not self.broken:
                try:
                    async with asyncio.timeout(left):
                        await self.wake.wait()
                except TimeoutError:
                    return
