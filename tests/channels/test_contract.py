"""What every adapter owes the rest of the house; tests/channels/adapters/ says how to ask it."""

import base64
import json
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest
from aiohttp.test_utils import unused_port
from pydantic import ValidationError

from channels import http as channels_http
from channels.errors import (
    ChannelUnavailable,
    DeliveryUnknown,
    InvalidSignature,
    MalformedPayload,
    RateLimited,
    Rejected,
    SendError,
    Unauthorized,
)
from channels.messages import Accepted, Action, InboundMessage
from tests.channels.adapter import SECRET, TOKEN, Adapter, asked, request
from tests.channels.platform import FakePlatform
from tests.shared import shared_path

# What comes in


def test_a_signed_body_is_refused(called: Adapter) -> None:
    body = called.wrapped(called.ask(1))

    called.make().verify(called.request(body))


@pytest.mark.parametrize("where", [0, 20, -1])
def test_a_body_changed_after_signing_gets_in(called: Adapter, where: int) -> None:
    if not called.covers_body:
        pytest.skip(f"{called.name} signs no bodies")
    signed = called.request(called.wrapped(called.ask(1)))
    body = bytearray(signed.body)
    body[where] ^= 1

    with pytest.raises(InvalidSignature):
        called.make().verify(replace(signed, body=bytes(body)))


def test_another_secret_gets_in(called: Adapter) -> None:
    with pytest.raises(InvalidSignature):
        called.make().verify(called.request(b"{}", secret=b"app-secret-2"))


@pytest.mark.parametrize(
    "claim", [None, "", "sha256=", "é" * 64, "\udce9", "sha256=é" + "0" * 63, "a" * 100_000]
)
def test_a_missing_or_odd_signature_gets_in_or_crashes(called: Adapter, claim: str | None) -> None:
    assert called.header is not None
    headers = {} if claim is None else {called.header: claim}

    with pytest.raises(InvalidSignature):
        called.make().verify(request(b"{}", **headers))


def test_a_webhook_gets_in_where_there_is_none(adapter: Adapter) -> None:
    if adapter.header is not None:
        pytest.skip(f"{adapter.name} has a webhook")

    with pytest.raises(InvalidSignature):
        adapter.make().verify(adapter.request(adapter.wrapped(adapter.ask(1))))


@pytest.mark.parametrize("secret", [b"old-secret", b"new-secret"])
def test_changing_the_secret_loses_webhooks(called: Adapter, secret: bytes) -> None:
    channel = called.make(**{called.rotated: ["old-secret", "new-secret"]})

    channel.verify(called.request(b"{}", secret=secret))
    with pytest.raises(InvalidSignature):
        channel.verify(called.request(b"{}", secret=b"third-secret"))


def test_the_handshake_misjudges_who_asks(called: Adapter) -> None:
    for query, expected in called.handshakes:
        assert called.make().handshake(asked(query)) == expected
    assert called.handshakes


@pytest.mark.parametrize("empty", ["", "  ", None, []])
def test_an_empty_secret_lets_everybody_in(adapter: Adapter, empty: object) -> None:
    for name in adapter.required:
        if name == "account" and empty == "  ":
            continue
        with pytest.raises(ValidationError, match=name):
            adapter.settings.model_validate(adapter.options | {name: empty})
    if adapter.header is not None:
        with pytest.raises(ValidationError):
            adapter.make(**{adapter.rotated: ["good", ""]})


def test_a_misspelt_setting_is_overlooked(adapter: Adapter) -> None:
    with pytest.raises(ValidationError, match="sekret"):
        adapter.make(sekret="x")


def test_a_secret_shows_in_the_settings(adapter: Adapter) -> None:
    shown = repr(adapter.settings.model_validate(adapter.options))

    assert TOKEN not in shown
    assert SECRET not in shown


def test_a_redelivered_event_becomes_a_second_one(adapter: Adapter) -> None:
    asks = adapter.ask(1), adapter.ask(2)
    first, second = adapter.parsed(*asks), adapter.parsed(*asks)

    assert first == second
    assert len({event.event_id for event in first}) == 2


