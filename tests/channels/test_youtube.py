"""YouTube: what a poll finds, once each; and what is said back."""

import logging
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.simulation.misbehaviour import Misbehaviour
from channels.errors import DeliveryUnknown, Rejected
from channels.http import answer_of
from channels.messages import (
    Action,
    ChannelEvent,
    EchoedReply,
    InboundMessage,
    MessageEdited,
)
from channels.youtube import look
from channels.youtube.calls import Calls, Page
from tests.channels.adapters.youtube import CHANNEL, YOUTUBE, comment, listed, thread_of
from tests.channels.watched import ACCOUNT, Channel, bot_says, watched

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def channel() -> AsyncIterator[Channel]:
    """A channel that was polled before, when nobody had said anything."""
    async with watched() as made:
        await made.polled()
        yield made
        assert [one.rule for one in made.platform.violations] == []


def texts(events: Iterable[ChannelEvent]) -> list[str | None]:
    """What was said, in the order in which it is told."""
    return [
        event.text
        for event in events
        if isinstance(event, InboundMessage | EchoedReply | MessageEdited)
    ]


# What a poll finds


async def test_a_comment_is_told_twice_or_never(channel: Channel) -> None:
    channel.now += MINUTE
    channel.writes("有貨嗎")
    first = await channel.polled()
    channel.now += MINUTE
    channel.writes("多少錢", by="lin")
    second = await channel.polled()

    assert (texts(first), texts(second)) == (["有貨嗎"], ["多少錢"])
    [event] = first
    assert isinstance(event, InboundMessage)
    assert (event.post, event.thread, event.contact.username) == ("v1", event.id, "mei")


async def test_what_was_said_long_before_the_first_poll_is_told() -> None:
    async with watched() as channel:
        thread = channel.writes("三年前的問題", ago=3600)
        channel.writes("剛剛的問題", ago=60)
        assert texts(await channel.polled()) == ["剛剛的問題"]
        channel.now += MINUTE
        channel.writes("我也想知道", thread=thread, by="lin")

        assert texts(await channel.polled()) == ["我也想知道"]


async def test_replies_that_a_thread_does_not_show_are_missed(channel: Channel) -> None:
    thread = channel.writes("有貨嗎")
    await channel.polled()
    channel.now += MINUTE
    said = [f"第 {n} 個回覆" for n in range(5)]
    for text in said:
        channel.now += timedelta(seconds=1)
        channel.writes(text, thread=thread, by="lin")
    await channel.platform.settle()

    assert texts(await channel.polled())[-5:] == said


