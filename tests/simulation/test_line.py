"""LINE's rules, as the fake platform holds us to them."""

from uuid import uuid4

import pytest

from bot.simulation.platform import FakePlatform
from tests.simulation.brand import (
    LIN,
    LINE,
    NOW,
    PUSH,
    REPLY,
    Answer,
    Clock,
    lin_says,
    post,
    to_lin,
    with_token,
)  # fmt: skip

KEY = "123e4567-e89b-12d3-a456-426614174000"


async def push(platform: FakePlatform, text: str = "您好", key: str = KEY) -> Answer:
    return await post(platform.url, PUSH, to_lin(text), **{"X-Line-Retry-Key": key})


def rules(platform: FakePlatform) -> list[tuple[str, str]]:
    return [(violation.rule, violation.detail) for violation in platform.violations]


async def test_a_reply_token_works_twice(platform: FakePlatform) -> None:
    first = await post(platform.url, REPLY, with_token("t1", "一"))
    second = await post(platform.url, REPLY, with_token("t1", "二"))

    assert (first.status, second.status) == (200, 400)
    assert second.body == {"message": "Invalid reply token"}
    assert rules(platform) == [("reply_token", "used twice")]
    assert [(entry.thread, entry.status) for entry in platform.ledger] == [
        (LIN.id, "accepted"),
        (LIN.id, "refused"),
    ]


async def test_settling_a_doubtful_reply_with_its_own_words_is_called_a_violation(
    platform: FakePlatform,
) -> None:
    await post(platform.url, REPLY, with_token("t1"))

    again = await post(platform.url, REPLY, with_token("t1"))

    assert (again.status, rules(platform)) == (400, [])


@pytest.mark.parametrize(("after", "status"), [(60.0, 200), (60.5, 400)])
async def test_a_reply_token_lives_longer_than_a_minute(
    platform: FakePlatform, clock: Clock, after: float, status: int
) -> None:
    clock.time = NOW + after

    answer = await post(platform.url, REPLY, with_token("t1"))

    assert answer.status == status
    assert rules(platform) == ([] if status == 200 else [("reply_token", "too late")])


async def test_a_redelivered_event_does_not_renew_its_token(
    platform: FakePlatform, clock: Clock
) -> None:
    clock.time = NOW + 300
    platform.note(lin_says())

    assert (await post(platform.url, REPLY, with_token("t1"))).status == 200


async def test_a_token_of_an_event_older_than_twenty_minutes_is_renewed(
    platform: FakePlatform, clock: Clock
) -> None:
    clock.time = NOW + 1201
    platform.note(lin_says())

    assert (await post(platform.url, REPLY, with_token("t1"))).status == 400


async def test_a_retry_key_sends_twice(platform: FakePlatform) -> None:
    first, second = await push(platform), await push(platform)

    assert (first.status, second.status) == (200, 409)
    assert second.body["sentMessages"] == first.body["sentMessages"]
    assert second.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert (len(platform.ledger.accepted()), platform.violations) == (1, [])


async def test_one_retry_key_for_two_messages_goes_unnoticed(platform: FakePlatform) -> None:
    await push(platform, "一")

    assert (await push(platform, "二")).status == 409
    assert rules(platform) == [("retry_key", "one retry key for two different messages")]


async def test_a_retry_key_is_remembered_longer_than_a_day(
    platform: FakePlatform, clock: Clock
) -> None:
    await push(platform)
    clock.time = NOW + 24 * 3600 + 1

    assert (await push(platform)).status == 200


async def test_a_retry_key_on_a_reply_gets_through(platform: FakePlatform) -> None:
    headers = {"X-Line-Retry-Key": str(uuid4())}

    assert (await post(platform.url, REPLY, with_token("t1"), **headers)).status == 400
    assert rules(platform)[0][0] == "retry_key"


async def test_a_retry_key_that_is_no_uuid_gets_through(platform: FakePlatform) -> None:
    assert (await push(platform, key="out-1")).status == 400


@pytest.mark.parametrize(
    ("text", "status"), [("😀" * 2500, 200), ("😀" * 2500 + "a", 400), ("字" * 5001, 400)]
)
async def test_text_is_not_counted_in_utf16_units(
    platform: FakePlatform, text: str, status: int
) -> None:
    answer = await push(platform, text)

    assert answer.status == status
    if status == 400:
        assert answer.body["details"][0]["property"] == "messages[0].text"


async def test_six_messages_in_one_call_get_through(platform: FakePlatform) -> None:
    body = {"to": LIN.id, "messages": [{"type": "text", "text": "x"}] * 6}

    assert (await post(platform.url, PUSH, body)).status == 400


async def test_somebody_who_never_wrote_can_be_pushed_to(platform: FakePlatform) -> None:
    body = {**to_lin(), "to": "U" + "0" * 32}

    assert (await post(platform.url, PUSH, body)).status == 400
    assert rules(platform)[0][0] == "recipient"


async def test_a_push_to_somebody_who_blocked_us_counts_as_seen(platform: FakePlatform) -> None:
    platform.block("line", LIN.id)

    assert (await push(platform)).status == 200
    assert [entry.status for entry in platform.ledger] == ["swallowed"]


async def test_a_wrong_token_gets_through(platform: FakePlatform) -> None:
    answer = await post(platform.url, PUSH, to_lin(), token="page-token")

    assert answer.status == 401
    assert answer.body["message"].startswith("Authentication failed")
    assert LINE.token not in str(platform.violations)
