"""The disk fills up and is emptied again: 503 meanwhile, and all goes on without a hand's turn."""

import asyncio
import re
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError

from bot.simulation.customers import MessengerCustomer
from bot.simulation.webhook import Webhook
from bot.store.database import Database
from bot.web.keys import SIGNALS
from tests.fault.lives import Lives, lives
from tests.fault.verdict import judged
from tests.house import MODELS, account, house

SIZE = "48m"
FULL_FOR = 60
CHUNK = 64 * 1024

pytestmark = [pytest.mark.fault, pytest.mark.timeout(120)]


async def test_a_full_disk_loses_what_was_accepted_or_needs_a_restart(tmp_path: Path) -> None:
    async with _on_a_small_disk(tmp_path) as shop:
        disk = Path(f"/proc/{shop.zygote.pid}/root{shop.data}")
        before = [await _post(shop, _hello(shop, number)) for number in range(20)]
        _fill(disk / "filler")
        refused = await _refused(shop)
        ready = await _status(shop, "readyz")
        answers = [await _post(shop, _hello(shop, 1000 + number)) for number in range(FULL_FOR)]
        (disk / "filler").unlink()
        for webhook in refused:
            assert await _post(shop, webhook) == 200
        again = [await _post(shop, _hello(shop, 1000 + number)) for number in range(FULL_FOR)]
        await _settled(shop)
        ready_again = await _status(shop, "readyz")
        await shop.kill()
        engine = _copied(disk, tmp_path)
    with engine.connect() as connection:
        verdict = judged(connection)
    engine.dispose()

    assert set(before) == {200}
    assert set(answers) <= {200, 503}
    assert answers.count(503) > FULL_FOR // 2
    assert (ready, ready_again) == (503, 200)
    assert set(again) == {200}
    assert verdict.open == 0
    assert set(shop.accepted) - verdict.done == set()
    assert verdict.unanswered == set()
    assert verdict.handed_over == 0
    taken = Counter(entry.outbound_id for entry in shop.platform.ledger.accepted())
    assert set(taken.values()) == {1}
    assert taken.keys() == verdict.sent.keys()


async def test_a_wake_up_while_nothing_can_be_written_ends_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(tmp_path) as shop:
        with monkeypatch.context() as patch:
            patch.setattr(Database, "_transact", _full)
            for _ in range(5):
                shop.service.app[SIGNALS].publish("outbox", {})
                await asyncio.sleep(0.05)
        await shop.says("customer", "hello")
        await shop.until(lambda: shop.sent("customer"))

        assert not shop.service.work.done()


@asynccontextmanager
async def _on_a_small_disk(folder: Path) -> AsyncIterator[Lives]:
    """One life whose data folder is a disk of its own, in a mount namespace of its own."""
    inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    mount = f'mount -t tmpfs -o size={SIZE} tmpfs "$1"'
    if sys.platform != "linux" or shutil.which("unshare") is None:
        pytest.skip("a small disk needs Linux and unshare")
    probe = await asyncio.create_subprocess_exec(
        *inside, mount, "sh", str(folder), stderr=asyncio.subprocess.PIPE
    )
    _, complaint = await probe.communicate()
    if probe.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {complaint.decode().strip()}")
    links = 'ln -s "$2" "$1/models" && ln -s "$3" "$1/service.log"'
    begin = f'{mount} && {links} && shift 3 && exec "$@"'
    log = folder / "service.txt"
    log.touch()
    wrapper = [*inside, begin, "sh", str(folder / "data"), str(MODELS), str(log)]
    async with lives(folder, seed=1, wrapper=wrapper) as shop:
        await shop.start()
        yield shop


def _fill(file: Path) -> None:
    """Write until nothing fits any more, to the last page."""
    with file.open("wb", buffering=0) as stream:
        for size in (CHUNK, 512):
            try:
                while stream.write(bytes(size)) == size:
                    pass
            except OSError:
                continue


def _hello(shop: Lives, number: int) -> Webhook:
    customer = MessengerCustomer(account=account(), id=f"customer-{number}")
    webhook = customer.says("hello", message=f"m_{number}", sent=shop.platform.clock())
    shop.platform.world.note(webhook, shop.platform.clock())
    return webhook


async def _post(shop: Lives, webhook: Webhook) -> int:
    url = f"{shop.url}/webhooks/messenger/shop"
    async with shop.http.post(url, data=webhook.body, headers=webhook.headers) as answer:
        if answer.status == 200:
            shop.accepted.append(webhook.message)
        return answer.status


async def _refused(shop: Lives) -> list[Webhook]:
    """Deliver until the database has used up the room that it still had; what was refused."""
    refused: list[Webhook] = []
    number = 100
    async with asyncio.timeout(30):
        while len(refused) < 10:
            number += 1
            webhook = _hello(shop, number)
            if await _post(shop, webhook) == 503:
                refused.append(webhook)
    return refused


async def _status(shop: Lives, page: str) -> int:
    async with shop.http.get(f"{shop.url}/{page}") as answer:
        return answer.status


async def _settled(shop: Lives) -> None:
    """Wait until nothing is pending and nothing is on its way out."""
    open_one = re.compile(r'_depth\{state="(pending|queued|sending|unknown)"\} [1-9]')
    async with asyncio.timeout(30):
        while True:
            async with shop.http.get(f"{shop.url}/metrics") as answer:
                if not open_one.search(await answer.text()):
                    return
            await asyncio.sleep(0.1)


def _copied(disk: Path, folder: Path) -> Engine:
    """The database of a life that is over; SQLite itself would lose its way in /proc."""
    for file in disk.glob("antiphon.db*"):
        shutil.copy(file, folder)
    return create_engine(f"sqlite:///{folder / 'antiphon.db'}")


def _full(*_: object) -> None:
    raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))
