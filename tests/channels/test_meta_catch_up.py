"""After an outage: what Meta's webhooks did not bring is read from the Graph, in the same words."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from channels.base import CatchUp, Profile, ProfileSource
from channels.errors import Rejected
from channels.messages import Attachment, ChannelEvent, EchoedReply, InboundMessage, Referral
from tests.channels.adapter import Adapter
from tests.channels.adapters.instagram import COMMENTS, INSTAGRAM, MEDIA, USER, change, dm
from tests.channels.adapters.messenger import MESSENGER, PAGE, messaging
from tests.channels.adapters.page_comments import PAGE_COMMENTS, feed
from tests.channels.nodes import Nodes, graph

SINCE = datetime(2026, 9, 28, 8, 0, 0, tzinfo=UTC)
BEFORE, AFTER, LATER = (f"2026-09-28T{time}+0000" for time in ("07:59:59", "08:00:01", "08:00:02"))


@pytest.fixture
async def nodes() -> AsyncIterator[Nodes]:
    """A Graph to read from."""
    async with graph() as running:
        yield running


async def missed(
    adapter: Adapter, nodes: Nodes, http: aiohttp.ClientSession, **settings: object
) -> list[ChannelEvent]:
    """What the adapter finds after SINCE."""
    channel = adapter.make(http, api=nodes.address, **settings)
    assert isinstance(channel, CatchUp)
    return list(await channel.missed(SINCE))


def message(id: str, at: str, *, by: str, to: str, **more: Any) -> dict[str, Any]:
    """A direct message as Graph lists it."""
    return {"id": id, "created_time": at, "from": {"id": by}, "to": {"data": [{"id": to}]}} | more


@pytest.mark.parametrize(
    ("adapter", "own", "customer", "webhook"),
    [
        (MESSENGER, PAGE, "7318846290154404", messaging),
        (INSTAGRAM, USER, "1254459154682920", dm),
    ],
    ids=["messenger", "instagram"],
)
async def test_a_missed_message_has_another_key_than_its_webhook_or_comes_out_of_order(
    nodes: Nodes,
    http: aiohttp.ClientSession,
    adapter: Adapter,
    own: str,
    customer: str,
    webhook: Any,
) -> None:
    nodes.told = {
        f"{own}/conversations": [
            [{"id": "t_1", "updated_time": LATER}, {"id": "t_0", "updated_time": BEFORE}]
        ],
        "t_1/messages": [
            [message("m_3", LATER, by=own, to=customer, message="您好")],
            [
                message("m_1", AFTER, by=customer, to=own, message="第 1 則"),
                message("m_0", BEFORE, by=customer, to=own, message="舊的"),
            ],
            [message("m_00", BEFORE, by=customer, to=own)],
        ],
    }
    [live] = adapter.parsed(webhook(1, message={"mid": "m_1", "text": "第 1 則"}))

    [asked, answered] = await missed(adapter, nodes, http)

    assert isinstance(asked, InboundMessage)
    assert isinstance(live, InboundMessage)
    assert (asked.event_id, asked.thread, asked.text, asked.contact) == (
        live.event_id,
        live.thread,
        live.text,
        live.contact,
    )
    assert asked.sent_at == datetime(2026, 9, 28, 8, 0, 1, tzinfo=UTC)
    assert asked.unanswerable is None
    assert isinstance(answered, EchoedReply)
    assert (answered.id, answered.thread) == ("m_3", customer)
    # The old conversation and the third page were not even asked for.
    assert [path for path, _, _ in nodes.asked] == [
        f"{own}/conversations",
        "t_1/messages",
        "t_1/messages",
    ]


async def test_what_was_shown_in_a_missed_message_is_lost(
    nodes: Nodes, http: aiohttp.ClientSession
) -> None:
    story = {"reply_to": {"link": "https://a.test/s", "id": "18"}}
    shown = {
        "data": [
            {"image_data": {"url": "https://a.test/i"}},
            {"video_data": {"url": "https://a.test/v"}},
            {"file_url": "https://a.test/f", "name": "f.pdf"},
        ]
    }
    nodes.told = {
        "me": {"user_id": USER},
        "me/conversations": [[{"id": "t", "updated_time": AFTER}]],
        "t/messages": [
            [
                message("m_3", LATER, by="5", to=USER, story={"mention": {"link": "l", "id": "9"}}),
                message("m_2", LATER, by="5", to=USER, message="美", story=story),
                message("m_1", AFTER, by="5", to=USER, attachments=shown),
                {"id": {}, "created_time": AFTER, "from": 5},
            ]
        ],
    }

    found = await missed(INSTAGRAM, nodes, http, user=None)

    inbound = {event.id: event for event in found if isinstance(event, InboundMessage)}
    assert inbound["m_1"].attachments == (
        Attachment(type="image", url="https://a.test/i"),
        Attachment(type="video", url="https://a.test/v"),
        Attachment(type="file", url="https://a.test/f", title="f.pdf"),
    )
    assert inbound["m_2"].referral == Referral(source="story", id="18", url="https://a.test/s")
    assert (inbound["m_2"].kind, inbound["m_3"].kind) == ("dm.story_reply", "dm.story_mention")
    assert len(inbound) == 3


async def test_a_missed_comment_of_a_page_is_another_than_its_webhook_tells(
    nodes: Nodes, http: aiohttp.ClientSession
) -> None:
    post = f"{PAGE}_122100"
    author = {"id": "6955012388417721", "name": "陳美玲"}
    one = {"id": "122100_1", "message": "第 1 則", "from": author, "created_time": AFTER}
    nodes.told = {
        f"{PAGE}/feed": {"data": [{"id": post}]},
        f"{post}/comments": [
            [
                {**one, "id": "122100_3", "parent": {"id": "122100_1"}, "from": {"id": PAGE}},
                one,
                one | {"created_time": BEFORE, "id": "122100_0"},
            ]
        ],
    }
    [live] = PAGE_COMMENTS.parsed(feed(1))

    found = await missed(PAGE_COMMENTS, nodes, http)

    by_id = {event.id: event for event in found if isinstance(event, InboundMessage)}
    assert by_id == {"122100_1": live}
    [own] = [event for event in found if isinstance(event, EchoedReply)]
    assert (own.id, own.reply_to, own.thread) == ("122100_3", "122100_1", live.thread)
    assert len(found) == 2


async def test_a_missed_reply_below_an_old_comment_of_instagram_is_lost(
    nodes: Nodes, http: aiohttp.ClientSession
) -> None:
    author = {"id": "1254459154682921", "username": "mei_chen"}
    root = "17890012345678001"
    reply = {"id": "17890012345678002", "text": "第 2 則", "from": author, "timestamp": LATER}
    old = {"id": root, "text": "舊的", "from": author, "timestamp": BEFORE}
    own = {"id": "9", "text": "有", "from": {"id": USER}, "timestamp": LATER, "parent_id": root}
    replies = {"data": [reply | {"parent_id": root}, own]}
    nodes.told = {
        f"{USER}/media": {"data": [{"id": MEDIA}]},
        f"{MEDIA}/comments": [[old | {"replies": replies}]],
    }
    [live] = COMMENTS.parsed(change(2, parent_id=root))

    found = await missed(COMMENTS, nodes, http)

    assert [type(event) for event in found] == [InboundMessage, EchoedReply]
    assert found[0].event_id == live.event_id
    assert found[0].thread == live.thread == found[1].thread


@pytest.mark.parametrize("adapter", [MESSENGER, INSTAGRAM, PAGE_COMMENTS, COMMENTS])
async def test_a_graph_that_refuses_looks_like_nothing_was_missed(
    nodes: Nodes, http: aiohttp.ClientSession, adapter: Adapter
) -> None:
    with pytest.raises(Rejected):
        await missed(adapter, nodes, http)


async def test_who_a_customer_is_stays_unknown(nodes: Nodes, http: aiohttp.ClientSession) -> None:
    nodes.told = {
        "5": {"name": "陳美玲", "profile_pic": "https://a.test/p", "locale": "zh_TW"},
        "6": {"name": "陳美玲", "username": "mei"},
        "7": {},
    }

    async def profile(adapter: Adapter, id: str) -> Profile:
        channel = adapter.make(http, api=nodes.address)
        assert isinstance(channel, ProfileSource)
        return await channel.profile(id)

    assert await profile(MESSENGER, "5") == Profile(
        name="陳美玲", picture_url="https://a.test/p", language="zh-TW"
    )
    assert await profile(INSTAGRAM, "6") == Profile(name="陳美玲", username="mei")
    assert await profile(INSTAGRAM, "7") == Profile()
    with pytest.raises(Rejected):
        await profile(INSTAGRAM, "../me")
