"""Instagram's rules, as the fake platform holds us to them."""

from collections.abc import AsyncIterator

import pytest

from bot.simulation.accounts import PlatformAccount
from bot.simulation.instagram_people import InstagramCommenter, InstagramCustomer
from bot.simulation.platform import FakePlatform
from channels.messages import EchoedReply, InboundMessage
from tests.channels.adapter import request
from tests.channels.adapters.instagram import COMMENTS, INSTAGRAM
from tests.simulation.brand import DAY, HOUR, NOW, Clock, post

USER = "17841405822304914"
TOKEN = "instagram-token"
DIRECT = PlatformAccount(
    channel="instagram", account="demo", page=USER, secret="app-secret-1", token=TOKEN
)
PUBLIC = PlatformAccount(
    channel="instagram_comments", account="demo", page=USER, secret="app-secret-1", token=TOKEN
)
AMY = InstagramCustomer(account=DIRECT, id="1254459154682919", name="amy")
MAY = InstagramCommenter(account=PUBLIC, id="8820113344556677", name="may", post="1800")
MESSAGES, REPLIES = f"/v25.0/{USER}/messages", "/v25.0/17890001/replies"


def to_amy(text: str = "您好", **more: object) -> dict[str, object]:
    return {
        "recipient": {"id": AMY.id},
        "messaging_type": "RESPONSE",
        "message": {"text": text},
    } | more


PRIVATE: dict[str, object] = {
    "recipient": {"comment_id": "17890001"},
    "message": {"text": "私訊您了"},
}


@pytest.fixture
async def instagram(clock: Clock) -> AsyncIterator[FakePlatform]:
    """Instagram, to which Amy has written and under whose post May has commented."""
    async with FakePlatform([DIRECT, PUBLIC], clock=clock) as platform:
        platform.note(AMY.says("hi", message="aWdf1", sent=NOW))
        platform.note(MAY.adds("hi", comment="17890001", sent=NOW))
        yield platform


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (MESSAGES, to_amy("好" * 333), 200),
        (MESSAGES, to_amy("好" * 334), 400),
        (MESSAGES, to_amy("a" * 1001), 400),
        (MESSAGES, to_amy(tag="HUMAN_AGENT"), 400),
        (MESSAGES, to_amy(recipient={"id": AMY.id, "comment_id": "17890001"}), 400),
        (MESSAGES, {"recipient": {"id": AMY.id}, "message": {"text": "x"}}, 400),
        (MESSAGES, PRIVATE, 200),
        (MESSAGES, PRIVATE | {"messaging_type": "RESPONSE"}, 400),
        (REPLIES, {"message": "有貨"}, 200),
        (REPLIES, {"message": "有" * 2201}, 400),
        ("/v25.0/17890001/comments", {"message": "有貨"}, 400),
        ("/v25.0/17890001", {"hide": True}, 200),
        ("/v25.0/17890001", {"is_hidden": True}, 400),
        ("/v25.0/17899999", {"hide": True}, 400),
    ],
)
async def test_a_body_that_instagram_would_refuse_gets_through(
    instagram: FakePlatform, path: str, body: object, status: int
) -> None:
    assert (await post(instagram.url, path, body, token=TOKEN)).status == status
    assert len(instagram.violations) == (status != 200)


async def test_a_second_private_reply_gets_through(instagram: FakePlatform) -> None:
    first = await post(instagram.url, MESSAGES, PRIVATE, token=TOKEN)
    second = await post(instagram.url, MESSAGES, PRIVATE, token=TOKEN)

    assert (first.status, second.code) == (200, (10900, None))
    assert first.body["recipient_id"] != MAY.id


@pytest.mark.parametrize(("after", "status"), [(24 * HOUR, 200), (24 * HOUR + 1, 400)])
async def test_the_reply_window_is_the_wrong_length(
    instagram: FakePlatform, clock: Clock, after: float, status: int
) -> None:
    clock.time = NOW + after

    assert (await post(instagram.url, MESSAGES, to_amy(), token=TOKEN)).status == status


async def test_a_comment_a_week_old_is_answered_in_private(
    instagram: FakePlatform, clock: Clock
) -> None:
    clock.time = NOW + 7 * DAY + 1

    answer = await post(instagram.url, MESSAGES, PRIVATE, token=TOKEN)

    assert answer.code == (10, 2018278)


def test_the_played_webhooks_are_not_what_the_adapters_read() -> None:
    direct, public = INSTAGRAM.make(), COMMENTS.make()
    for channel, webhook, kind, type_ in (
        (direct, AMY.says("hi", message="a", sent=NOW), "dm.text", InboundMessage),
        (
            direct,
            AMY.answers_story("hi", message="a", sent=NOW, story="1"),
            "dm.story_reply",
            InboundMessage,
        ),
        (direct, AMY.hears_back("hi", message="a", sent=NOW), "dm.echo", EchoedReply),
        (public, MAY.adds("hi", comment="1", sent=NOW), "comment.add", InboundMessage),
        (public, MAY.adds("hi", comment="2", sent=NOW, root="1"), "comment.add", InboundMessage),
    ):
        posted = request(webhook.body, x_hub_signature_256=webhook.headers["x-hub-signature-256"])
        channel.verify(posted)
        [event] = channel.parse(posted)
        assert (event.kind, type(event)) == (kind, type_)
