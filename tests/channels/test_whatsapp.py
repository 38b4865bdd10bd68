"""WhatsApp's quirks: names, statuses, what is written, templates, checks."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.base import Answer, MediaAddress
from channels.errors import RateLimited, Rejected, ReplyWindowClosed
from channels.messages import (
    AgentMessage,
    Attachment,
    Button,
    ChannelNotice,
    Contact,
    Content,
    DeliveryReceipt,
    EchoedReply,
    InboundMessage,
    Menu,
    MessageDeleted,
    MessageEdited,
    OutboundMessage,
    QuickReply,
    Referral,
    Row,
)
from channels.rich import fitted
from channels.whatsapp import Settings, WhatsApp
from channels.whatsapp.content import body
from tests.channels.adapter import MESSAGE_ID, TOKEN, Json
from tests.channels.adapters.whatsapp import OPTIONS, PHONE, WHATSAPP, asked, change, echoed, status
from tests.channels.platform import FakePlatform
from tests.channels.schemas import faults

SCHEMA = "whatsapp/derived/SendMessage.composed.schema.json"
TEMPLATES = {
    "zh-Hant": {"name": "continue_chat", "language": "zh_TW"},
    "en": {"name": "continue_chat", "language": "en"},
}
SETTINGS = Settings.model_validate(OPTIONS | {"templates": TEMPLATES})
LATE = AgentMessage(
    id=MESSAGE_ID,
    channel="whatsapp",
    account="demo",
    thread="886912345678",
    text="您的商品到了，\n請來\t取貨。",
    outside_window=True,
    language="zh-Hant",
)


def one(item: Json, **changes: object) -> Any:
    """The only event of *item*."""
    [event] = WHATSAPP.parsed(item, **changes)
    return event


# Who it is


@pytest.mark.parametrize(
    ("told", "person", "thread", "keys"),
    [
        ({"from": "8869"}, {"wa_id": "8869"}, "8869", ("8869",)),
        ({"from": "8869"}, {"wa_id": "8869", "user_id": "TW.1"}, "8869", ("TW.1", "8869")),
        ({"from": "", "from_user_id": "TW.1"}, {"user_id": "TW.1"}, "TW.1", ("TW.1",)),
        (
            {"from_user_id": "TW.1"},
            {"user_id": "TW.1", "parent_user_id": "TW.ENT.1"},
            "TW.1",
            ("TW.1", "TW.ENT.1"),
        ),
        ({"from": "8869"}, {"wa_id": "1234", "user_id": "US.1"}, "8869", ("8869",)),
        ({}, {"wa_id": "8869"}, "8869", ("8869",)),
    ],
)
def test_a_customer_loses_a_name_or_gets_a_strangers(
    told: Json, person: Json, thread: str, keys: tuple[str, ...]
) -> None:
    message = {"id": "w", "timestamp": "1790582401", "type": "text", "text": {"body": "t"}, **told}

    event = one(change(contacts=[person], messages=[message]))

    assert (event.thread, event.thread_keys, event.contact.id) == (thread, keys, thread)
    assert set(event.contact.aliases) == set(keys) - {thread}


def test_a_blank_name_overwrites_a_known_one() -> None:
    message = {"from": "8869", "id": "w", "type": "text", "text": {"body": "t"}}
    person = {"wa_id": "8869", "profile": {"name": "", "username": "@lin"}}

    event = one(change(contacts=[person], messages=[message]))

    assert event.contact == Contact(id="8869", name=None, username="@lin")


def test_a_new_number_is_not_told_from_a_new_customer() -> None:
    system = {"type": "user_changed_number", "wa_id": "8867", "user_id": "TW.2"}
    event = one(change(messages=[{"from": "8869", "id": "w", "type": "system", "system": system}]))

    assert isinstance(event, ChannelNotice)
    assert (event.kind, event.thread) == ("user.id_changed", "8867")
    assert event.thread_keys == ("TW.2", "8867", "8869")


def test_a_new_user_id_is_not_told_from_a_new_customer() -> None:
    system = {"type": "user_changed_user_id", "previous_user_id": "TW.1", "user_id": "TW.2"}
    by_message = one(change(messages=[{"id": "w", "type": "system", "system": system}]))
    update = {"user_id": {"previous": "TW.1", "current": "TW.2"}}
    by_field = one(change("user_id_update", user_id_update=[update]))

    for event in (by_message, by_field):
        assert (event.kind, event.thread_keys) == ("user.id_changed", ("TW.2", "TW.1"))


# What it says


def test_a_tap_is_taken_for_words() -> None:
    tapped = {"type": "button_reply", "button_reply": {"id": "opening_hours", "title": "時間"}}
    event = one(asked(1, type="interactive", interactive=tapped, context={"id": "wamid.out"}))

    assert (event.kind, event.payload, event.text) == ("dm.quick_reply", "opening_hours", "時間")
    assert event.reply_to == "wamid.out"


def test_a_file_can_no_longer_be_fetched_or_its_short_lived_address_is_kept() -> None:
    told = {"id": "65463453", "url": "https://lookaside.example/x", "mime_type": "image/jpeg"}
    event = one(asked(0, type="image", image=told | {"caption": "這個"}))

    assert event.text == "這個"
    assert event.attachments == (
        Attachment(
            type="image",
            id="65463453",
            mime_type="image/jpeg",
            expires_at=datetime(2026, 10, 5, 8, 0, 1, tzinfo=UTC),
        ),
    )


def test_a_form_is_shown_as_json() -> None:
    form = {"body": "Sent", "response_json": '{"flow_token": "t", "phone": "0912", "n": 2}'}
    event = one(asked(1, type="interactive", interactive={"type": "nfm_reply", "nfm_reply": form}))

    assert (event.kind, event.text, event.payload) == ("dm.form_reply", "phone: 0912\nn: 2", None)


def test_an_advertisement_is_forgotten() -> None:
    told = {"source_id": "1", "source_type": "ad", "source_url": "https://fb.me/1", "headline": "h"}
    event = one(asked(1, type="text", text={"body": "t"}, referral=told))

    assert event.referral == Referral(id="1", source="ad", url="https://fb.me/1", title="h")


def test_an_edit_or_a_revocation_is_a_new_message() -> None:
    now = {"type": "text", "text": {"body": "嗨嗨"}}
    edited = one(asked(1, type="edit", edit={"original_message_id": "w", "message": now}))
    revoked = one(asked(2, type="revoke", revoke={"original_message_id": "w"}))

    assert isinstance(edited, MessageEdited)
    assert (edited.id, edited.text) == ("w", "嗨嗨")
    assert isinstance(revoked, MessageDeleted)
    assert revoked.id == "w"


# What must not be answered


@pytest.mark.parametrize("type", ["text", "image", "poll", None])
def test_a_group_is_answered(type: str | None) -> None:
    event = one(asked(1, type=type, group_id="G1"))

    assert isinstance(event, InboundMessage)
    assert (event.thread, event.thread_keys, event.unanswerable) == ("group:G1", (), "group")


@pytest.mark.parametrize(
    "field", ["history", "smb_app_state_sync", "calls", "flows", "nothing_that_we_know"]
)
def test_old_chats_or_news_of_other_kinds_are_answered(field: str) -> None:
    event = one(change(field, messages=[{"from": "8869", "id": "w", "type": "text"}]))

    assert (event.kind, event.thread) == ("ignore", "")


@pytest.mark.parametrize(
    "item",
    [
        status(1, biz_opaque_callback_data=MESSAGE_ID),
        echoed(),
        asked(1, type="revoke", revoke={"original_message_id": "w"}),
        asked(1, type="system", system={"type": "user_changed_number", "wa_id": "1"}),
    ],
)
def test_what_happens_at_another_number_is_taken_for_ours(item: Json) -> None:
    body = WHATSAPP.wrapped(item, to="998877665544332")

    [event] = WHATSAPP.make().parse(WHATSAPP.request(body))

    assert (event.kind, event.thread) == ("ignore", "")


def test_a_person_in_the_business_app_is_taken_for_us() -> None:
    event = one(echoed(to="", to_user_id="TW.1"))

    assert isinstance(event, EchoedReply)
    assert (event.thread, event.outbound_id, event.text) == ("TW.1", None, "您好")


# Statuses


def test_a_status_does_not_tell_which_message_or_why() -> None:
    error = {"code": 131047, "title": "Re-engagement", "error_data": {"details": "24 hours"}}
    failed = one(status(1, "failed", biz_opaque_callback_data=MESSAGE_ID, errors=[error]))
    played = one(status(1, "played"))

    assert isinstance(failed, DeliveryReceipt)
    assert (failed.kind, failed.outbound_id, failed.ids) == (
        "dm.failed",
        MESSAGE_ID,
        ("wamid.out1",),
    )
    assert failed.failure == "131047 24 hours"
    assert (played.kind, played.failure) == ("dm.read", None)


def test_two_statuses_of_one_message_are_taken_for_one() -> None:
    events = WHATSAPP.parsed(status(1, "sent"), status(1, "delivered"), status(1, "read"))

    assert len({event.event_id for event in events}) == 3


# What goes out


def faulty(message: OutboundMessage) -> list[str]:
    """What the platform's schema says of it."""
    return faults(SCHEMA, body(message, SETTINGS))


