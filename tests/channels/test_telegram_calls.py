"""Calls to Telegram: what we say, what its answers mean, and that nobody learns the token."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest

from channels.base import MediaAddress, Profile
from channels.errors import (
    DeliveryUnknown,
    RateLimited,
    RecipientGone,
    Rejected,
    SendError,
    Unauthorized,
)
from channels.messages import (
    Accepted,
    Attachment,
    BotMessage,
    Button,
    Content,
    QuickReply,
)
from channels.rich import fitted
from channels.telegram import Telegram
from tests.channels.adapter import TOKEN, Json
from tests.channels.adapters.telegram import TELEGRAM
from tests.channels.platform import FakePlatform
from tests.channels.schemas import faults


def telegram(platform: FakePlatform, http: aiohttp.ClientSession) -> Telegram:
    """The adapter, calling *platform*."""
    made = TELEGRAM.make(http, api=platform.address)
    assert isinstance(made, Telegram)
    return made


# What goes out

CHOICES = (QuickReply(title="查詢訂單", payload="ORDER"),)
BUTTONS = (
    Button(title="官網", url="https://shop.example/"),
    Button(title="退貨", payload="RETURN"),
)
KEYBOARD = [
    [{"text": "官網", "url": "https://shop.example/"}],
    [{"text": "退貨", "callback_data": "RETURN"}],
    [{"text": "查詢訂單", "callback_data": "ORDER"}],
]


async def called(
    platform: FakePlatform, http: aiohttp.ClientSession, message: BotMessage
) -> tuple[str, Json]:
    """The method and body of the one call that *message* makes."""
    platform.answers(200, TELEGRAM.taken)

    assert await telegram(platform, http).send(message) == Accepted(ids=("6001",))
    [call] = platform.calls
    return call.path.rpartition("/")[2], call.body


@pytest.mark.parametrize(
    ("changes", "method", "expected"),
    [
        ({}, "sendMessage", {"chat_id": "7123456789", "text": "您好，明天有開。"}),
        (
            {"buttons": BUTTONS, "quick_replies": CHOICES, "text": "請選"},
            "sendMessage",
            {"chat_id": "7123456789", "text": "請選"}
            | {"reply_markup": {"inline_keyboard": KEYBOARD}},
        ),
        (
            {"attachments": (Attachment(type="image", url="https://shop.example/1.jpg"),)},
            "sendPhoto",
            {
                "chat_id": "7123456789",
                "photo": "https://shop.example/1.jpg",
                "caption": "您好，明天有開。",
            },
        ),
        (
            {"thread": "-100/9@bc1", "text": "在"},
            "sendMessage",
            {
                "chat_id": "-100",
                "message_thread_id": 9,
                "business_connection_id": "bc1",
                "text": "在",
            },
        ),
    ],
    ids=["text", "choices", "picture", "topic and business"],
)
async def test_what_is_sent_is_not_what_telegram_takes(
    platform: FakePlatform,
    http: aiohttp.ClientSession,
    changes: dict[str, object],
    method: str,
    expected: Json,
) -> None:
    message = replace(TELEGRAM.message, **changes)  # type: ignore[arg-type]
    assert isinstance(message, BotMessage)

    assert await called(platform, http, message) == (method, expected)
    assert faults(f"telegram/derived/{method}.schema.json", expected) == []


def test_a_payload_is_counted_in_characters() -> None:
    fits, over = "單" * 21, "單" * 22
    said = Content(text="請選", quick_replies=(QuickReply(title="一", payload=fits),))
    longer = replace(said, quick_replies=(QuickReply(title="一", payload=over),))

    assert fitted(said, Telegram.capabilities) == (said,)
    [words] = fitted(longer, Telegram.capabilities)
    assert (words.quick_replies, words.text) == ((), "請選\n1. 一")


async def test_a_thread_that_is_none_crashes_the_sender(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    with pytest.raises(Rejected):
        await telegram(platform, http).send(replace(TELEGRAM.message, thread="1/x"))
    assert platform.calls == []


async def test_a_group_that_became_a_supergroup_hears_nothing(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    told = {"ok": False, "error_code": 400, "parameters": {"migrate_to_chat_id": -1009}}
    platform.answers(400, told)
    platform.then = [(200, TELEGRAM.taken)]

    result = await telegram(platform, http).send(replace(TELEGRAM.message, thread="-55"))

    assert result == Accepted(ids=("6001",), thread="-1009")
    assert [call.body["chat_id"] for call in platform.calls] == ["-55", "-1009"]


@pytest.mark.parametrize(
    ("status", "description", "expected"),
    [
        (403, "Forbidden: bot was blocked by the user", RecipientGone),
        (403, "Forbidden: user is deactivated", RecipientGone),
        (403, "", Unauthorized),
        (404, "Not Found", Unauthorized),
        (401, "Unauthorized", Unauthorized),
        (400, "Bad Request: can't parse entities", Rejected),
        (200, "", DeliveryUnknown),
    ],
)
async def test_a_refusal_is_taken_for_another(
    platform: FakePlatform,
    http: aiohttp.ClientSession,
    status: int,
    description: str,
    expected: type[Exception],
) -> None:
    platform.answers(status, {"ok": False, "error_code": status, "description": description})

    with pytest.raises(expected):
        await telegram(platform, http).send(TELEGRAM.message)


async def test_a_yes_that_names_no_message_counts_as_sent(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(200, {"ok": True, "result": True})

    with pytest.raises(DeliveryUnknown):
        await telegram(platform, http).send(TELEGRAM.message)


@pytest.mark.parametrize("told", [7, None, "seven", True, -1, 2**63])
async def test_the_wait_that_telegram_asks_for_is_overlooked_or_crashes(
    platform: FakePlatform, http: aiohttp.ClientSession, told: object
) -> None:
    body = {"ok": False, "parameters": {"retry_after": told}}
    platform.answers(429, body, {"Retry-After": "3"})

    with pytest.raises(RateLimited) as caught:
        await telegram(platform, http).send(TELEGRAM.message)
    assert caught.value.retry_after == (7.0 if told == 7 else 3.0)


def test_a_group_hears_more_than_twenty_a_minute() -> None:
    channel = TELEGRAM.make()
    assert isinstance(channel, Telegram)

    limit, seconds = channel.pace("-1001234567890/9")
    assert limit + 60 * limit / seconds <= 20
    limit, seconds = channel.pace("7123456789@bc1")
    assert limit / seconds <= 1


# Profile, files, set-up


async def test_a_profile_or_a_file_is_not_found(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    channel = telegram(platform, http)
    platform.answers(200, {"ok": True, "result": {"first_name": "小美", "username": "mei"}})
    assert await channel.profile("7") == Profile(name="小美", username="mei")

    platform.answers(200, {"ok": True, "result": {"file_path": "photos/1.jpg"}})
    found = await channel.media(Attachment(type="image", id="p"))
    assert found == MediaAddress(url=f"{platform.address}/file/bot{TOKEN}/photos/1.jpg")
    assert TOKEN not in repr(found)
    assert [call.body for call in platform.calls] == [{"chat_id": "7"}, {"file_id": "p"}]


async def test_the_webhook_is_set_without_its_secret_or_what_to_post(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(200, {"ok": True, "result": True})
    channel = TELEGRAM.make(http, api=platform.address, secret=["new", "old"])
    assert isinstance(channel, Telegram)

    [finding] = await channel.subscribe("https://chat.shop.example/webhooks/telegram/shop")

    [call] = platform.calls
    assert finding.ok
    assert call.body["secret_token"] == "new"
    assert {"callback_query", "my_chat_member", "message_reaction"} <= set(
        call.body["allowed_updates"]  # type: ignore[call-overload]
    )
    assert faults("telegram/derived/setWebhook.schema.json", call.body) == []


async def test_a_check_finds_nothing_wrong_or_tells_the_token(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    channel = telegram(platform, http)
    told = {"username": "other_bot", "url": "", "last_error_message": "Wrong response: 401"}
    platform.answers(200, {"ok": True, "result": told | {"pending_update_count": 3}})
    found = {one.name: one for one in await channel.check()}
    assert [name for name, one in found.items() if not one.ok] == [
        "username",
        "webhook",
    ]
    assert found["username"].next_step == "set username: other_bot"

    platform.answers(401, {"ok": False, "description": f"Unauthorized {TOKEN}"})
    [finding] = await channel.check()
    assert (finding.name, finding.ok) == ("token", False)
    assert TOKEN not in str(finding)


# The token, which stands in every address


@asynccontextmanager
async def speaking(words: bytes) -> AsyncIterator[str]:
    """The address of a server that answers every connection with *words*."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nbroken header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["nothing", "no http", "bad header", "cut", "bad gzip", "redirect", "not found"],
)
async def test_the_token_stands_in_a_failure_or_a_log(
    http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture, words: bytes
) -> None:
    caplog.set_level(logging.DEBUG)
    async with speaking(words) as address:
        with pytest.raises(SendError) as caught:
            await TELEGRAM.make(http, api=address).send(TELEGRAM.message)

    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("api", ["http://", "http://[", "https://nobody.invalid:99999"])
async def test_the_token_stands_in_what_is_said_of_a_bad_address(
    http: aiohttp.ClientSession, api: str
) -> None:
    with pytest.raises(SendError) as caught:
        await TELEGRAM.make(http, api=api).send(TELEGRAM.message)

    assert TOKEN not in "".join(traceback.format_exception(caught.value))


async def test_the_token_stands_in_telegrams_own_words(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(400, {"ok": False, "description": f"Bad Request: /bot{TOKEN}/sendMessage"})

    with pytest.raises(Rejected) as caught:
        await telegram(platform, http).send(TELEGRAM.message)

    assert str(caught.value).endswith("400 Bad Request: /bot[token]/sendMessage")