async def test_a_reply_in_a_thread_below_the_first_pages_is_missed(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = channel.writes("有貨嗎")
    await channel.polled()
    channel.now += timedelta(hours=2)
    for n in range(150):
        channel.writes(f"第 {n} 則", by=f"u{n}")
    await channel.polled()
    channel.now += timedelta(hours=2)
    channel.writes("新的一則", by="lin")
    await channel.polled()
    channel.now += timedelta(hours=2)
    channel.writes("還在等", thread=thread)

    # Fifty threads are asked for at a time.
    assert "還在等" in texts([*await channel.polled(), *await channel.polled()])


async def test_of_more_than_one_look_reads_some_are_lost(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "PAGES", 2)
    channel.now += 60 * MINUTE
    said = [f"第 {n} 則" for n in range(450)]
    for n, text in enumerate(said):
        channel.writes(text, by=f"u{n}", ago=3500 - 7 * n)

    told: set[str | None] = set()
    for _ in range(4):
        # A restart between any two of them.
        told |= set(texts((await channel.poll()).events))
        channel.writes("又一則", by="late")

    assert told >= set(said)


async def test_a_page_that_is_gone_stops_the_reading(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "PAGES", 2)
    channel.now += MINUTE
    for n in range(350):
        channel.writes(f"第 {n} 則", by=f"u{n}", ago=60 - n / 10)
    told = set(texts((await channel.poll()).events))
    real = Calls.threads

    async def forgets(calls: Calls, page: str | None = None, **more: Any) -> Page:
        if page == "200" and not forgot:
            forgot.append(page)
            raise Rejected("youtube", code="invalidPageToken")
        return await real(calls, page, **more)

    forgot: list[str] = []
    monkeypatch.setattr(Calls, "threads", forgets)
    told |= set(texts(await channel.polled()))

    assert forgot
    assert len(told) == 350


async def test_an_edit_is_missed_or_told_of_what_was_never_seen(channel: Channel) -> None:
    seen = channel.writes("有貨嗎")
    await channel.polled()
    channel.now += MINUTE
    channel.edits(seen, "藍色有貨嗎")
    channel.edits(channel.writes("多少錢", ago=20), "三個多少錢")
    events = await channel.polled()

    edits = [event for event in events if isinstance(event, MessageEdited)]
    assert texts(edits) == ["藍色有貨嗎"]
    assert "三個多少錢" in texts(events)
    channel.now += MINUTE
    assert await channel.polled() == []


async def test_a_thread_that_is_gone_is_asked_for_for_ever(channel: Channel) -> None:
    thread = channel.writes("有貨嗎")
    await channel.polled()
    channel.now += timedelta(hours=1)
    channel.api._hidden[thread] = True
    await channel.polled()
    before = channel.api.units
    await channel.polled()

    assert channel.api.units == before + 1


async def test_what_is_held_for_review_is_answered_or_stays_unheard_when_published(
    channel: Channel,
) -> None:
    adapter = channel.adapter(held=True)
    thread = channel.writes("有貨嗎")
    channel.api._hidden[thread] = True
    [held] = await channel.polled(adapter)
    channel.now += MINUTE
    channel.api._hidden[thread] = False
    [published] = await channel.polled(adapter)

    assert isinstance(held, InboundMessage)
    assert isinstance(published, InboundMessage)
    assert (held.unanswerable, published.unanswerable) == ("held for review", None)
    assert held.event_id != published.event_id


async def test_an_answer_by_hand_is_told_after_the_comment_that_the_bot_then_answers_as_well(
    channel: Channel,
) -> None:
    thread = channel.writes("有貨嗎")
    adapter = channel.adapter()
    await channel.polled(adapter)
    channel.now += 10 * MINUTE
    await channel.polled(adapter)
    channel.writes("請問", thread=thread, by="lin", ago=30)
    await adapter.send(bot_says("有的！", thread=thread))

    events = await channel.polled()
    assert texts(events) == ["有的！", "請問"]
    # Ours may have answered another comment: who asked meanwhile still waits.
    assert [event.unanswerable for event in events if isinstance(event, InboundMessage)] == [None]


async def test_a_comment_that_was_answered_before_we_saw_it_is_answered(channel: Channel) -> None:
    thread = channel.writes("有貨嗎")
    await channel.adapter().send(bot_says("有的！", thread=thread))
    channel.now += timedelta(seconds=5)
    channel.writes("那藍色呢", thread=thread)
    asked = [e for e in await channel.polled() if isinstance(e, InboundMessage)]

    assert [(event.text, event.unanswerable) for event in asked] == [
        ("有貨嗎", "answered before we saw it"),
        ("那藍色呢", None),
    ]


async def test_a_stored_body_cannot_be_read_once_more(channel: Channel) -> None:
    thread = channel.writes("有貨嗎")
    await channel.polled()
    channel.now += MINUTE
    for n in range(4):
        channel.writes(f"第 {n} 則", thread=thread, by="lin")
    channel.writes("多少錢", by="lin")
    found = await channel.poll()

    again = channel.adapter().parse(YOUTUBE.request(found.body))
    assert {event.event_id for event in again} >= {event.event_id for event in found.events}


async def test_one_bad_comment_ends_the_reading(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def spoilt(calls: Calls, page: str | None = None, **more: Any) -> Page:
        good = comment("Ugx2", "有貨嗎", publishedAt="2026-11-23T20:00:00Z")
        return listed(thread_of(comment("Ugx1", "", publishedAt="?")), thread_of(good), 5)  # type: ignore[arg-type]

    monkeypatch.setattr(Calls, "threads", spoilt)

    events = await channel.polled()
    assert sorted(event.kind for event in events) == ["comment.add", "ignore", "ignore"]


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("@brand 有貨嗎", "有貨嗎"),
        ("@Brand\u00a0, 有貨嗎", "有貨嗎"),
        ("@brandfan 你看", "@brandfan 你看"),
        ("問 @brand", "問 @brand"),
        ("@brand", None),
    ],
)
def test_a_reply_to_our_reply_is_taken_for_one_to_a_friend(text: str, heard: str | None) -> None:
    [event] = YOUTUBE.parsed(comment("Ugx1.2", text, parentId="Ugx1"), handle="@brand")

    assert isinstance(event, InboundMessage)
    assert event.text == heard


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (thread_of(comment("a", "b", authorChannelId=None)), "unknown author"),
        (thread_of(comment("a", "b"), canReply=False), "closed to replies"),
        (thread_of(comment("a", "b"), isPublic=False), "held for review"),
        (thread_of(comment("a", "b", moderationStatus="likelySpam")), "held for review"),
    ],
)
def test_the_bot_answers_where_it_must_not(item: dict[str, object], why: str) -> None:
    [event] = YOUTUBE.parsed(item)

    assert isinstance(event, InboundMessage)
    assert event.unanswerable == why