def written(content: Content) -> list[OutboundMessage]:
    """*content* as the messages that are sent."""
    names = ("text", "quick_replies", "buttons", "cards", "menu", "attachments", "options")
    return [
        replace(WHATSAPP.message, **{name: getattr(part, name) for name in names})
        for part in fitted(content, WhatsApp.capabilities)
    ]


titles = st.text(min_size=1, max_size=30).filter(lambda text: bool(text.strip()))
payloads = st.text(min_size=1, max_size=60)
links = st.just("https://shop.example/x")
contents = st.builds(
    Content,
    text=st.sampled_from(["", "您好", "字" * 1025, "字" * 5000]) | titles,
    quick_replies=st.lists(st.builds(QuickReply, title=titles, payload=payloads), max_size=9).map(
        tuple
    ),
    buttons=st.lists(
        st.builds(Button, title=titles, payload=payloads)
        | st.builds(Button, title=titles, url=links),
        max_size=4,
    ).map(tuple),
    attachments=st.lists(
        st.builds(
            Attachment,
            type=st.sampled_from(["image", "video", "audio", "file", "sticker"]),
            url=links,
            title=st.none() | titles,
        ),
        max_size=2,
    ).map(tuple),
)


@settings(deadline=None, max_examples=60)
@given(contents)
def test_something_is_written_that_the_platform_refuses(content: Content) -> None:
    assert [faulty(message) for message in written(content)] == [[]] * len(written(content))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.builds(Row, title=titles, payload=payloads, text=titles), min_size=1, max_size=12)
)
def test_a_menu_is_written_that_the_platform_refuses(rows: list[Row]) -> None:
    content = Content(text="請選擇", menu=Menu(title="選擇", rows=tuple(rows)))

    assert [faulty(message) for message in written(content)] == [[]] * len(written(content))


