"""Comments under a Page's posts: what is particular to them."""

from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest

from channels.errors import Rejected
from channels.messages import (
    Accepted,
    Action,
    Attachment,
    BotMessage,
    ChannelEvent,
    Contact,
    EchoedReply,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Surface,
)
from tests.channels.adapter import MESSAGE_ID, RECEIVED_AT, Json
from tests.channels.adapters.messenger import messaging
from tests.channels.adapters.page_comments import PAGE, PAGE_COMMENTS, feed
from tests.channels.platform import FakePlatform
from tests.channels.schemas import faults

POST = f"{PAGE}_122100"
MESSAGE = BotMessage(
    id=MESSAGE_ID,
    channel="page_comments",
    account="demo",
    thread=f"{POST}/122100_1",
    surface=Surface.COMMENT,
    text="還有貨喔！",
    reply_to="122100_2",
)


def parsed(*changes: Json, page: str = PAGE, **settings: object) -> list[ChannelEvent]:
    """The events of a body with *changes* on *page*."""
    body = {"object": "page", "entry": [{"id": page, "time": 1790582403, "changes": list(changes)}]}
    return PAGE_COMMENTS.make(**settings).parse(PAGE_COMMENTS.request(body))


def test_a_comment_is_misread() -> None:
    assert parsed(feed(1, message="還有貨嗎？", photo="https://cdn.example.test/a.jpg")) == [
        InboundMessage(
            event_id="122100_1:add",
            kind="comment.add",
            channel="page_comments",
            account="demo",
            thread=f"{POST}/122100_1",
            surface=Surface.COMMENT,
            sent_at=datetime(2026, 9, 28, 8, 0, 1, tzinfo=UTC),
            received_at=RECEIVED_AT,
            id="122100_1",
            contact=Contact(id="6955012388417721", name="陳美玲"),
            text="還有貨嗎？",
            attachments=(Attachment(type="image", url="https://cdn.example.test/a.jpg"),),
            post=POST,
            parent=None,
            root="122100_1",
        )
    ]


def test_a_nested_comment_opens_a_thread_of_its_own() -> None:
    [first, nested, legacy] = parsed(
        feed(1), feed(2, parent_id="122100_1"), feed(3, parent_id="122100")
    )

    assert isinstance(nested, InboundMessage)
    assert nested.thread == first.thread
    assert (nested.post, nested.parent, nested.root) == (POST, "122100_1", "122100_1")
    assert nested.contact.id == "6955012388417722"
    assert isinstance(legacy, InboundMessage)
    assert legacy.root == "122100_3"


@pytest.mark.parametrize("author", [PAGE, int(PAGE)], ids=["text", "number"])
def test_our_own_nested_comment_is_no_reply_to_its_parent(author: object) -> None:
    [event] = parsed(feed(9, **{"from": {"id": author}}, parent_id="122100_1"))

    assert isinstance(event, EchoedReply)
    assert (event.id, event.reply_to, event.thread) == ("122100_9", "122100_1", f"{POST}/122100_1")


def test_a_comment_without_its_author_starts_a_loop() -> None:
    anonymous = feed(1)
    del anonymous["value"]["from"]

    [event] = parsed(anonymous)

    assert isinstance(event, InboundMessage)
    assert event.unanswerable == "unknown author"
    assert event.contact.id


def test_a_mention_under_our_own_post_is_answered_twice() -> None:
    [comment, mention] = parsed(feed(1), feed(1) | {"field": "mention"})

    assert (comment.kind, mention.kind) == ("comment.add", "comment.mention")
    assert comment.event_id == mention.event_id


def test_a_second_edit_is_taken_for_the_first() -> None:
    [first, second, third] = parsed(
        feed(1, verb="edited", message="改"),
        feed(1, verb="edited", message="再改"),
        feed(1, verb="edited", message="再改", edited_time=1790582404),
    )

    assert isinstance(first, MessageEdited)
    assert (first.id, first.text) == ("122100_1", "改")
    assert first.sent_at == datetime(2026, 9, 28, 8, 0, 3, tzinfo=UTC)
    assert len({event.event_id for event in (first, second, third)}) == 3
    assert third.sent_at == datetime(2026, 9, 28, 8, 0, 4, tzinfo=UTC)


