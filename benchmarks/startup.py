"""From the command to the first answer of the port: time, processor and memory of a start.

    python benchmarks/startup.py [--starts 7]

Starts the service of a brand made by `antiphon init` again and again, as an installed one starts:
the database is there and the model is trained. Before each start a bare `import aiohttp.web` is
measured, since the machine may be busy. The first start of all trains the model after listening.
"""

import argparse
import http.client
import os
import platform as machine
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.server import ROOT, cpu, memory

PROGRAM = (sys.executable, "-m", "bot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """How far a start is: seconds and processor seconds since the command, resident MiB."""

    seconds: float
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start: when the port answered, and when messages were answered."""

    listening: Moment
    answering: Moment


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=7)
    starts = parser.parse_args().starts
    print(f"{time.strftime('%Y-%m-%d')} {machine.processor() or machine.machine()}", end=" ")
    print(f"Python {machine.python_version()}, median of {starts} starts")
    with tempfile.TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        subprocess.run([*PROGRAM, "init", str(shop)], cwd=ROOT, check=True, stdout=subprocess.PIPE)
        first = _start(shop)
        both = [(_bare(), _start(shop)) for _ in range(starts)]
        shutil.rmtree(shop)
    _print(first, [start for _, start in both], [bare for bare, _ in both])


def _start(shop: Path) -> Start:
    port = _free_port()
    began = time.perf_counter()
    service = subprocess.Popen(
        [*PROGRAM, "run", "--config", str(shop / "config.yml"), "--port", str(port)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
    )
    try:
        while not _answers(port):
            if service.poll() is not None:
                sys.exit(service.stderr.read().decode() if service.stderr else "it has stopped")
            time.sleep(0.002)
        listening = _moment(service.pid, began)
        for line in service.stderr or ():
            if b'"answering"' in line:
                break
        return Start(listening=listening, answering=_moment(service.pid, began))
    finally:
        service.send_signal(signal.SIGTERM)
        service.communicate()


def _moment(process: int, began: float) -> Moment:
    seconds = time.perf_counter() - began
    return Moment(seconds=seconds, cpu=cpu(process), memory=memory(process))


def _bare() -> Moment:
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", "import aiohttp.web"])
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return Moment(
        seconds=time.perf_counter() - began,
        cpu=used.ru_utime + used.ru_stime,
        memory=used.ru_maxrss / 1024,
    )


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _print(first: Start, starts: list[Start], bare: list[Moment]) -> None:
    floor = statistics.median(each.cpu for each in bare)
    for name, moments in (
        ("bare import of aiohttp.web", bare),
        ("start to listening", [start.listening for start in starts]),
        ("start to answering", [start.answering for start in starts]),
    ):
        used = statistics.median(each.cpu for each in moments)
        print(
            f"{name:28}{statistics.median(each.seconds for each in moments):6.2f} s"
            f"{used:8.2f} s processor ({used / floor:.1f} times bare)"
            f"{statistics.median(each.memory for each in moments):8.0f} MiB"
        )
    print(f"{'first start to listening':28}{first.listening.seconds:6.2f} s")
    print(f"{'first start to answering':28}{first.answering.seconds:6.2f} s, trained on the way")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
