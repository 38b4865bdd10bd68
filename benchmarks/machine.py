"""What the machine does meanwhile: whose processor time it was, and how fast its disk syncs."""

import asyncio
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.server import TICKS, Server

# Above this share of its core the load generator holds the service back.
BUSY = 0.85
# Above this share of the service's core, other processes spoil the figures.
NOISY = 0.1
_BLOCK = b"\0" * 4096
_IDLE, _WAITING = 3, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Processor time in a while: the service's in seconds, shares of a core for the others."""

    service: float
    load_share: float
    others_share: float


class Meter:
    """Counts from its making on. *core* is the service's."""

    def __init__(self, service: Server, core: int) -> None:
        self._service, self._core = service, core
        self._began = time.perf_counter()
        self._then = self._counts()

    def read(self) -> Usage:
        """What was used so far."""
        took = time.perf_counter() - self._began
        service, own, core = (
            now - then for now, then in zip(self._counts(), self._then, strict=True)
        )
        return Usage(
            service=service,
            load_share=own / took,
            others_share=max(core - service, 0.0) / took,
        )

    def _counts(self) -> tuple[float, float, float]:
        return self._service.cpu(), time.process_time(), _busy(self._core)


def cores() -> tuple[int, int]:
    """The service's core, and that of load generator and platform; the same if there is but one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


async def syncs(folder: Path, *, core: int, seconds: float) -> tuple[float, float]:
    """How often a second *core* writes and syncs 4 KiB, alone and beside a busy process.

    No commit can be faster. Linux finishes a sync in a thread that needs its turn on that core.
    """
    alone = _syncs(folder, core, seconds)
    busy = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "while True: pass"),
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    try:
        return alone, _syncs(folder, core, seconds)
    finally:
        busy.kill()
        await busy.wait()


def _syncs(folder: Path, core: int, seconds: float) -> float:
    before = os.sched_getaffinity(0)
    file = os.open(folder / "syncs", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    os.sched_setaffinity(0, {core})
    try:
        # The first one also writes out what others left behind.
        _sync(file)
        began, count = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            _sync(file)
            count += 1
        return count / (time.perf_counter() - began)
    finally:
        os.sched_setaffinity(0, before)
        os.close(file)


def _sync(file: int) -> None:
    os.write(file, _BLOCK)
    os.fdatasync(file)


def _busy(core: int) -> float:
    """Seconds that *core* was in use since it started, by anybody."""
    lines = Path("/proc/stat").read_text().splitlines()
    line = next(line for line in lines if line.startswith(f"cpu{core} "))
    spent = [int(field) for field in line.split()[1:9]]
    return (sum(spent) - spent[_IDLE] - spent[_WAITING]) / TICKS
