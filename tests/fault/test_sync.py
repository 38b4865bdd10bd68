"""A webhook's 200 leaves only after what it brought is synced: the kernel's own word, by strace."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.simulation.customers import MessengerCustomer
from tests.fault.lives import lives
from tests.house import account

WEBHOOKS = 12

pytestmark = [pytest.mark.fault, pytest.mark.timeout(120)]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
async def test_a_webhook_is_acknowledged_before_it_is_on_the_disk(tmp_path: Path) -> None:
    trace = tmp_path / "trace.txt"
    calls = "recvfrom,read,sendto,write,pwrite64,fdatasync,fsync"
    strace = ["strace", "-D", "-f", "--seccomp-bpf", "-y", "-s", "8000", "-e", f"trace={calls}"]
    async with lives(tmp_path, seed=1, wrapper=[*strace, "-o", str(trace)]) as shop:
        await shop.start()
        for number in range(WEBHOOKS):
            customer = MessengerCustomer(account=account(), id=f"customer-{number}")
            sent = shop.platform.clock()
            webhook = customer.says("hello", message=f"m_sync_{number}_", sent=sent)
            url = f"{shop.url}/webhooks/messenger/shop"
            async with shop.http.post(url, data=webhook.body, headers=webhook.headers) as answer:
                assert answer.status == 200
        await shop.kill()
    calls_made = _calls(trace.read_text(errors="replace").splitlines())

    for number in range(WEBHOOKS):
        came = _first(calls_made, rf"recvfrom\(.*m_sync_{number}_", after=0)
        socket = re.escape(came.text.split("<")[1].split(">")[0])
        told = _first(calls_made, rf'sendto\(\d+<{socket}>, "HTTP/1.1 200', after=came.ended)
        written = _first(calls_made, rf"pwrite64\(.*-wal>.*m_sync_{number}_", after=came.ended)
        synced = _first(calls_made, r"fdatasync\(.*-wal>.* = 0$", after=written.ended)
        assert written.ended < synced.begun
        assert synced.ended < told.begun


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A system call, and the lines of the trace at which it began and ended."""

    begun: int
    ended: int
    text: str


def _calls(lines: Sequence[str]) -> list[Call]:
    """Put together what strace cut in two because another thread's call came between."""
    calls: list[Call] = []
    open_ones: dict[str, tuple[int, str]] = {}
    for at, line in enumerate(lines):
        thread, _, text = line.partition(" ")
        if text.endswith("<unfinished ...>"):
            open_ones[thread] = at, text.removesuffix("<unfinished ...>")
        elif "resumed>" in text and thread in open_ones:
            begun, start = open_ones.pop(thread)
            calls.append(Call(begun=begun, ended=at, text=start + text.partition("resumed>")[2]))
        else:
            calls.append(Call(begun=at, ended=at, text=text))
    return calls


def _first(calls: Sequence[Call], pattern: str, *, after: int) -> Call:
    wanted = re.compile(pattern)
    for call in calls:
        if call.begun >= after and wanted.search(call.text):
            return call
    pytest.fail(f"the trace never shows {pattern}")