def test_a_batch_of_a_thousand_loses_its_order_or_an_event(adapter: Adapter) -> None:
    asks = [adapter.ask(n) for n in range(1000)]
    started = time.process_time()

    events = adapter.parsed(*asks)

    assert [getattr(event, "text", None) for event in events] == [f"第 {n} 則" for n in range(1000)]
    assert len({event.event_id for event in events}) == 1000
    assert time.process_time() - started < 2.0


def test_an_ask_comes_without_what_an_answer_needs(adapter: Adapter) -> None:
    [event] = adapter.parsed(adapter.ask(1))

    assert isinstance(event, InboundMessage)
    assert event.kind == adapter.kind
    assert event.unanswerable is None
    assert (event.channel, event.account) == (adapter.name, "demo")
    assert event.surface is adapter.make().capabilities.surface
    assert event.thread
    assert event.contact.id
    assert event.sent_at.tzinfo is not None
    assert event.received_at == adapter.request(b"").received_at


def test_an_event_is_younger_than_its_receipt_since_a_clock_runs_ahead(adapter: Adapter) -> None:
    own = () if adapter.own is None else (adapter.own,)
    for told in adapter.requests(adapter.ask(1), *own):
        early = replace(told, received_at=told.received_at - timedelta(hours=2))

        for event in adapter.make().parse(early):
            assert event.sent_at == event.received_at == early.received_at


def test_an_event_of_another_account_is_answered(adapter: Adapter) -> None:
    if not adapter.addressed:
        pytest.skip(f"{adapter.name} names no account in its bodies")
    body = adapter.wrapped(adapter.ask(1), to="998877665544332")

    [event] = adapter.make().parse(adapter.request(body))

    assert isinstance(event, InboundMessage)
    assert event.unanswerable


def test_the_bot_answers_itself(adapter: Adapter) -> None:
    if adapter.own is None:
        pytest.skip(f"{adapter.name} sends no echoes")

    [event] = adapter.parsed(adapter.own)

    assert not isinstance(event, InboundMessage)


def test_one_bad_event_takes_its_neighbours_with_it(adapter: Adapter) -> None:
    bad = adapter.broken(adapter.ask(2), {"id": {}, "comment_id": [1]})

    if adapter.several:
        events = adapter.parsed(adapter.ask(1), bad, adapter.ask(3))
        assert [event.kind for event in events] == [adapter.kind, "ignore", adapter.kind]
    with pytest.raises(MalformedPayload):
        adapter.parsed(bad)


def test_hostile_bytes_crash_or_stall_the_parser(adapter: Adapter) -> None:
    bodies = json.loads(shared_path("badinput/own/raw_bodies_b64.json").read_bytes())["items"]
    channel = adapter.make()

    for encoded in bodies:
        body = base64.b64decode(encoded)
        started = time.process_time()
        with suppress(MalformedPayload):
            events = channel.parse(adapter.request(body))
            assert not any(getattr(event, "unanswerable", "") is None for event in events), body
        assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb"a\u0000\u0000b", "a\ufffd\ufffdb"),
        (rb"a\\u0000", "a\\u0000"),
        (rb"\ud83d.\ude00", "\ufffd.\ufffd"),
        (rb"\ud83d\ude00\ud83d", "😀\ufffd"),
        (rb"\\\ud83d \u0000", "\\\ufffd \ufffd"),
    ],
    ids=["nul", "no nul", "halves", "a pair and a half", "both"],
)
def test_nul_reaches_the_database_or_half_an_emoji_parks_the_body(
    adapter: Adapter, written: bytes, read: str
) -> None:
    raw = json.dumps(adapter.wrapped(adapter.ask(1))).encode()
    odd = raw.replace(json.dumps("第 1 則").encode(), b'"' + written + b'"')

    [event] = adapter.make().parse(adapter.request(odd))

    assert isinstance(event, InboundMessage)
    assert event.text == read


def test_the_customers_words_stand_in_an_error(adapter: Adapter) -> None:
    bad = adapter.broken(adapter.ask(1), ["我的密碼"])

    with pytest.raises(MalformedPayload) as caught:
        adapter.parsed(bad)

    assert "我的密碼" not in str(caught.value)


# What goes out