def test_many_choices_or_a_long_text_are_buttons() -> None:
    def kind(text: str, choices: int) -> object:
        replies = tuple(QuickReply(title=f"t{n}", payload=f"p{n}") for n in range(choices))
        message = replace(WHATSAPP.message, text=text, quick_replies=replies)
        told: Any = body(message, SETTINGS)
        return told["interactive"]["type"] if choices else told["type"]

    assert [kind("a", 0), kind("a", 3), kind("a", 4), kind("a" * 1025, 3)] == [
        "text",
        "button",
        "list",
        "list",
    ]


def test_more_choices_than_a_list_takes_are_dropped() -> None:
    rows = tuple(Row(title=f"t{n}", payload=f"p{n}") for n in range(10))
    choice = QuickReply(title="t", payload="p")
    message = replace(WHATSAPP.message, menu=Menu(title="m", rows=rows), quick_replies=(choice,))

    with pytest.raises(Rejected):
        body(message, SETTINGS)


def test_an_audio_file_swallows_the_words_beside_it() -> None:
    audio = Attachment(type="audio", url="https://shop.example/x.mp3")

    told = [
        body(one, SETTINGS)["type"] for one in written(Content(text="聽聽", attachments=(audio,)))
    ]

    assert told == ["audio", "text"]


@pytest.mark.parametrize(
    ("thread", "expected"),
    [
        ("886912345678", {"recipient_type": "individual", "to": "+886912345678"}),
        ("TW.1349", {"recipient_type": "individual", "recipient": "TW.1349"}),
        ("group:G1", {"recipient_type": "group", "to": "G1"}),
    ],
)
def test_a_message_is_addressed_to_nobody(thread: str, expected: Json) -> None:
    told = body(replace(WHATSAPP.message, thread=thread), SETTINGS)

    assert {name: told[name] for name in expected} == expected
    assert told["biz_opaque_callback_data"] == MESSAGE_ID


