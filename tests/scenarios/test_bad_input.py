"""I10: nothing that is signed breaks us, and nothing that is unsigned gets in."""

import base64
import hmac
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from bot.store.tables import bodies, inbox
from bot.web.keys import SIGNALS
from tests.house import PAGE, SECRET, House, house
from tests.postgres import new_database
from tests.scenarios.scene import arrived, line_user, on_line, said
from tests.shared import shared_path

ADDRESSES = ("messenger", "page_comments", "line")
LOCKED_FOR = 0.2


async def test_no_signed_body_breaks_the_service(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        for channel in ADDRESSES:
            worst = {await _post(h, channel, body) for body in _raw_bodies()}
            assert worst <= {200, 413}, channel
        await h.settled()

        await _still_answers(h)


async def test_a_malformed_body_is_parked_with_its_bytes(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        for channel in ADDRESSES:
            assert await _post(h, channel, b'{"object": "page", "entry": 7, \xff') == 200
        await h.settled()

        rows = await arrived(h)
        kept = await h.database.read(
            lambda connection: connection.scalars(
                select(bodies.c.body).join(inbox, inbox.c.body == bodies.c.id)
            ).all()
        )
        assert {row.state for row in rows} == {"parked"}
        assert {row.channel for row in rows} == set(ADDRESSES)
        assert set(kept) == {b'{"object": "page", "entry": 7, \xff'}


@pytest.mark.parametrize("depth", [10, 200, 300, 900])
async def test_a_deeply_nested_body_is_taken(tmp_path: Path, depth: int) -> None:
    nested: Any = "deep"
    for _ in range(depth):
        nested = [nested]
    page = {"object": "page", "entry": [{"id": PAGE, "time": 0, "messaging": [nested]}]}
    mixed = {
        "object": "page",
        "entry": [{"id": PAGE, "time": 0, "messaging": [{"sender": {"id": "x"}, "odd": nested}]}],
    }
    async with house(tmp_path) as h:
        for payload in (page, mixed):
            for channel in ("messenger", "page_comments"):
                assert await _post(h, channel, json.dumps(payload).encode()) == 200
        line = {"destination": PAGE, "events": [nested, {"type": "odd", "odd": nested}]}
        assert await _post(h, "line", json.dumps(line).encode()) == 200
        await h.settled()

        await _still_answers(h)


async def test_every_odd_text_is_decided_and_kept(tmp_path: Path) -> None:
    texts = [*_texts()]
    async with house(tmp_path) as h:
        h.platform.world.rates.clear()
        for at, text in enumerate(texts):
            await h.says(f"c{at}", text)
            assert await h.deliver(on_line(h, line_user(at), text)) == 200
        await h.settled(within=60)

        assert {row.state for row in await arrived(h)} == {"done"}
        for at, text in enumerate(texts):
            kept = text.replace("\0", "\ufffd") or None
            assert (await said(h, f"c{at}"))[0] == ("customer", kept)
        await _still_answers(h)


async def test_a_very_long_text_is_answered_and_delays_nobody_for_good(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        for text in ("a" * 900_000, "您好 " * 50_000, "cancel " * 100_000, "(" * 500_000):
            await h.says("ann", text)
        await h.settled()

        assert {row.state for row in await arrived(h)} == {"done"}
        await _still_answers(h)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_ids_of_any_length_are_taken_or_parked(tmp_path: Path, kind: str) -> None:
    url = "sqlite" if kind == "sqlite" else new_database()
    store = {"url": url.replace("postgresql+psycopg://", "postgresql://")}
    async with house(tmp_path, store=store) as h:
        for size in (100, 600, 3000, 100_000):
            long = "x" * size
            await h.says("ann", "hello", message=f"m{long}")
            await h.says(f"bob{long}", "hello")
            assert await h.deliver(on_line(h, line_user(1), "hello", message=long)) == 200
        await h.settled()

        assert {row.state for row in await arrived(h)} <= {"done", "parked"}
        await _still_answers(h)


@pytest.mark.parametrize("scheme", ["meta", "line"])
async def test_webhooks_without_a_valid_signature_leave_no_trace(
    tmp_path: Path, scheme: str
) -> None:
    header = {"meta": "x-hub-signature-256", "line": "x-line-signature"}[scheme]
    listed = [item for item in _items("own/signatures.json") if item["scheme"] == scheme]
    by_secret = {item["secret_b64"] for item in listed if item["secret_b64"]}
    for number, secret in enumerate(sorted(by_secret)):
        mine = [item for item in listed if item["secret_b64"] == secret]
        async with house(tmp_path / str(number), **_secret(base64.b64decode(secret))) as h:
            for item in mine:
                before = len(await arrived(h))
                status = await _claim(h, scheme, header, item)
                # aiohttp itself refuses a header of more than 8190 bytes.
                refused = {400 if len(item["header"] or "") > 8190 else 401}
                assert status in ({200} if item["valid"] else refused), item
                assert item["valid"] or len(await arrived(h)) == before, item


@pytest.mark.parametrize("when", ["at the start", "while it works"])
async def test_an_inbox_that_cannot_be_written_says_503_and_loses_nothing(
    tmp_path: Path, when: str
) -> None:
    async with house(tmp_path) as h:
        if when == "while it works":
            await _still_answers(h)
        event.listen(h.database.engine, "checkout", _impatient)
        with closing(sqlite3.connect(tmp_path / "data" / "antiphon.db")) as other:
            other.execute("BEGIN EXCLUSIVE")
            h.service.app[SIGNALS].publish("outbox", {})
            webhook = h.customer("ann").says("hello", message="m1", sent=h.clock.seconds())
            statuses = [await h.deliver(webhook) for _ in range(2)]
            async with h.http.get(f"{h.url}/readyz") as heard:
                assert heard.status == 503
            other.execute("ROLLBACK")

        assert statuses == [503, 503]
        assert await h.deliver(webhook) == 200
        await h.until(lambda: h.sent("ann"))
        await h.settled()
        assert len(h.sent("ann")) == 1


def _secret(secret: bytes) -> dict[str, Any]:
    """The channels of a brand whose apps have *secret*."""
    shared = {
        "account": "shop",
        "secret": secret.decode(),
        "token": "t",
        "api": "http://127.0.0.1:9",
    }
    return {
        "channels": {
            "messenger": [shared | {"verify_token": "v"}],
            "page_comments": [shared | {"verify_token": "v"}],
            "line": [shared],
        }
    }


async def _claim(h: House, scheme: str, header: str, item: dict[str, Any]) -> int:
    url = f"{h.url}/webhooks/{'messenger' if scheme == 'meta' else 'line'}/shop"
    body, sent = base64.b64decode(item["body_b64"]), {header: item["header"] or ""}
    async with h.http.post(url, data=body, headers=sent) as heard:
        return heard.status


def _impatient(connection: Any, *_: Any) -> None:
    connection.execute(f"PRAGMA busy_timeout={round(LOCKED_FOR * 1000)}")


async def _post(h: House, channel: str, body: bytes) -> int:
    digest = hmac.digest(SECRET.encode(), body, "sha256")
    headers = {
        "content-type": "application/json",
        "x-hub-signature-256": f"sha256={digest.hex()}",
        "x-line-signature": base64.b64encode(digest).decode(),
    }
    url = f"{h.url}/webhooks/{channel}/shop"
    async with h.http.post(url, data=body, headers=headers) as heard:
        await heard.read()
        return heard.status


async def _still_answers(h: House) -> None:
    await h.says("good", "hello")
    await h.until(lambda: h.sent("good"))


def _items(relative: str) -> list[Any]:
    listed: dict[str, list[Any]] = json.loads(shared_path(f"badinput/{relative}").read_text())
    return listed["items"]


def _raw_bodies() -> Iterator[bytes]:
    for body in _items("own/raw_bodies_b64.json"):
        yield base64.b64decode(body)
    for name in ("parsing", "transform"):
        for item in _items(f"fetched/jsontestsuite_{name}.json"):
            yield base64.b64decode(item["b64"])


def _texts() -> Iterator[str]:
    for name in ("fetched/blns.json", "own/unicode_tricks.json", "own/log_lines.json"):
        yield from (item for item in _items(name) if isinstance(item, str))
