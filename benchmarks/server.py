"""Start a server under test on a core of its own, and read what it used."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientError, ClientSession

ROOT = Path(__file__).parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
START_WITHIN = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server process. *started_in* is from its start to its first answer, in seconds."""

    pid: int
    url: str
    started_in: float

    def cpu(self) -> float:
        """Seconds of processor time so far, all threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Resident memory in MiB."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * PAGE_BYTES / 2**20


@asynccontextmanager
async def server(*command: str, core: int, path: str = "/") -> AsyncIterator[Server]:
    """Run ``python COMMAND... PORT`` pinned to *core* until the block ends."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    before = asyncio.get_running_loop().time()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        str(port),
        cwd=ROOT,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    try:
        await _answers(url + path, before + START_WITHIN)
        took = asyncio.get_running_loop().time() - before
        yield Server(pid=process.pid, url=url, started_in=took)
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def _answers(url: str, deadline: float) -> None:
    async with ClientSession() as http:
        while True:
            try:
                async with http.get(url):
                    return
            except (ClientError, OSError):
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(0.005)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