@pytest.mark.parametrize(
    ("language", "code"), [("zh-Hant", "zh_TW"), ("en", "en"), ("ja", "zh_TW"), (None, "zh_TW")]
)
def test_a_late_word_of_a_person_goes_out_as_it_is(language: str | None, code: str) -> None:
    told: Any = body(replace(LATE, language=language), SETTINGS)

    assert faulty(LATE) == []
    assert told["template"]["language"] == {"code": code}
    [component] = told["template"]["components"]
    assert component["parameters"] == [{"type": "text", "text": "您的商品到了， 請來 取貨。"}]


async def test_a_late_word_is_tried_without_a_template(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    with pytest.raises(ReplyWindowClosed):
        await WHATSAPP.make(http, api=platform.address).send(LATE)
    assert platform.calls == []


def test_a_limit_for_one_customer_pauses_the_account() -> None:
    def refused(code: int) -> RateLimited:
        answer = Answer(status=400, headers={}, body={"error": {"code": code}})
        with pytest.raises(RateLimited) as caught:
            WHATSAPP.make().accepted(answer)
        return caught.value

    assert refused(131056).whole_account is False
    assert refused(130429).whole_account is True


# Checks


async def test_a_files_address_is_asked_without_the_token_or_told_without_it(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(200, {"url": "https://lookaside.example/x", "mime_type": "image/jpeg"})
    channel = WHATSAPP.make(http, api=platform.address)
    assert isinstance(channel, WhatsApp)

    found = await channel.media(Attachment(type="image", id="65463453"))

    signed = {"Authorization": f"Bearer {TOKEN}"}
    assert found == MediaAddress(url="https://lookaside.example/x", headers=signed)
    assert TOKEN not in repr(found)
    [call] = platform.calls
    assert call.path == "/v25.0/65463453"


async def test_a_dead_token_passes_the_check(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(401, {"error": {"code": 190, "message": "expired"}})
    options = {"business": "1", "templates": TEMPLATES}
    channel = WHATSAPP.make(http, api=platform.address, **options)
    assert isinstance(channel, WhatsApp)

    findings = [*await channel.check(), *await channel.subscribe("https://shop.example/w")]

    assert [finding.ok for finding in findings] == [False] * 6
    assert all(finding.next_step for finding in findings)


async def test_a_number_that_is_set_up_fails_the_check(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    approved = [{**one, "status": "APPROVED"} for one in TEMPLATES.values()]
    platform.answers(200, {"status": "CONNECTED", "success": True, "data": approved})
    options = {"business": "1", "templates": TEMPLATES}
    channel = WHATSAPP.make(http, api=platform.address, **options)
    assert isinstance(channel, WhatsApp)

    findings = [*await channel.check(), *await channel.subscribe("https://shop.example/w")]

    assert [finding.ok for finding in findings] == [True] * 6
    told: Any = platform.calls[-1].body
    assert platform.calls[-1].path == f"/v25.0/{PHONE}"
    assert told["webhook_configuration"]["override_callback_uri"] == "https://shop.example/w"


async def test_a_number_without_a_business_account_is_called_subscribed(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    channel = WHATSAPP.make(http, api=platform.address)
    assert isinstance(channel, WhatsApp)

    assert [finding.ok for finding in await channel.subscribe("https://shop.example/w")] == [False]