def test_a_removed_comment_without_a_time_stays() -> None:
    removed = feed(1, verb="remove")
    del removed["value"]["created_time"], removed["value"]["message"]

    [event] = parsed(removed)

    assert isinstance(event, MessageDeleted)
    assert (event.id, event.thread) == ("122100_1", f"{POST}/122100_1")


@pytest.mark.parametrize("verb", ["hide", "unhide", "block", "mute", "follow", "update", ""])
def test_a_comment_that_was_not_added_is_answered(verb: str) -> None:
    assert not any(isinstance(event, InboundMessage) for event in parsed(feed(1, verb=verb)))


def test_the_dashboards_test_comment_is_answered() -> None:
    [event] = parsed(feed(1), page="0")

    assert isinstance(event, InboundMessage)
    assert event.unanswerable == "test event"


def test_direct_messages_are_read_twice() -> None:
    body = {"object": "page", "entry": [{"id": PAGE, "messaging": [messaging(1)]}]}

    assert PAGE_COMMENTS.make().parse(PAGE_COMMENTS.request(body)) == []
    assert parsed({"field": "foo", "value": {}}) == []
    assert [event.kind for event in parsed({"field": "feed"})] == ["ignore"]


# Sending


async def test_a_reply_to_a_nested_comment_misses_the_root(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(200, {"id": "122100_99"})

    result = await PAGE_COMMENTS.make(http, api=platform.address).send(MESSAGE)

    assert result == Accepted(ids=("122100_99",))
    [call] = platform.calls
    assert call.path == "/v25.0/122100_1/comments"
    assert call.body == {"message": "還有貨喔！"}


async def test_a_private_reply_forgets_whom_it_reached(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(200, {"recipient_id": "7318846290154403", "message_id": "m_1"})
    message = replace(MESSAGE, action=Action.PRIVATE_REPLY)

    result = await PAGE_COMMENTS.make(http, api=platform.address).send(message)

    assert result == Accepted(ids=("m_1",), thread="7318846290154403")
    [call] = platform.calls
    assert call.path == f"/v25.0/{PAGE}/messages"
    assert call.body == {
        "recipient": {"comment_id": "122100_2"},
        "message": {"text": "還有貨喔！", "metadata": MESSAGE_ID},
    }
    assert faults("meta/messenger-send.composed.schema.json", call.body) == []


async def test_hiding_a_comment_fails_in_silence(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    channel = PAGE_COMMENTS.make(http, api=platform.address)
    message = replace(MESSAGE, action=Action.HIDE)
    platform.answers(200, {"success": True})

    assert await channel.send(message) == Accepted(ids=("122100_2",))
    [call] = platform.calls
    assert (call.path, call.body) == ("/v25.0/122100_2", {"is_hidden": True})
    platform.answers(200, {"success": False})
    with pytest.raises(Rejected):
        await channel.send(message)


@pytest.mark.parametrize("action", [Action.HIDE, Action.PRIVATE_REPLY])
async def test_an_action_about_no_comment_reaches_the_platform(
    platform: FakePlatform, http: aiohttp.ClientSession, action: Action
) -> None:
    channel = PAGE_COMMENTS.make(http, api=platform.address)

    with pytest.raises(Rejected):
        await channel.send(replace(MESSAGE, action=action, reply_to=None))
    assert platform.calls == []


async def test_a_comments_id_leads_to_another_call(
    platform: FakePlatform, http: aiohttp.ClientSession
) -> None:
    platform.answers(200, {"success": True})
    message = replace(MESSAGE, action=Action.HIDE, reply_to="../me/feed?message=x")

    await PAGE_COMMENTS.make(http, api=platform.address).send(message)

    [call] = platform.calls
    assert call.path == "/v25.0/..%2Fme%2Ffeed%3Fmessage=x"
