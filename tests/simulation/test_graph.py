"""Graph's rules, as the fake platform holds us to them."""

import pytest

from bot.simulation.platform import FakePlatform
from tests.simulation.brand import AMY, DAY, HOUR, MAY, MESSAGES, NOW, Clock, post, to_amy

HIDDEN, COMMENTS = "/v25.0/1221_900", "/v25.0/1221_900/comments"


def private(comment: str = "1221_900") -> dict[str, object]:
    return {"recipient": {"comment_id": comment}, "message": {"text": "私訊您了", "metadata": "o1"}}


def rules(platform: FakePlatform) -> list[str]:
    return [violation.rule for violation in platform.violations]


async def test_a_good_message_is_taken_and_its_metadata_is_in_the_ledger(
    platform: FakePlatform,
) -> None:
    answer = await post(platform.url, MESSAGES, to_amy(metadata="out-1"))

    entry = platform.ledger[0]
    assert (answer.status, answer.body["recipient_id"]) == (200, AMY.id)
    assert (entry.thread, entry.text, entry.outbound_id) == (AMY.id, "您好", "out-1")
    assert (entry.kind, entry.status, entry.ids) == (
        "reply",
        "accepted",
        (answer.body["message_id"],),
    )
    assert platform.violations == []


@pytest.mark.parametrize(
    ("body", "rule", "code"),
    [
        (to_amy("字" * 2001), "schema", (100, None)),
        (to_amy(""), "schema", (100, None)),
        ({"recipient": {"id": AMY.id}, "message": {"text": "x"}}, "schema", (100, None)),
        (to_amy(tag="HUMAN_AGENT"), "schema", (100, None)),
        (to_amy(messaging_type="MESSAGE_TAG", tag="ACCOUNT_UPDATE"), "tag", (100, None)),
        (to_amy(recipient={"id": "7000000000000000"}), "recipient", (100, 2018001)),
        ([], "schema", (100, None)),
    ],
)
async def test_a_body_that_meta_would_refuse_gets_through(
    platform: FakePlatform, body: object, rule: str, code: tuple[int, int | None]
) -> None:
    answer = await post(platform.url, MESSAGES, body)

    assert (answer.status, answer.code, rules(platform)) == (400, code, [rule])
    assert platform.ledger.accepted() == []


async def test_two_thousand_characters_are_refused_for_their_bytes(platform: FakePlatform) -> None:
    assert (await post(platform.url, MESSAGES, to_amy("😀" * 2000))).status == 200


async def test_a_wrong_token_gets_through(platform: FakePlatform) -> None:
    answer = await post(platform.url, MESSAGES, to_amy(), token="stolen")

    assert (answer.status, answer.code, rules(platform)) == (401, (190, None), ["auth"])


async def test_lines_token_opens_graph(platform: FakePlatform) -> None:
    assert (await post(platform.url, MESSAGES, to_amy(), token="line-token")).status == 401


async def test_another_pages_address_is_served(platform: FakePlatform) -> None:
    assert (await post(platform.url, "/v25.0/999/messages", to_amy())).code == (100, 33)


@pytest.mark.parametrize(
    ("after", "tagged", "status"),
    [
        (24 * HOUR, False, 200),
        (24 * HOUR + 1, False, 400),
        (24 * HOUR + 1, True, 200),
        (7 * DAY, True, 200),
        (7 * DAY + 1, True, 400),
    ],
)
async def test_the_reply_window_is_the_wrong_length(
    platform: FakePlatform, clock: Clock, after: float, tagged: bool, status: int
) -> None:
    clock.time = NOW + after
    tag = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"} if tagged else {}

    answer = await post(platform.url, MESSAGES, to_amy(**tag))

    assert answer.status == status
    if status == 400:
        assert (answer.code, rules(platform)) == ((10, 2018278), ["window"])


async def test_a_blocked_customer_counts_as_our_fault(platform: FakePlatform) -> None:
    platform.block("messenger", AMY.id)

    answer = await post(platform.url, MESSAGES, to_amy())

    assert (answer.code, platform.violations) == ((551, 1545041), [])
    assert [entry.status for entry in platform.ledger] == ["refused"]


async def test_more_than_the_allowed_calls_a_second_get_through(platform: FakePlatform) -> None:
    platform.world.rates["messenger"] = 2

    statuses = [(await post(platform.url, MESSAGES, to_amy())).status for _ in range(3)]

    assert (statuses, rules(platform)) == ([200, 200, 400], ["rate"])


async def test_a_second_private_reply_to_one_comment_gets_through(platform: FakePlatform) -> None:
    first = await post(platform.url, MESSAGES, private())
    second = await post(platform.url, MESSAGES, private())

    assert (first.status, second.code) == (200, (10900, None))
    assert [(entry.kind, entry.status) for entry in platform.ledger] == [
        ("private_reply", "accepted"),
        ("private_reply", "refused"),
    ]
    assert rules(platform) == ["private_reply"]


async def test_a_private_reply_after_seven_days_gets_through(
    platform: FakePlatform, clock: Clock
) -> None:
    clock.time = NOW + 7 * DAY + 1

    assert (await post(platform.url, MESSAGES, private())).code == (10, 2018278)


async def test_a_private_reply_opens_the_window_by_itself(platform: FakePlatform) -> None:
    person = (await post(platform.url, MESSAGES, private())).body["recipient_id"]

    answer = await post(platform.url, MESSAGES, to_amy(recipient={"id": person}))

    assert answer.code == (10, 2018278)


async def test_a_public_reply_is_not_recorded_under_its_comment(platform: FakePlatform) -> None:
    answer = await post(platform.url, COMMENTS, {"message": "已私訊您"})

    entry = platform.ledger[0]
    assert answer.body["id"].startswith("1221_")
    assert (entry.channel, entry.thread, entry.text) == ("page_comments", "1221_900", "已私訊您")


async def test_hiding_a_comment_leaves_it_visible(platform: FakePlatform) -> None:
    answer = await post(platform.url, HIDDEN, {"is_hidden": True})

    assert answer.body == {"success": True}
    assert (platform.ledger[0].kind, platform.world.comments["1221_900"].hidden) == ("hide", True)


async def test_a_removed_comment_can_be_answered(platform: FakePlatform) -> None:
    platform.note(MAY.removes("1221_900", sent=NOW + 1))

    answer = await post(platform.url, COMMENTS, {"message": "晚了"})

    assert (answer.code, platform.violations) == ((100, 33), [])


async def test_an_unknown_comment_can_be_answered(platform: FakePlatform) -> None:
    answer = await post(platform.url, "/v25.0/1221_1/comments", {"message": "嗨"})

    assert (answer.code, rules(platform)) == ((100, 33), ["recipient"])


async def test_typing_counts_as_a_reply(platform: FakePlatform) -> None:
    body = {"recipient": {"id": AMY.id}, "sender_action": "typing_on"}

    assert (await post(platform.url, MESSAGES, body)).body == {"recipient_id": AMY.id}
    assert len(platform.ledger) == 0


async def test_the_page_of_the_token_is_not_me(platform: FakePlatform) -> None:
    assert (await post(platform.url, "/v25.0/me/messages", to_amy())).status == 200
    assert platform.ledger[0].account == "main"
