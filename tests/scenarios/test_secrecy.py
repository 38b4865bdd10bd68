"""I11: no secret, token or word of a customer leaves by a log, an error page or the metrics."""

import io
import json
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import logs
from bot.simulation.misbehaviour import Misbehaviour, MisbehaviourKind
from bot.simulation.webhook import meta_post
from tests.house import PAGE, SECRET, TOKEN, House, account, house
from tests.scenarios.scene import comments, line_user, on_line, visit
from tests.shared import shared_path

OUR_SECRETS = (SECRET, TOKEN, "test-verify-token")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
FAILURES: tuple[MisbehaviourKind, ...] = (
    *("500", "429", "html", "unauthorized", "reset", "garbage", "reset_after_accept"),
)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged, as `antiphon run` logs it."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    logs.configure(level="info", secrets=OUR_SECRETS, stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in logs.NOISY:
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.getLogger("aiohttp.access").disabled = False


@pytest.mark.usefixtures("impatient")
async def test_nothing_that_customers_write_is_logged(tmp_path: Path, written: io.StringIO) -> None:
    listed = _items("own/redaction.json")
    async with house(tmp_path) as h:
        pages = []
        for at, item in enumerate(listed):
            kind = FAILURES[at % len(FAILURES)]
            h.platform.misbehave(Misbehaviour(kind=kind, times=1, retry_after=1))
            pages += await _everywhere(h, f"c{at}", item["text"])
        await h.settled(within=60)
        pages.append(await _page(h, "/metrics"))

        logged = written.getvalue()
        for item in listed:
            for page in (logged, *pages):
                assert item["must_not_log"] not in page
        for secret in OUR_SECRETS:
            assert not any(secret in page for page in (logged, *pages))
        assert logged.count("refused") > len(FAILURES)


async def test_a_log_line_is_one_line_whatever_is_written(
    tmp_path: Path, written: io.StringIO
) -> None:
    async with house(tmp_path) as h:
        for at, text in enumerate(_items("own/log_lines.json")):
            await _everywhere(h, f"c{at}", text)
        await h.settled()

    lines = written.getvalue().splitlines()
    assert len(lines) == written.getvalue().count("\n")
    for line in lines:
        assert set(json.loads(line)) >= {"at", "level", "logger", "event"}
        assert not CONTROL.search(line)
    assert not any("hunter2" in line or "jndi" in line for line in lines)


async def test_a_failing_row_names_its_cause_but_none_of_its_words(
    tmp_path: Path, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.worker.Worker._decide", _explode)
    monkeypatch.setattr("bot.store.inbox.RETRY_AFTER", timedelta(0))
    async with house(tmp_path) as h:
        await h.says("ann", "4111 1111 1111 1111")
        await h.settled()

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    failed = [line for line in lines if line["logger"] == "bot.worker"]
    assert len(failed) == 3
    assert {line["error"] for line in failed} == {"RuntimeError"}
    assert "4111" not in written.getvalue()


async def _explode(self: object, row: object, message: Any, *_: object) -> None:
    raise RuntimeError(f"cannot decide on {message.text}")


async def _everywhere(h: House, who: str, text: str) -> list[str]:
    """Say *text* on every channel, in a broken body, a header, a path; returns what we answer."""
    await h.says(who, text)
    await comments(h, who, text)
    await h.deliver(on_line(h, line_user(int(who[1:])), text))
    if text.strip("\0 \t"):
        await (await visit(h)).says(text)
    broken = {"object": "page", "entry": [{"id": PAGE, "messaging": [{"sender": text}]}]}
    body, headers = meta_post(account(), broken)
    pages = [await _page(h, "/webhooks/messenger/shop", data=body, headers=headers)]
    forged = {"x-hub-signature-256": "sha256=" + CONTROL.sub("", text).encode().hex()}
    pages.append(await _page(h, "/webhooks/messenger/shop", data=text.encode(), headers=forged))
    for path in ("/webhooks/messenger/nobody", "/desk/nothing", "/webchat/site/messages"):
        pages.append(await _page(h, path, params={"q": text, "hub.verify_token": text}))
        pages.append(await _page(h, path, data=text.encode(), headers={"Accept": "text/html"}))
    return pages


async def _page(h: House, path: str, **more: Any) -> str:
    method = "POST" if "data" in more else "GET"
    async with h.http.request(method, f"{h.url}{path}", **more) as heard:
        assert heard.status < 500
        return await heard.text() + str(heard.headers)


def _items(relative: str) -> list[Any]:
    listed: dict[str, list[Any]] = json.loads(shared_path(f"badinput/{relative}").read_text())
    return listed["items"]
