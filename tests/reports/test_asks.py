"""What opens, joins, answers and ends an ask."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.reports.ask import Ask
from bot.reports.asks import Rules, asks
from bot.reports.events import Event
from tests.reports.make import at, comment, comment_reply, edited, received, sent, unsent

WEEK = 7 * 24 * 60
DAY = 24 * 60


def test_twins_on_two_channels_come_out_in_one_order() -> None:
    twins = [received(0, channel="x"), received(0, channel="line")]

    assert asks(twins) == asks(twins[::-1])


def test_three_messages_in_a_row_are_one_ask_from_the_first() -> None:
    (ask,) = asks([received(0), received(1), received(2), sent(4)])

    assert ask == Ask(
        channel="line",
        surface="dm",
        conversation="A",
        post=None,
        author=None,
        message_ids=("customer0", "customer1", "customer2"),
        opened_at=at(0),
        expires_at=at(WEEK),
        first_in_thread=True,
        touched_at=at(4),
        answered_at=at(4),
        answered_by="bot",
        answer_id="bot4",
    )
    assert ask.id == "line/A/customer0"


def test_conversations_of_two_channels_with_one_name_stay_apart() -> None:
    both = asks([received(0, channel="line"), received(1, channel="x"), sent(2, channel="x")])

    assert [(ask.channel, ask.answered_at) for ask in both] == [("line", None), ("x", at(2))]


@pytest.mark.parametrize(
    "text",
    [
        "好的，謝謝！",
        "\N{FULLWIDTH LATIN CAPITAL LETTER O}k",
        "收到～",
        "Thank you!",
        "👍👍",
        "…",
        "謝謝 🙏",
        "",
    ],
)
def test_thanks_after_an_answer_open_nothing(text: str) -> None:
    assert len(asks([received(0), sent(1), received(2, text)])) == 1


@pytest.mark.parametrize("text", ["好的，請問何時到貨", "謝謝，那尺寸呢", "no thanks", "1"])
def test_a_question_with_thanks_in_it_is_a_question(text: str) -> None:
    assert len(asks([received(0), sent(1), received(2, text)])) == 2


def test_yes_to_a_question_of_ours_opens_an_ask() -> None:
    found = asks([received(0), sent(1, expects_reply=True), received(2, "好的")])

    assert [ask.message_ids for ask in found] == [("customer0",), ("customer2",)]


@pytest.mark.parametrize(("minutes", "count"), [(1 + DAY, 1), (1 + DAY + 0.001, 2)])
def test_thanks_a_day_after_our_last_word_are_news(minutes: float, count: int) -> None:
    assert len(asks([received(0), sent(1), received(minutes, "謝謝")])) == count


def test_a_note_is_not_our_last_word() -> None:
    assert len(asks([sent(0, "agent", visibility="note"), received(1, "謝謝")])) == 1


def test_thanks_while_an_ask_waits_join_it() -> None:
    (ask,) = asks([received(0), sent(1, ack=True), received(2, "謝謝")])

    assert ask.message_ids == ("customer0", "customer2")


@pytest.mark.parametrize("kind", ["sticker", "emoji"])
def test_a_sticker_opens_an_ask_only_where_we_were_silent(kind: str) -> None:
    assert len(asks([received(0, "", kind=kind)])) == 1
    assert len(asks([received(0), sent(1), received(2, "", kind=kind)])) == 1


def test_a_photo_without_a_word_needs_a_reply() -> None:
    assert len(asks([received(0), sent(1), received(2, "", kind="media")])) == 2
    assert len(asks([comment(0, "ann", "", kind="media")])) == 1


def test_reactions_neither_open_join_nor_answer() -> None:
    reactions = [received(1, "❤", kind="reaction"), sent(2, "agent", kind="reaction")]

    assert asks(reactions) == []
    assert asks([received(0), *reactions]) == asks([received(0)])


def test_acknowledgement_and_handoff_touch_but_only_an_agent_answers_then() -> None:
    (ask,) = asks(
        [
            received(0),
            sent(1, ack=True),
            sent(2, handoff=True),
            sent(3),
            sent(4, "agent", ack=True, agent="mei"),
            sent(5, "agent", agent="bo"),
        ]
    )

    assert (ask.touched_at, ask.handed_over_at, ask.human_at) == (at(1), at(2), at(4))
    assert (ask.answered_at, ask.answered_by, ask.agent) == (at(5), "agent", "bo")


def test_a_silent_handoff_is_no_sign_of_life() -> None:
    (ask,) = asks([received(0), sent(1, kind="handoff"), sent(2)])

    assert (ask.touched_at, ask.handed_over_at, ask.answered_at) == (at(2), at(1), None)


def test_who_took_it_first_has_it_in_charge_until_somebody_answers() -> None:
    taken = [received(0), sent(1, "agent", kind="take", agent="mei", text="")]
    again = [*taken, sent(2, "agent", kind="take", agent="bo", text="")]

    assert [(ask.taken_at, ask.person) for ask in asks(again)] == [(at(1), "mei")]
    assert asks([*again, sent(3, "agent", agent="bo")])[0].person == "bo"
    assert asks([*again, sent(3, "bot")])[0].person is None


def test_notes_and_closing_do_not_answer() -> None:
    note, close = sent(1, "agent", visibility="note"), sent(2, "agent", kind="close")
    (ask,) = asks([received(0), note, close])

    assert (ask.touched_at, ask.answered_at, ask.closed_at) == (None, None, at(2))
    assert ask.status(at(3)) == "open"


def test_what_the_brand_starts_is_no_ask_but_the_answer_to_it_is() -> None:
    (ask,) = asks([sent(0, "agent"), received(1)])

    assert (ask.opened_at, ask.first_in_thread) == (at(1), True)


def test_an_answer_after_the_week_is_too_late_and_the_next_message_is_new() -> None:
    old, new = asks([received(0), sent(WEEK), received(WEEK + 1), sent(WEEK + 2)])

    assert (old.answered_at, old.touched_at) == (None, None)
    assert old.status(at(WEEK - 0.1)) == "open"
    assert old.status(at(WEEK)) == "expired"
    assert old.followed_until(at(2 * WEEK)) == at(WEEK)
    assert (new.opened_at, new.first_in_thread) == (at(WEEK + 1), False)


def test_the_last_microsecond_of_the_week_still_counts() -> None:
    late = replace(sent(WEEK), at=at(WEEK) - timedelta(microseconds=1))

    assert asks([received(0), late])[0].answered_at == late.at


def test_a_message_after_expiry_opens_a_new_ask() -> None:
    found = asks([received(0), received(WEEK)])

    assert [ask.opened_at for ask in found] == [at(0), at(WEEK)]


def test_an_edit_never_moves_the_clock() -> None:
    log = [received(0), sent(5)]

    assert asks([*log, edited(1, "customer0", "改一下")]) == asks(log)
    assert asks([*log, edited(6, "customer0", "還有問題")]) == asks(log)


def test_thanks_edited_into_a_question_open_an_ask_at_the_edit() -> None:
    log = [received(0), sent(1), received(2, "謝謝")]
    edit = edited(9, "customer2", "謝謝，可是少了一件")

    _, new = asks([*log, edit])

    assert (new.opened_at, new.message_ids) == (at(9), ("customer2",))
    assert asks([*log, edited(9, "customer2", "感謝")]) == asks(log)
    assert asks([*log, replace(edit, actor="agent")]) == asks(log)
    assert asks([*log, unsent(5, "customer2"), edit]) == asks(log)


def test_thanks_edited_into_a_question_join_the_ask_that_waits() -> None:
    log = [received(0), sent(1), received(2, "謝謝"), received(3)]

    assert asks([*log, edited(4, "customer2", "還沒到")])[1].message_ids == (
        "customer3",
        "customer2",
    )


def test_an_ask_is_withdrawn_only_when_all_of_it_is_unsent() -> None:
    log = [received(0), received(1), unsent(2, "customer0")]
    assert asks(log)[0].withdrawn_at is None

    (ask,) = asks([*log, unsent(3, "customer1"), unsent(3.5, "customer1"), sent(4)])

    assert (ask.withdrawn_at, ask.answered_at) == (at(3), None)
    assert (ask.status(at(2)), ask.status(at(3))) == ("open", "withdrawn")
    assert ask.followed_until(at(9)) == at(3)


def test_unsending_one_message_twice_does_not_withdraw_two() -> None:
    twice = [unsent(2, "customer0"), unsent(3, "customer0")]

    assert asks([received(0), received(1), *twice])[0].withdrawn_at is None


def test_an_answered_ask_cannot_be_withdrawn() -> None:
    (ask,) = asks([received(0), sent(1), unsent(2, "customer0")])

    assert ask.status(at(9)) == "answered"


def test_a_brand_cannot_withdraw_an_ask_by_hiding_it() -> None:
    hidden = [comment(0, "ann", id="k1"), replace(unsent(1, "k1", "agent"), surface="comment")]

    assert asks(hidden)[0].withdrawn_at is None


def test_a_customer_withdraws_a_comment_without_naming_its_thread() -> None:
    gone = replace(unsent(1, "k1"), surface="comment", conversation="")

    assert asks([comment(0, "ann", id="k1"), gone])[0].withdrawn_at == at(1)


def test_a_comment_is_answered_only_for_the_author_it_replies_to() -> None:
    ann, ben, late_ann = asks(
        [
            comment(0, "ann", id="k1"),
            comment(1, "ben", id="k2", root="k1"),
            comment_reply(2, "k2"),
            comment_reply(3, None),
            comment(9, "ann", id="k9"),
        ]
    )

    assert [ask.answered_at for ask in (ann, ben, late_ann)] == [None, at(2), None]
    assert late_ann.first_in_thread


@pytest.mark.parametrize(
    "text",
    ["😍😍", "@dan.lee @eve", "@小美 你看這件", "＠dan 這個", "謝謝", "@shop 👍", "@shop.tw 嗨"],
)
def test_a_light_comment_or_a_tag_of_a_friend_never_opens_an_ask(text: str) -> None:
    assert asks([comment(0, "ann", text)], Rules(brand_handles=frozenset({"@shop"}))) == []


@pytest.mark.parametrize("text", ["@shop still there?", "@Shop還有嗎", "@shop. 還有嗎", "問 @dan"])
def test_a_comment_that_tags_us_opens_an_ask(text: str) -> None:
    found = asks([comment(0, "ann", text)], Rules(brand_handles=frozenset({"shop"})))

    assert len(found) == 1


def test_a_comment_edited_into_a_question_keeps_its_author() -> None:
    light = comment(0, "ann", "😍", id="k1")
    edit = replace(edited(5, "k1", "多少錢？"), surface="comment", conversation="")

    (ask,) = asks([light, edit, comment_reply(6, "k1")])

    assert (ask.author, ask.post, ask.message_ids) == ("ann", "P", ("k1",))
    assert (ask.opened_at, ask.answered_at) == (at(5), at(6))


def test_at_one_instant_a_message_comes_before_its_edit_and_its_deletion() -> None:
    log = [unsent(0, "z"), received(0, id="z"), edited(0, "z", "改")]

    assert asks(log)[0].withdrawn_at == at(0)


def test_waits_are_true_time_when_clocks_jump() -> None:
    london = ZoneInfo("Europe/London")
    jump = [
        replace(received(0), at=datetime(2025, 10, 26, 0, 45, tzinfo=london)),
        replace(sent(1), at=datetime(2025, 10, 26, 2, 15, tzinfo=london)),
    ]

    (ask,) = asks(jump)

    assert ask.answered_at is not None
    assert ask.answered_at - ask.opened_at == timedelta(hours=2, minutes=30)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="event m1: the time 2026-03-02T10:00:00 has no zone"):
        Event(id="m1", at=datetime(2026, 3, 2, 10), actor="customer")  # noqa: DTZ001


def test_an_event_knows_who_wrote_it() -> None:
    assert (received(0).direction, sent(0).direction) == ("in", "out")


def test_a_report_of_an_earlier_instant_knows_nothing_of_later_ones() -> None:
    (ask,) = asks([received(0), sent(1, handoff=True), sent(9, "agent", agent="bo")])
    (unanswered,) = asks([received(0), sent(1, handoff=True)])

    assert ask.known(at(8)) == unanswered
    assert ask.known(at(9)) == ask
    assert ask.status(at(8)) == "open"
    assert ask.followed_until(at(8)) == at(8)
