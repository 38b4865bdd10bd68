"""The log must reach the reports whole, in order and at the right times."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert

from bot.reports.ask import Ask
from bot.reports.asks import asks
from bot.store.database import Database
from bot.store.log import dialogue, newest, openings, report_events
from bot.store.settle import Entry, log_events
from bot.store.tables import messages
from channels.messages import Surface
from tests.history import History

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
LATER = START + timedelta(days=30)
COMMENT: dict[str, Any] = {"channel": "page_comments", "surface": Surface.COMMENT}


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


async def told(database: Database, tell: Callable[[History], Any]) -> list[Ask]:
    await database.write(lambda connection: tell(History(connection, START)))
    return await asks_in(database)


async def asks_in(database: Database, **window: datetime) -> list[Ask]:
    return asks(
        await database.read(
            lambda connection: report_events(connection, **{"until": LATER} | window)
        )
    )


async def test_a_reply_of_the_bot_answers_and_tells_when_and_who(database: Database) -> None:
    def tell(history: History) -> None:
        history.says("a", "有貨嗎？", at(0), bot={})

    (ask,) = await told(database, tell)

    assert (ask.channel, ask.surface, ask.answered_by) == ("line", "dm", "bot")
    assert ask.answered_at == at(0) + timedelta(seconds=1)
    assert ask.id == "line/c1/m000000000001"


async def test_neither_a_note_nor_a_hand_off_notice_nor_closing_answers(
    database: Database,
) -> None:
    def tell(history: History) -> None:
        mei = history.agent("Mei")
        history.says("a", "我要找真人", at(0), bot={"handoff": True}, hands_off=True)
        history.notes("a", mei, "VIP", at(1))
        history.closes("a", mei, at(2))

    (ask,) = await told(database, tell)

    second = timedelta(seconds=1)
    assert (ask.answered_at, ask.closed_at) == (None, at(2))
    assert (ask.touched_at, ask.handed_over_at) == (at(0) + second, at(0) + second)


async def test_an_acknowledgement_is_a_sign_of_life_but_no_answer(database: Database) -> None:
    def tell(history: History) -> None:
        history.says("a", "有貨嗎？", at(0), bot={"ack": True})

    (ask,) = await told(database, tell)

    assert (ask.answered_at, ask.touched_at) == (None, at(0) + timedelta(seconds=1))


async def test_after_a_hand_off_only_the_agent_answers_by_name(database: Database) -> None:
    def tell(history: History) -> None:
        mei = history.agent("Mei")
        history.says("a", "我要找真人", at(0), hands_off=True)
        history.says("a", "在嗎？", at(1), bot={})
        history.replies("a", mei, "您好", at(5))

    (ask,) = await told(database, tell)

    assert (ask.answered_by, ask.agent, ask.answered_at) == ("agent", "Mei", at(5))
    assert ask.human_at == at(5)


async def test_taking_over_alone_starts_no_wait_for_a_person(database: Database) -> None:
    def tell(history: History) -> None:
        mei = history.agent("Mei")
        history.says("a", "有貨嗎？", at(0), ignored="stale")
        history.replies("a", mei, "有", at(60))

    (ask,) = await told(database, tell)

    assert (ask.answered_by, ask.handed_over_at, ask.human_at) == ("agent", None, None)


async def test_a_reply_in_the_platforms_own_app_answers(database: Database) -> None:
    def tell(history: History) -> None:
        history.says("a", "有貨嗎？", at(0))
        history.echoes("a", "有喔", at(3), received_at=at(9))

    (ask,) = await told(database, tell)

    assert (ask.answered_by, ask.agent, ask.answered_at) == ("agent", None, at(3))


async def test_a_late_echo_does_not_answer_what_was_asked_after_it(database: Database) -> None:
    def tell(history: History) -> None:
        history.says("a", "有貨嗎？", at(0))
        history.says("a", "運費多少？", at(5))
        history.echoes("a", "有喔", at(3), received_at=at(9))

    first, second = await told(database, tell)

    assert (first.answered_at, second.answered_at) == (at(3), None)


async def test_a_platform_clock_ahead_of_ours_makes_no_answer_too_early(
    database: Database,
) -> None:
    def tell(history: History) -> None:
        history.says("a", "有貨嗎？", at(2), received_at=at(0), bot={})

    (ask,) = await told(database, tell)

    assert (ask.opened_at, ask.answered_at) == (at(0), at(0) + timedelta(seconds=1))


async def test_a_platform_clock_behind_ours_puts_no_answer_before_its_question(
    database: Database,
) -> None:
    def tell(history: History) -> None:
        history.says("a", "有貨嗎？", at(0), bot={}, answered_at=at(-5))

    (ask,) = await told(database, tell)

    assert ask.answered_at == at(0)


async def test_a_thanks_edited_into_a_question_opens_an_ask_at_the_edit(
    database: Database,
) -> None:
    def tell(history: History) -> None:
        history.says("a", "有貨嗎？", at(0), bot={})
        id = history.says("a", "謝謝", at(2))
        history.edits("a", id, "謝謝，運費多少？", at(4))
        history.edits("a", id, "謝謝，運費多少錢？", at(5))

    first, second = await told(database, tell)

    assert (first.answered_by, second.opened_at) == ("bot", at(4))
    assert second.message_ids == ("m000000000003",)


async def test_a_message_taken_back_before_the_answer_is_withdrawn(database: Database) -> None:
    def tell(history: History) -> None:
        history.says("a", "早", at(0), bot={})
        id = history.says("a", "有貨嗎？", at(2))
        history.unsends("a", id, at(3))

    _, ask = await told(database, tell)

    assert (ask.status(LATER), ask.withdrawn_at) == ("withdrawn", at(3))


async def test_a_message_deleted_before_it_came_waits_for_nobody(database: Database) -> None:
    def tell(history: History) -> None:
        history.says("a", "有貨嗎？", at(0), ignored="the customer deleted it")

    (ask,) = await told(database, tell)

    assert ask.status(LATER) == "withdrawn"


@pytest.mark.parametrize("reason", ["test event", "another bot", "another page", "group"])
async def test_what_nobody_said_to_the_brand_is_no_ask(database: Database, reason: str) -> None:
    def tell(history: History) -> None:
        why = f"the platform allows no answer: {reason}"
        history.says("a", "哈囉", at(0), ignored=why, unanswerable=reason)

    assert await told(database, tell) == []


async def test_an_unlinked_refusal_is_not_matched_with_its_own_message(
    database: Database,
) -> None:
    def tell(history: History) -> None:
        for minute, reason in enumerate(("group", "standby", "group")):
            history.says("a", "哈囉", at(minute), unanswerable=reason)
            why = {"why": f"the platform allows no answer: {reason}"}
            entry = Entry(type="ignored", actor="bot", data=why)
            log_events(history.connection, history.conversation("a"), [entry], at(minute))

    (ask,) = await told(database, tell)

    assert (ask.opened_at, len(ask.message_ids)) == (at(1), 1)


async def test_a_customer_whom_the_bot_may_not_answer_still_waits(database: Database) -> None:
    def tell(history: History) -> None:
        why = "the platform allows no answer: standby"
        history.says("a", "哈囉", at(0), ignored=why, unanswerable="standby")

    (ask,) = await told(database, tell)

    assert ask.status(at(9)) == "open"


async def test_a_sticker_after_an_answer_opens_nothing(database: Database) -> None:
    def tell(history: History) -> None:
        history.says("a", "有貨嗎？", at(0), bot={})
        history.says("a", None, at(1), sticker=True)

    assert len(await told(database, tell)) == 1


async def test_a_reply_to_one_commenter_does_not_answer_the_other(database: Database) -> None:
    def tell(history: History) -> None:
        place: dict[str, Any] = {"post": "p", "root": "c1"}
        history.says("p/c1", "多少錢？", at(0), id="c1", contact="ann", **place, **COMMENT)
        history.says("p/c1", "還有嗎？", at(1), id="c2", contact="ben", bot={}, **place, **COMMENT)

    ann, ben = await told(database, tell)

    assert (ann.author, ann.answered_at) == ("ann", None)
    assert (ben.author, ben.answered_by) == ("ben", "bot")


async def test_a_second_comment_below_ones_own_joins_it(database: Database) -> None:
    def tell(history: History) -> None:
        history.says("p/c1", "多少錢？", at(0), id="c1", contact="ann", post="p", **COMMENT)
        history.says("p/c1", "在嗎？", at(1), id="c2", contact="ann", root="c1", **COMMENT)

    (ask,) = await told(database, tell)

    assert ask.message_ids == ("m000000000001", "m000000000002")


async def test_a_private_reply_answers_a_comment_and_hiding_it_does_not(
    database: Database,
) -> None:
    def tell(history: History) -> None:
        bot = {"private": True}
        history.says("p/c1", "多少錢？", at(0), id="c1", post="p", root="c1", bot=bot, **COMMENT)
        history.says("p/c2", "爛店！", at(1), id="c2", post="p", root="c2", hide=True, **COMMENT)

    asked, hidden = await told(database, tell)

    assert (asked.answered_by, hidden.answered_at, hidden.touched_at) == ("bot", None, None)


async def test_a_hand_off_in_a_comment_thread_is_about_the_latest_comment(
    database: Database,
) -> None:
    def tell(history: History) -> None:
        mei = history.agent("Mei")
        place: dict[str, Any] = {"post": "p", "root": "c1"}
        history.says("p/c1", "多少錢？", at(0), id="c1", contact="ann", **place, **COMMENT)
        history.says(
            "p/c1", "爛！", at(1), id="c2", contact="ben", hands_off=True, **place, **COMMENT
        )
        history.closes("p/c1", mei, at(3), "page_comments")

    ann, ben = await told(database, tell)

    assert (ann.handed_over_at, ben.handed_over_at) == (None, at(1) + timedelta(seconds=1))
    assert (ann.closed_at, ben.closed_at) == (at(3), at(3))


async def test_a_long_story_cut_short_gives_the_same_asks(database: Database) -> None:
    def tell(history: History) -> None:
        for day in range(12):
            history.says("a", f"在嗎？{day}", START + timedelta(days=day))
        history.says("b", "早安", at(0), bot={})

    whole = await told(database, tell)
    since = START + timedelta(days=9)

    cut = await asks_in(database, since=since)

    assert [ask for ask in cut if ask.opened_at >= since] == [
        ask for ask in whole if ask.opened_at >= since
    ]
    assert {ask.conversation for ask in cut} == {"c1"}


async def test_an_ask_opened_by_an_edit_is_found_by_the_edits_time(database: Database) -> None:
    def tell(history: History) -> None:
        history.says("a", "有貨嗎？", at(0), bot={})
        id = history.says("a", "謝謝", at(2))
        history.edits("a", id, "謝謝，運費多少？", at(600))

    await told(database, tell)

    assert (await asks_in(database, since=at(500)))[-1].opened_at == at(600)


async def test_what_came_after_the_instant_is_unknown(database: Database) -> None:
    def tell(history: History) -> None:
        history.says("a", "有貨嗎？", at(0), bot={}, answered_at=at(10))

    await told(database, tell)

    (ask,) = await asks_in(database, until=at(9))
    assert ask.answered_at is None


async def test_each_table_is_asked_once_however_many_messages(database: Database) -> None:
    def tell(history: History) -> None:
        mei = history.agent("Mei")
        for each in range(30):
            history.says(f"t{each}", "在嗎？", at(each), bot={}, understood={"intent": "stock"})
            history.labels(f"t{each}", mei, "VIP", at(each))

    await told(database, tell)
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))

    await asks_in(database)

    assert len([each for each in asked if each.startswith("SELECT")]) == 6


async def test_an_ask_tells_what_it_was_about_and_who_took_it(database: Database) -> None:
    def tell(history: History) -> None:
        mei = history.agent("Mei")
        meant = {"intent": "complaint", "language": "en"}
        history.says("a", "Broken!", at(0), hands_off=True, reason="complaint", understood=meant)
        history.takes("a", mei, at(4))
        history.labels("a", mei, "VIP", at(5))
        history.says("a", "Hello?", at(6), understood={"intent": "greet", "language": "zh-Hant"})

    (ask,) = await told(database, tell)

    assert (ask.account, ask.intent, ask.language) == ("shop", "complaint", "en")
    assert (ask.labels, ask.handoff_reason) == (("VIP",), "complaint")
    assert (ask.taken_at, ask.taken_by, ask.person) == (at(4), "Mei", "Mei")


async def test_a_conversation_that_was_given_back_is_in_nobodys_hands(database: Database) -> None:
    def tell(history: History) -> None:
        mei = history.agent("Mei")
        history.says("a", "有貨嗎？", at(0), bot={})
        history.takes("a", mei, at(1))
        history.says("a", "多少錢？", at(2))
        history.replies("a", mei, "一百", at(3))
        history.closes("a", mei, at(4))
        history.says("a", "運費呢？", at(5), bot={})

    found = await told(database, tell)

    assert [ask.taken_at for ask in found] == [None, at(2), None]
    assert [ask.asked_again_at for ask in found] == [at(2), at(5), None]


async def test_two_agents_of_one_name_are_one_in_the_figures(database: Database) -> None:
    def tell(history: History) -> None:
        for thread in ("a", "b"):
            history.says(thread, "在嗎？", at(0))
            history.replies(thread, history.agent("Mei"), "您好", at(1))

    assert [ask.agent for ask in await told(database, tell)] == [
        "Mei (agent2@example.com)",
        "Mei (agent6@example.com)",
    ]


async def test_a_take_over_below_a_comment_is_no_answer_and_has_each_author(
    database: Database,
) -> None:
    def tell(history: History) -> None:
        mei = history.agent("Mei")
        for who in ("ann", "dan"):
            place = COMMENT | {"post": "p", "root": "c1", "contact": who}
            history.says("p/c1", "多少錢？", at(0), **place)
        history.takes("p/c1", mei, at(3), "page_comments")

    found = await told(database, tell)

    assert [(ask.taken_at, ask.taken_by, ask.answered_at) for ask in found] == [
        (at(3), "Mei", None)
    ] * 2


async def test_an_edit_without_a_time_or_of_a_lost_message_stops_nothing(
    database: Database,
) -> None:
    def tell(history: History) -> None:
        history.says("a", "有貨嗎？", at(0))
        lost = {"message": 99, "was": "x", "text": "y"}
        log_events(
            history.connection,
            history.conversation("a"),
            [
                Entry(type="edited", actor="customer", data=lost),
                Entry(type="edited", actor="customer", data=lost | {"message": 1}),
            ],
            at(3),
        )

    (ask,) = await told(database, tell)

    assert ask.opened_at == at(0)


async def test_an_ask_opens_into_its_conversation_alone(database: Database) -> None:
    def tell(history: History) -> None:
        history.says("a", "有貨嗎？", at(0), bot={}, name="林小姐")
        history.says("b", "在嗎？", at(1))

    await told(database, tell)

    def read(connection: Connection) -> Any:
        found = dialogue(connection, "m000000000001", until=LATER)
        first = openings(connection, ["m000000000001", "m000000000099", "nonsense"])
        lost = dialogue(connection, "m000000000099", until=LATER)
        return found, first, lost, dialogue(connection, "x", until=LATER)

    found, first, *lost = await database.read(read)

    assert [one.text for one in found] == ["有貨嗎？", "您好，這裡是自動回覆。"]
    assert {id: (one.name, one.text) for id, one in first.items()} == {
        "m000000000001": ("林小姐", "有貨嗎？")
    }
    assert lost == [[], []]


async def test_every_new_line_of_the_log_is_noticed(database: Database) -> None:
    def tell(history: History) -> None:
        history.says("a", "有貨嗎？", at(0))

    assert await database.read(newest) == (0, 0)
    await told(database, tell)
    before = await database.read(newest)
    columns = {
        "conversation_id": 1,
        "direction": "out",
        "author": "agent",
        "visibility": "public",
        "kind": "reply",
        "sent_at": at(1),
        "received_at": at(1),
    }
    await database.write(lambda connection: connection.execute(insert(messages), [columns]))

    assert await database.read(newest) > before