# What goes out


async def test_a_reply_hangs_elsewhere_or_hiding_does_something_else(channel: Channel) -> None:
    thread = channel.writes("有貨嗎")
    reply = channel.writes("垃圾廣告", thread=thread, by="spam")
    adapter = channel.adapter(hide_as="rejected")
    said = await adapter.send(bot_says("有的！", thread=thread))
    hide = bot_says("", thread=thread, action=Action.HIDE, reply_to=reply)
    hidden = await adapter.send(hide)

    comments = channel.api.comments
    assert comments(ACCOUNT)[said.ids[0]].thread == thread
    assert (hidden.ids, comments(ACCOUNT)[reply].hidden) == ((reply,), True)
    await adapter.send(replace(hide, action=Action.UNHIDE))
    assert not comments(ACCOUNT)[reply].hidden


async def test_a_reply_that_youtube_keeps_from_view_counts_as_said() -> None:
    body = b'{"id": "a.b", "snippet": {"moderationStatus": "heldForReview"}}'
    with pytest.raises(Rejected, match="does not show"):
        YOUTUBE.make().accepted(answer_of(200, {}, body))


async def test_a_reply_that_got_through_is_not_found_or_an_older_one_is(channel: Channel) -> None:
    thread = channel.writes("有貨嗎")
    message = bot_says("有的！\n歡迎選購", thread=thread)
    adapter = channel.adapter()
    await adapter.send(message)
    channel.now += timedelta(minutes=5)
    began = channel.now
    assert await adapter.find(message, began) is None

    channel.platform.misbehave(Misbehaviour(kind="reset_after_accept", times=1))
    with pytest.raises(DeliveryUnknown):
        await adapter.send(message)
    found = await adapter.find(message, began)

    assert found is not None
    assert found.duplicate
    assert found.ids[0] in [said.id for said in channel.api._own["shop"][1:]]


async def test_a_contact_has_no_name(channel: Channel) -> None:
    channel.writes("有貨嗎", by="UCmei")
    profile = await channel.adapter().profile("UCmei")

    assert (profile.name, profile.username) == ("@UCmei", "@UCmei")


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, []),
        ({"channel": f"{CHANNEL}x"}, ["token"]),
        ({"daily_units": 3, "reserve_units": 2}, ["units"]),
    ],
)
async def test_a_check_finds_nothing_or_what_is_not_there(
    channel: Channel, changes: dict[str, object], wrong: list[str]
) -> None:
    findings = await channel.adapter(**changes).check()

    assert [one.name for one in findings if not one.ok] == wrong


async def test_the_token_stands_in_the_log(
    channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await channel.polled()

    assert "access-token-1" not in caplog.text
