"""Telegram, through its own door: the webhook in, and the fake Bot API out."""

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import get_args

import pytest

from bot import logs
from bot.signals.memory import MemorySignals
from bot.simulation.accounts import PlatformAccount
from bot.simulation.misbehaviour import Misbehaviour, MisbehaviourKind
from bot.simulation.telegram_people import TelegramCustomer
from bot.simulation.webhook import Webhook
from channels.telegram import Settings, Telegram
from tests.channels.adapter import lent
from tests.house import House, house
from tests.scenarios.scene import arrived, conversation, hire, logged, said, take

TOKEN = "6000000001:AA-test-bot-token"
SECRET = "a_secret-of-ours"
BOT = PlatformAccount(
    channel="telegram", account="shop", page="mybrand_bot", secret=SECRET, token=TOKEN
)
AMY = "7123456789"
GROUP = "-1001234567890"
ASKED = "你好"

_numbers = count(1)


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[House]:
    """A brand with a bot on Telegram."""
    settings = {"secret": SECRET, "token": TOKEN, "username": "mybrand_bot"}
    async with house(folder, accounts=[BOT], also={"telegram": settings}) as h:
        yield h


def says(
    h: House, text: str, *, who: str = AMY, chat: str | None = None, **more: object
) -> Webhook:
    """One message, Amy's unless *who* is somebody else."""
    return TelegramCustomer(account=BOT, id=who, name="小美", chat=chat).says(
        text, message=f"{next(_numbers)}", update=next(_numbers), sent=h.clock.seconds(), **more
    )


def taps(h: House, payload: str) -> Webhook:
    """Amy taps a button."""
    return TelegramCustomer(account=BOT, id=AMY, name="小美").taps(
        payload, query=f"q{next(_numbers)}", update=next(_numbers), sent=h.clock.seconds()
    )


async def posted(h: House, webhook: Webhook) -> tuple[int, str, str]:
    """Status, type and words of our answer to a webhook."""
    h.platform.note(webhook)
    url = f"{h.url}/webhooks/telegram/shop"
    async with h.http.post(url, data=webhook.body, headers=webhook.headers) as answer:
        return answer.status, answer.content_type, await answer.text()


async def test_an_update_that_comes_twice_is_answered_twice_or_never(tmp_path: Path) -> None:
    async with served(tmp_path) as h:
        webhook = says(h, ASKED)
        assert [await h.deliver(webhook) for _ in range(2)] == [200, 200]
        await h.until(lambda: h.sent(AMY))
        await h.settled()

        assert len(h.sent(AMY)) == len(await arrived(h)) == 1
        assert "Test Shop" in h.sent(AMY)[0].text
        assert h.platform.violations == []


async def test_pressing_start_is_not_understood(tmp_path: Path) -> None:
    async with served(tmp_path) as h:
        await h.deliver(says(h, "/start promo_2026"))
        await h.settled()

        [decided] = await logged(h, "decided")
        assert "greet" in str(decided.data)
        assert len(h.sent(AMY)) == 1


async def test_a_stranger_gets_in(tmp_path: Path) -> None:
    async with served(tmp_path) as h:
        for secret in (b"wrong", "é".encode(), SECRET.encode() + b"x"):
            headers = {"x-telegram-bot-api-secret-token": secret.decode()}
            url = f"{h.url}/webhooks/telegram/shop"
            async with h.http.post(url, data=says(h, ASKED).body, headers=headers) as answer:
                assert answer.status == 401
                assert TOKEN not in await answer.text()

        assert await arrived(h) == []


async def test_a_button_spins_on_while_a_person_has_the_word_or_once_it_was_heard(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as h:
        await h.deliver(says(h, ASKED))
        await h.settled()
        await take(h, AMY, await hire(h))
        webhook = taps(h, "intent:greet")

        for _ in range(2):
            status, kind, told = await posted(h, webhook)
            assert (status, kind) == (200, "application/json")
            query = {"callback_query_id": webhook.message}
            assert json.loads(told) == {"method": "answerCallbackQuery", **query}
        await h.settled()
        assert (await posted(h, says(h, ASKED)))[1:] == ("text/plain", "OK")
        assert len(h.sent(AMY)) == 1


async def test_a_customer_who_blocked_the_bot_is_left_to_a_person(tmp_path: Path) -> None:
    async with served(tmp_path) as h:
        h.platform.block("telegram", AMY)
        await h.deliver(says(h, ASKED))
        await h.settled()

        assert [row.state for row in [await conversation(h, AMY)]] == ["closed"]
        assert len(await logged(h, "left")) == 1
        assert h.platform.violations == []


async def test_a_group_is_answered_unasked_or_faster_than_it_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[tuple[str, int, float]] = []
    allow = MemorySignals.allow

    async def noted(self: MemorySignals, key: str, *, limit: int, seconds: float) -> float:
        turns.append((key, limit, seconds))
        return await allow(self, key, limit=limit, seconds=seconds)

    monkeypatch.setattr(MemorySignals, "allow", noted)
    mention = {"type": "mention", "offset": 0, "length": 12}
    async with served(tmp_path) as h:
        await h.deliver(says(h, ASKED, chat=GROUP))
        await h.deliver(says(h, f"@mybrand_bot {ASKED}", chat=GROUP, entities=[mention]))
        await h.until(lambda: h.sent(GROUP))
        await h.settled()

        assert len(h.sent(GROUP)) == 1
        assert [author for author, _ in await said(h, GROUP)] == ["customer", "customer", "bot"]
        ours = [turn for turn in turns if turn[0].startswith("send/telegram/shop")]
        assert ours == [(f"send/telegram/shop/{GROUP}", *channel().pace(GROUP))]


def channel() -> Telegram:
    """The adapter by itself."""
    return Telegram(Settings(account="shop", secret=SECRET, token=TOKEN), lent())


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged, with nothing masked."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    logs.configure(level="debug", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in logs.NOISY:
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.getLogger("aiohttp.access").disabled = False


@pytest.mark.usefixtures("impatient")
async def test_the_token_is_logged_stored_or_shown_whatever_goes_wrong(
    tmp_path: Path, written: io.StringIO
) -> None:
    async with served(tmp_path) as h:
        for number, kind in enumerate(get_args(MisbehaviourKind)):
            if kind in {"down", "slow", "huge", "timeout_after_accept"}:
                continue
            h.platform.misbehave(Misbehaviour(kind=kind, times=1, retry_after=1))
            await h.deliver(says(h, ASKED, who=f"{number + 1}"))
            await h.until(lambda: h.platform.strikes)
        await h.settled()

        shown = [written.getvalue(), str(await h.state()), str(h.platform.violations)]
        for path in ("/metrics", "/readyz", "/webhooks/telegram/shop", "/webhooks/telegram/none"):
            async with h.http.get(h.url + path) as page:
                shown.append(await page.text())
        assert written.getvalue().count("refused") > 4
        assert not any(TOKEN in page for page in shown)
    store = (tmp_path / "data" / "antiphon.db").read_bytes()
    assert TOKEN.encode() not in store
