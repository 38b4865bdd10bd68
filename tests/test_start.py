"""The start: listening comes first, whatever else it takes to answer comes after."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import time

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from bot.simulation.customers import MessengerCustomer
from bot.store import schema
from bot.store.database import engine, sqlite_url
from bot.store.tables import inbox
from tests.house import account, brand

ROOT = Path(__file__).parents[1]
WITHIN = 30.0
# Each costs tens of milliseconds or megabytes, and no webhook needs it.
LATE = {
    *("alembic", "argon2", "babel", "holidays", "jinja2", "numpy", "psycopg", "rasa_sdk"),
    *("redis", "sanic", "scipy", "sklearn"),
    *("bot.actions", "bot.answers", "bot.current", "bot.replies", "bot.sender", "bot.worker"),
    *("bot.simulation", "bot.web.desk", "bot.web.reports", "bot.web.webchat.routes"),
    # Not `intents.personal`: no log line may tell who wrote, the first ones neither.
    *("intents.catalog", "intents.classifier", "intents.model", "intents.pipeline"),
}
LEAST = """\
brand: {name: Demo, timezone: Asia/Taipei, languages: [zh-Hant, en]}
channels: {webchat: [{account: site}]}
"""
# Starts as a person would, and looks around at the moment when the port answers.
LOOK = """\
import json, os, sys
from bot.cli import main, run
def look(host, port):
    os.write(1, json.dumps(sorted(sys.modules)).encode())
    os._exit(0)
run._greet = look
main(["run", "--port", "0", "--config", sys.argv[1]])
"""


def test_something_heavy_is_imported_before_it_listens(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    file.write_text(LEAST, encoding="utf-8")
    (tmp_path / "data").mkdir()
    made = engine(sqlite_url(tmp_path / "data"))
    schema.prepare(made)
    made.dispose()

    looked = subprocess.run(
        [sys.executable, "-c", LOOK, str(file)], cwd=ROOT, capture_output=True, check=True
    )

    assert LATE & set(json.loads(looked.stdout)) == set()


@pytest.mark.parametrize(
    ("words", "unused"),
    [
        (["--help"], {"aiohttp", "importlib.metadata", "pydantic", "sqlalchemy", "yaml"}),
        (["validate"], {"aiohttp", "alembic", "numpy", "rasa_sdk", "sqlalchemy"}),
    ],
)
def test_a_quick_command_imports_what_it_does_not_use(
    tmp_path: Path, words: list[str], unused: set[str]
) -> None:
    (tmp_path / "config.yml").write_text(LEAST, encoding="utf-8")
    script = f"import sys\nfrom bot.cli import main\ntry: main({words})\nexcept SystemExit: pass\n"
    script += f"print([name for name in {sorted(unused)} if name in sys.modules])"

    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        text=True,
    )

    assert done.stdout.splitlines()[-1] == "[]"


async def test_while_it_learns_a_webhook_is_lost_or_it_cannot_be_stopped(tmp_path: Path) -> None:
    brand(tmp_path, "http://127.0.0.1:9")
    port = _free_port()
    webhook = MessengerCustomer(account=account(), id="c1").says("hi", message="m1", sent=time())

    async with _learning(tmp_path, port) as (service, learner), ClientSession() as http:
        url = f"http://127.0.0.1:{port}"
        answer = await http.post(
            f"{url}/webhooks/messenger/shop", data=webhook.body, headers=dict(webhook.headers)
        )
        page = await http.get(f"{url}/desk", headers={"Accept": "text/html"})
        told = _command(learner)
        service.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10.0):
            code = await service.wait()
        left = _command(learner)

    assert (code, answer.status, page.status, left) == (0, 200, 200, [])
    # It was started in another folder, so only an absolute path leads to this one.
    assert told[told.index("--data") + 1] == str(tmp_path / "data")
    made = engine(sqlite_url(tmp_path / "data"))
    with made.connect() as connection:
        stored = connection.execute(select(inbox.c.event_id, inbox.c.state)).all()
    made.dispose()
    assert [tuple(row) for row in stored] == [("m1", "pending")]


@asynccontextmanager
async def _learning(
    folder: Path, port: int
) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """A service that has no model yet, and the id of the process that trains one."""
    command = ("run", "--no-reload", "--config", "config.yml", "--data", "data")
    service = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *command, "--port", str(port)),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert service.stderr is not None
        async with asyncio.timeout(WITHIN):
            async for line in service.stderr:
                if b"training the intent model" in line:
                    break
        await _until(lambda: _children(service.pid))
        yield service, _children(service.pid)[0]
    finally:
        if service.returncode is None:
            service.kill()
            await service.wait()


async def _until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(WITHIN):
        while not true():  # noqa: ASYNC110 - the system tells nobody
            await asyncio.sleep(0.01)


def _children(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in children.split()]


def _command(process: int) -> list[str]:
    """What a process was started as; nothing if it is gone."""
    try:
        return Path(f"/proc/{process}/cmdline").read_text().split("\0")[:-1]
    except OSError:
        return []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
