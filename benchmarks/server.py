"""Start a server under test on a core of its own, and read what it used."""

import asyncio
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientError, ClientSession

ROOT = Path(__file__).parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
START_WITHIN = 60.0


class ServerEnded(Exception):
    """The server ended before it answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server process. *began* and *answered* are its start and its first answer, by
    `time.perf_counter`."""

    url: str
    began: float
    answered: float
    process: Process = field(repr=False)

    def cpu(self) -> float:
        """Seconds of processor time so far, all threads."""
        return cpu(self.process.pid)

    def memory(self) -> float:
        """Resident memory in MiB."""
        return memory(self.process.pid)


def cpu(pid: int) -> float:
    """Seconds of processor time that process *pid* used so far, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid: int) -> float:
    """Resident memory of process *pid* in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * PAGE_BYTES / 2**20


@asynccontextmanager
async def server(*command: str, core: int, path: str = "/") -> AsyncIterator[Server]:
    """Run ``python COMMAND... PORT`` pinned to *core* until the block ends.

    Raises ServerEnded if it ends before it answers.
    """
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        str(port),
        cwd=ROOT,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    try:
        await _answers(process, url + path, began + START_WITHIN)
        yield Server(url=url, began=began, answered=time.perf_counter(), process=process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _answers(process: Process, url: str, deadline: float) -> None:
    async with ClientSession() as http:
        while True:
            try:
                async with http.get(url):
                    return
            except (ClientError, OSError) as exc:
                if process.returncode is not None:
                    raise ServerEnded(f"status {process.returncode}") from exc
                if time.perf_counter() > deadline:
                    raise
                await asyncio.sleep(0.005)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
