"""Telegram's rules, as the fake platform holds us to them."""

from collections.abc import AsyncIterator, Mapping

import aiohttp
import pytest

from bot.simulation.accounts import PlatformAccount
from bot.simulation.platform import FakePlatform
from bot.simulation.speakers import Ids
from bot.simulation.telegram_people import TelegramSpeaker
from channels.messages import InboundMessage, MessageEdited
from tests.channels.adapters.telegram import TELEGRAM
from tests.simulation.brand import NOW, Answer, Clock

BOT = PlatformAccount(
    channel="telegram", account="shop", page="mybrand_bot", secret="s", token="6:AA"
)
AMY = TelegramSpeaker(BOT, Ids(), "Demo customer 1")
GROUP = "-1001234567890"


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[FakePlatform]:
    """A platform that Amy has written to."""
    async with FakePlatform([BOT], clock=clock) as running:
        running.note(AMY.says("hi"))
        running.world.person("telegram", BOT.page, GROUP)
        yield running


async def send(
    platform: FakePlatform, method: str = "sendMessage", token: str = BOT.token, **changes: object
) -> Answer:
    """Send Amy a text, or what *changes* say."""
    body: Mapping[str, object] = {"chat_id": AMY.thread, "text": "您好"} | changes
    sent = {name: value for name, value in body.items() if value is not None}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{platform.url}/bot{token}/{method}", json=sent) as answer,
    ):
        return Answer(answer.status, await answer.json(), dict(answer.headers))


async def test_a_text_is_refused(telegram: FakePlatform) -> None:
    answer = await send(telegram)

    assert (answer.status, answer.body["ok"]) == (200, True)
    assert [entry.thread for entry in telegram.ledger.accepted()] == [AMY.thread]
    assert telegram.violations == []


_CHOICE = {"text": "一", "callback_data": "單" * 22}


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "字" * 4097},
        {"text": "😀" * 2049},
        {"text": ""},
        {"chat_id": None},
        {"chat_id": 5},
        {"parse_mode": "HTML"},
        {"message_thread_id": "9"},
        {"reply_markup": {"inline_keyboard": [[_CHOICE]]}},
        {"method": "sendPhoto", "photo": "file.jpg", "text": None},
    ],
    ids=lambda changes: str(changes)[:30],
)
async def test_a_body_that_telegram_refuses_gets_through(
    telegram: FakePlatform, changes: dict[str, object]
) -> None:
    assert (await send(telegram, **changes)).status == 400  # type: ignore[arg-type]
    assert [one.rule for one in telegram.violations] == ["schema"]


async def test_a_wrong_token_gets_through_or_a_token_is_noted(telegram: FakePlatform) -> None:
    assert (await send(telegram, token="7:BB")).status == 401
    assert (await send(telegram, method="sendDice")).status == 404

    noted = str(telegram.violations) + str(list(telegram.ledger))
    assert "7:BB" not in noted
    assert BOT.token not in noted


async def test_somebody_who_never_wrote_or_blocked_us_hears_of_us(telegram: FakePlatform) -> None:
    assert (await send(telegram, chat_id="1")).status == 400
    telegram.block("telegram", AMY.thread)
    answer = await send(telegram)

    assert (answer.status, answer.body["description"]) == (
        403,
        "Forbidden: bot was blocked by the user",
    )
    assert [one.rule for one in telegram.violations] == ["recipient"]


async def test_a_group_hears_a_twenty_first_message_within_a_minute(
    telegram: FakePlatform, clock: Clock
) -> None:
    answers = []
    for second in range(21):
        clock.time = NOW + second
        answers.append(await send(telegram, chat_id=GROUP))

    assert [answer.status for answer in answers] == [200] * 20 + [429]
    assert answers[-1].body["parameters"] == {"retry_after": 40}
    clock.time = NOW + 60
    assert (await send(telegram, chat_id=GROUP)).status == 200


def test_a_played_customer_speaks_otherwise_than_telegram() -> None:
    said = AMY.says("您好")
    edit, sticker = AMY.edits(said, "改"), AMY.sticks()
    channel = TELEGRAM.make(secret="s")
    events = []
    for webhook in (said, edit, sticker, AMY.again(said)):
        request = TELEGRAM.request(webhook.body, secret=b"s")
        channel.verify(request)
        events += channel.parse(request)

    first, edited, stuck, again = events
    assert first == again
    assert isinstance(first, InboundMessage)
    assert isinstance(edited, MessageEdited)
    assert (first.thread, first.text) == (AMY.thread, "您好")
    assert (edited.id, edited.text) == (first.id, "改")
    assert stuck.kind == "dm.sticker"
