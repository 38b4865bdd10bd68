"""What `antiphon channels check` and `subscribe` learn from LINE."""

from collections.abc import Mapping, Sequence

import pytest

from channels.base import (
    Answer,
    Checkup,
    Finding,
    MediaSource,
    Profile,
    ProfileSource,
    Subscriber,
)
from channels.errors import ChannelUnavailable, Rejected
from channels.line import Line, account
from channels.messages import Attachment
from tests.channels.adapter import TOKEN
from tests.channels.adapters.line import BOT, LINE

ENDPOINT = "/v2/bot/channel/webhook/endpoint"
WELL: Mapping[str, tuple[int, dict[str, object]]] = {
    "/v2/bot/info": (200, {"userId": BOT, "displayName": "Demo"}),
    ENDPOINT: (200, {"endpoint": "https://shop.example/w", "active": True}),
    f"{ENDPOINT}/test": (200, {"success": True, "reason": "OK"}),
    "/v2/bot/message/quota": (200, {"type": "limited", "value": 200}),
    "/v2/bot/message/quota/consumption": (200, {"totalUsage": 12}),
}


class Console:
    """LINE as it answers when it answers *changes* instead of what is well."""

    def __init__(self, changes: Mapping[str, tuple[int, dict[str, object]] | None]) -> None:
        self._answers = {**WELL, **changes}

    async def __call__(self, method: str, path: str, payload: object = None) -> Answer:
        answer = self._answers[path]
        if answer is None:
            raise ChannelUnavailable("line")
        return Answer(status=answer[0], headers={}, body=answer[1])


def told(findings: Sequence[Finding]) -> dict[str, bool]:
    """Which of the findings are well."""
    assert all(each.ok or each.next_step for each in findings)
    return {each.name: each.ok for each in findings}


def test_the_house_does_not_know_what_line_can_tell() -> None:
    line = LINE.make()

    assert isinstance(line, Checkup)
    assert isinstance(line, Subscriber)
    assert isinstance(line, ProfileSource)


@pytest.mark.parametrize(
    ("changes", "destination", "wrong"),
    [
        ({}, BOT, set()),
        ({}, None, {"destination"}),
        ({}, "Uother", {"destination"}),
        ({"/v2/bot/info": (401, {"message": "invalid token"})}, BOT, {"token"}),
        ({"/v2/bot/info": None}, BOT, {"platform"}),
        ({ENDPOINT: (404, {"message": "Not found"})}, BOT, {"webhook"}),
        ({ENDPOINT: (200, {"endpoint": "x", "active": False})}, BOT, {"webhook"}),
        ({"/v2/bot/message/quota/consumption": (200, {"totalUsage": 190})}, BOT, {"pushes"}),
        ({"/v2/bot/message/quota": (200, {"type": "none"})}, BOT, set()),
        ({"/v2/bot/message/quota": None}, BOT, {"platform"}),
    ],
)
async def test_something_wrong_passes_or_something_right_does_not(
    changes: Mapping[str, tuple[int, dict[str, object]] | None],
    destination: str | None,
    wrong: set[str],
) -> None:
    found = told(await account.check(Console(changes), destination=destination))

    assert {name for name, ok in found.items() if not ok} == wrong


@pytest.mark.parametrize(
    ("changes", "ok"),
    [
        ({}, True),
        ({ENDPOINT: (400, {"message": "Invalid webhook endpoint URL"})}, False),
        ({f"{ENDPOINT}/test": (200, {"success": False, "reason": "COULD_NOT_CONNECT"})}, False),
        ({f"{ENDPOINT}/test": None}, False),
    ],
)
async def test_an_address_that_line_cannot_reach_counts_as_set(
    changes: Mapping[str, tuple[int, dict[str, object]] | None], ok: bool
) -> None:
    found = told(await account.subscribe(Console(changes), "https://shop.example/webhooks/line/a"))

    assert all(found.values()) is ok


async def test_what_a_customer_sent_is_sought_elsewhere_or_shows_the_token() -> None:
    line = LINE.make()
    assert isinstance(line, Line)
    ours = await line.media(Attachment(type="image", id="46/87"))
    theirs = await line.media(Attachment(type="image", id="1", url="https://cdn.example/a.jpg"))

    assert isinstance(line, MediaSource)
    assert ours.url == "https://api-data.line.me/v2/bot/message/46%2F87/content"
    assert ours.headers == {"Authorization": f"Bearer {TOKEN}"}
    assert TOKEN not in repr(ours)
    assert (theirs.url, theirs.headers) == ("https://cdn.example/a.jpg", {})
    with pytest.raises(Rejected):
        await line.media(Attachment(type="sticker", id="1988"))


def test_a_profile_is_read_wrongly() -> None:
    body = {
        "userId": "U1",
        "displayName": "小美",
        "pictureUrl": "https://p.example/1",
        "language": "zh-TW",
    }

    assert account.profile(Answer(status=200, headers={}, body=body)) == Profile(
        name="小美", picture_url="https://p.example/1", language="zh-TW"
    )
    assert account.profile(Answer(status=200, headers={}, body={"displayName": 5})) == Profile()
