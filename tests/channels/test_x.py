"""X: what is particular to its direct messages and to both of its webhooks."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from channels.base import Answer
from channels.errors import MalformedPayload, QuotaExhausted, RateLimited, Unauthorized
from channels.messages import (
    Accepted,
    AgentMessage,
    Attachment,
    ChannelEvent,
    ChannelNotice,
    Contact,
    DeliveryReceipt,
    EchoedReply,
    InboundMessage,
    OutboundMessage,
    Surface,
)
from channels.x.answers import written
from channels.x.signing import Keys, signature
from tests.channels.adapter import NOW, RECEIVED_AT, Json, asked
from tests.channels.adapters.x import POST, THEM, US, X_POSTS, X, activity, direct
from tests.channels.platform import FakePlatform
from tests.channels.schemas import faults

AGENT = AgentMessage(
    id="0f0e9c5a-6f2a-4f0e-9df5-4f1d6c1b7a12",
    channel="x",
    account="demo",
    thread=f"{THEM}",
    text="我是小美。",
)


def parsed(body: Json, **settings: object) -> list[ChannelEvent]:
    """What the adapter of direct messages makes of *body*."""
    return X.make(**settings).parse(X.request(body))


def test_a_direct_message_is_misread() -> None:
    user = {"data": {"id": f"{THEM}", "name": "美玲", "username": "mei"}}
    payload = {"direct_message_events": [direct(0)], "users": {f"{THEM}": user}}

    assert parsed(activity("dm.received", payload)) == [
        InboundMessage(
            event_id=f"{POST}",
            kind="dm.text",
            channel="x",
            account="demo",
            thread=f"{THEM}",
            surface=Surface.DIRECT,
            sent_at=datetime(2026, 9, 28, 8, 0, 1, tzinfo=UTC),
            received_at=RECEIVED_AT,
            id=f"{POST}",
            contact=Contact(id=f"{THEM}", name="美玲", username="mei"),
            text="第 0 則",
        )
    ]


def test_both_apis_tell_of_one_message_as_of_two() -> None:
    older = {"for_user_id": US, "direct_message_events": [direct(0)]}

    [new] = parsed(activity("dm.received", {"direct_message_events": [direct(0)]}))

    assert parsed(older) == [new]


@pytest.mark.parametrize("id", [9.300778475358126e17, 930077847535812610, True, "9a", "", "٣"])
def test_an_id_that_lost_its_last_digits_is_trusted(id: object) -> None:
    with pytest.raises(MalformedPayload):
        parsed(activity("dm.received", {"direct_message_events": [direct(0, id=id)]}))


def test_a_picture_is_lost_or_its_address_stands_in_the_text() -> None:
    item = direct(0)
    item["message_create"]["message_data"] = {
        "text": "如圖 &amp; 這張 https://t.co/abc123",
        "attachment": {
            "type": "media",
            "media": {
                "id": 9.300778475358126e17,
                "id_str": "930077847535812610",
                "media_url_https": "https://ton.twitter.com/1.1/ton/data/dm/1/2/x.jpg",
                "type": "photo",
                "url": "https://t.co/abc123",
            },
        },
    }

    [event] = parsed(activity("dm.received", {"direct_message_events": [item]}))

    assert isinstance(event, InboundMessage)
    assert (event.kind, event.text) == ("dm.image", "如圖 & 這張")
    assert event.attachments == (
        Attachment(
            type="image",
            id="930077847535812610",
            url="https://ton.twitter.com/1.1/ton/data/dm/1/2/x.jpg",
        ),
    )


def test_our_own_words_cannot_be_known_again_for_xs_short_links() -> None:
    item = direct(0)
    item["message_create"] |= {"sender_id": US, "target": {"recipient_id": f"{THEM}"}}
    item["message_create"]["message_data"] = {
        "text": "請看 https://t.co/abc123",
        "entities": {"urls": [{"url": "https://t.co/abc123", "expanded_url": "https://a.example"}]},
    }

    [event] = parsed(activity("dm.sent", {"direct_message_events": [item]}))

    assert isinstance(event, EchoedReply)
    assert (event.text, event.thread) == ("請看 https://a.example", f"{THEM}")


def test_a_tapped_choice_is_read_as_typed() -> None:
    item = direct(0)
    chosen = {"type": "options", "metadata": "ORDER"}
    item["message_create"]["message_data"] |= {"quick_reply_response": chosen}

    [event] = parsed(activity("dm.received", {"direct_message_events": [item]}))

    assert isinstance(event, InboundMessage)
    assert (event.kind, event.payload) == ("dm.quick_reply", "ORDER")


def test_an_encrypted_message_is_answered_or_nobody_learns_of_it() -> None:
    told = {
        "id": "e4f4d3fc-8bbf",
        "created_at_msec": "1790582401000",
        "sender_id": f"{THEM}",
        "conversation_id": f"{THEM}:{US}",
        "encoded_event": "CwABAAAAEzIw",
    }

    [event] = parsed(activity("chat.received", told))
    [ours] = parsed(activity("chat.sent", told | {"id": "f", "sender_id": US}))

    assert isinstance(event, InboundMessage)
    assert (event.kind, event.unanswerable) == ("dm.encrypted", "encrypted")
    assert (event.text, event.thread) == (None, f"{THEM}")
    assert isinstance(ours, EchoedReply)
    assert ours.thread == f"{THEM}"


def test_a_read_receipt_is_lost_or_our_own_counts() -> None:
    told = {"sender_id": f"{THEM}", "created_timestamp": "1790582401000"}

    [theirs] = parsed({"for_user_id": US, "direct_message_mark_read_events": [told]})
    [ours] = parsed({"for_user_id": US, "direct_message_mark_read_events": [{"sender_id": US}]})

    assert isinstance(theirs, DeliveryReceipt)
    assert (theirs.thread, theirs.until) == (f"{THEM}", theirs.sent_at)
    assert isinstance(ours, ChannelNotice)


def test_one_event_is_read_by_both_adapters_or_by_none() -> None:
    bodies = [*X.seeds[2:], *X_POSTS.seeds[2:]]

    for body in bodies:
        private, public = X.make().parse(X.request(body)), X_POSTS.make().parse(X.request(body))
        assert sorted([bool(private), bool(public)]) == [False, True]


def test_a_bad_neighbour_in_an_older_body_takes_a_message_with_it() -> None:
    body = {"for_user_id": US, "direct_message_events": [direct(1), {"id": {}}, direct(3)]}

    assert [event.kind for event in parsed(body)] == ["dm.text", "ignore", "dm.text"]


# What goes out


async def test_a_message_that_x_would_refuse_is_sent(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(201, X.taken)

    await X.make(http, api=platform.address).send(X.message)

    [call] = platform.calls
    assert call.path == f"/2/dm_conversations/with/{THEM}/messages"
    assert (
        faults("x/derived/CreateDirectMessagesByParticipantIdRequest.schema.json", call.body) == []
    )


def test_a_429_does_not_say_how_long_to_wait() -> None:
    headers = {"x-rate-limit-reset": f"{int(NOW.timestamp()) + 300}", "x-rate-limit-remaining": "0"}

    with pytest.raises(RateLimited) as caught:
        X.make().accepted(Answer(status=429, headers=headers, body={}))

    assert caught.value.retry_after == 300


@pytest.mark.parametrize(
    ("status", "headers", "type_"),
    [
        (
            429,
            {"x-user-limit-24hour-remaining": "0", "x-user-limit-24hour-reset": "1790600000"},
            "about:blank",
        ),
        (402, {}, "https://api.x.com/2/problems/credits"),
        (403, {}, "https://api.x.com/2/problems/usage-capped"),
    ],
)
def test_a_used_up_day_or_month_is_tried_again_at_once(
    status: int, headers: dict[str, str], type_: str
) -> None:
    with pytest.raises(QuotaExhausted) as caught:
        X.make().accepted(Answer(status=status, headers=headers, body={"type": type_}))

    until = datetime.fromtimestamp(1790600000, UTC) if headers else None
    assert caught.value.resets_at == until


def test_an_app_without_the_right_is_taken_for_a_bad_message() -> None:
    body = {"type": "https://api.x.com/2/problems/client-forbidden"}

    with pytest.raises(Unauthorized):
        written(Answer(status=403, headers={}, body=body), channel="x", now=NOW)


async def spent(channel: Any, message: OutboundMessage, times: int) -> list[object]:
    """What becomes of sending *message* so often."""
    results: list[object] = []
    for _ in range(times):
        try:
            results.append(await channel.send(message))
        except QuotaExhausted as exc:
            results.append(exc)
    return results


async def test_the_bot_leaves_no_messages_for_people(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(201, X.taken)
    channel = X.make(http, api=platform.address)

    bot = await spent(channel, X.message, 13)
    person = await spent(channel, AGENT, 4)

    assert [isinstance(one, Accepted) for one in bot] == [True] * 12 + [False]
    assert [isinstance(one, Accepted) for one in person] == [True] * 3 + [False]
    assert len(platform.calls) == 15
    until = NOW + timedelta(minutes=15)
    assert [getattr(one, "resets_at", None) for one in (bot[-1], person[-1])] == [until, until]


async def test_what_another_process_spent_is_spent_again(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    reset = int((NOW + timedelta(minutes=4)).timestamp())
    left = {"x-rate-limit-limit": "15", "x-rate-limit-remaining": "3"}
    platform.answers(201, X.taken, left | {"x-rate-limit-reset": f"{reset}"})
    channel = X.make(http, api=platform.address)

    bot = await spent(channel, X.message, 2)
    person = await spent(channel, AGENT, 1)

    assert [type(one) for one in (*bot, *person)] == [Accepted, QuotaExhausted, Accepted]
    assert getattr(bot[1], "resets_at", None) == datetime.fromtimestamp(reset, UTC)


# Published by X in "Creating a signature", with the secrets of its example.
EXAMPLE = Keys(
    key="xvz1evFS4wEEPTGEFPHBog",
    secret="kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
    token="370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
    token_secret="LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
)


def test_a_signature_differs_from_the_one_that_x_publishes() -> None:
    parameters = {
        "status": "Hello Ladies + Gentlemen, a signed OAuth request!",
        "include_entities": "true",
        "oauth_consumer_key": EXAMPLE.key,
        "oauth_nonce": "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "1318622958",
        "oauth_token": EXAMPLE.token,
        "oauth_version": "1.0",
    }

    found = signature(
        EXAMPLE, "post", "https://api.twitter.com/1.1/statuses/update.json", parameters
    )

    assert found == "hCtSmYh+iHYCEqBWrE7C7hYmtUk="


async def test_a_key_is_set_and_calls_are_not_signed(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(201, X.taken)
    keys = {"key": "app-key", "token_secret": "token-secret"}

    await X.make(http, api=platform.address, **keys).send(X.message)

    header = platform.calls[0].headers["Authorization"]
    assert header.startswith('OAuth oauth_consumer_key="app-key", oauth_nonce="')
    assert 'oauth_token="very-secret-token"' in header
    assert "token-secret" not in header


async def test_the_token_goes_to_a_stranger_with_a_picture() -> None:
    secret = "https://ton.twitter.com/1.1/ton/data/dm/856/857/d3Lf.jpg"
    trap = "https://ton.twitter.com.evil.example/1.1/ton/data/dm/856/857/d3Lf.jpg"
    channel: Any = X.make()

    private, stranger = [
        await channel.media(Attachment(type="image", url=url)) for url in (secret, trap)
    ]

    assert private.url == "https://api.x.com/2/dm_conversations/media/856/857/d3Lf.jpg"
    assert private.headers == {"Authorization": "Bearer very-secret-token"}
    assert (stranger.url, stranger.headers) == (trap, {})


def test_a_challenge_is_answered_with_the_old_secret() -> None:
    answer = X.make(secret=["x-consumer-secret", "old"]).handshake(asked({"crc_token": "foo"}))

    assert json.loads(answer.body) == {
        "response_token": "sha256=6XG4pi4uOaHE/mvww3G7rJpWsXqOJdrJJ8N2H4JsjNo="
    }