async def sent(
    adapter: Adapter, platform: FakePlatform, http: aiohttp.ClientSession
) -> Accepted | SendError:
    """What comes of sending the adapter's usual message."""
    channel = adapter.make(http, api=platform.address)
    try:
        return await channel.send(adapter.message)
    except SendError as exc:
        return exc


async def test_an_accepted_message_counts_as_failed(
    adapter: Adapter, platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(200, adapter.taken)

    assert isinstance(result := await sent(adapter, platform, http), Accepted)
    assert len(result.ids) == 1
    [call] = platform.calls
    assert adapter.signed_in(call)
    assert call.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (429, {}, RateLimited),
        (429, b"<html>slow down</html>", RateLimited),
        (401, {}, Unauthorized),
        (403, {}, Unauthorized),
        (400, b"<html>bad request</html>", Rejected),
        (400, {}, Rejected),
        (404, [], Rejected),
        (302, {}, Rejected),
        (500, {}, ChannelUnavailable),
        (502, b"<html>bad gateway</html>", ChannelUnavailable),
        (503, b"", ChannelUnavailable),
        (504, b"", DeliveryUnknown),
        (200, b"<html>log in to the wireless network</html>", DeliveryUnknown),
        (200, b"", DeliveryUnknown),
        (200, [1], DeliveryUnknown),
        (200, b'{"a":' * 100_000, DeliveryUnknown),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_an_odd_answer_is_taken_for_another_kind_of_trouble(
    adapter: Adapter,
    platform: FakePlatform,
    http: aiohttp.ClientSession,
    status: int,
    body: object,
    expected: type[SendError],
) -> None:
    platform.answers(status, body, {"Location": f"{platform.address}/elsewhere"})

    empty = body in ({}, [], b"")
    usual = adapter.server_error if expected is ChannelUnavailable else expected
    meant = adapter.odd.get(status, usual) if empty else usual

    assert type(await sent(adapter, platform, http)) is meant
    assert len(platform.calls) == 1


async def test_a_slow_answer_is_taken_for_a_refusal(
    adapter: Adapter,
    platform: FakePlatform,
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channels_http, "_TIMEOUT", aiohttp.ClientTimeout(total=0.2, connect=0.1))
    platform.hangs = True

    assert type(await sent(adapter, platform, http)) is DeliveryUnknown
    assert len(platform.calls) == 1


async def test_a_connection_cut_after_sending_is_taken_for_a_refusal(
    adapter: Adapter, platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.drops = True

    assert type(await sent(adapter, platform, http)) is DeliveryUnknown
    assert len(platform.calls) == 1


async def test_an_endless_answer_fills_the_memory(
    adapter: Adapter, platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(200, json.dumps(adapter.taken).encode() + b" " * 10_000_000)

    assert type(await sent(adapter, platform, http)) is DeliveryUnknown


async def test_an_error_tells_the_token(
    adapter: Adapter, platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    told = {"code": 190, "message": f"Malformed access token {TOKEN}"}
    platform.answers(401, {"error": told})

    assert TOKEN not in str(await sent(adapter, platform, http))


async def test_a_platform_that_is_not_there_leaves_a_doubt(
    adapter: Adapter, http: aiohttp.ClientSession
) -> None:
    nobody = FakePlatform(address=f"http://127.0.0.1:{unused_port()}")

    assert type(await sent(adapter, nobody, http)) is ChannelUnavailable


async def test_text_that_is_no_unicode_crashes_the_sender(
    adapter: Adapter, platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    channel = adapter.make(http, api=platform.address)

    with pytest.raises(Rejected):
        await channel.send(replace(adapter.message, text="\ud83d"))
    assert platform.calls == []


async def test_an_action_that_the_platform_lacks_is_tried(
    adapter: Adapter, platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    channel = adapter.make(http, api=platform.address)
    lacking = {
        Action.PRIVATE_REPLY: channel.capabilities.private_reply,
        Action.HIDE: channel.capabilities.hide,
        Action.UNHIDE: channel.capabilities.unhide,
    }

    for action, able in lacking.items():
        if not able:
            with pytest.raises(Rejected):
                await channel.send(replace(adapter.message, action=action))
    assert platform.calls == []


def test_an_adapter_claims_a_handle_that_it_has_not(adapter: Adapter) -> None:
    assert adapter.make().capabilities.handle is adapter.handle
