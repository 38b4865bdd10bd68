"""The judgement of a simulation, from made-up deliveries and ledger entries."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.simulation.courier import Delivery
from bot.simulation.ledger import Entry
from bot.simulation.load import percentile
from bot.simulation.summary import Asked, Summary, summary
from bot.simulation.webhook import Webhook
from tests.simulation.brand import AMY, MAY, NOW


def delivered(webhook: Webhook, *, at: float = 0.0, status: int = 200) -> Delivery:
    return Delivery(
        webhook=webhook, status=status, tries=1, started=at, finished=at, acknowledged_in=0.01
    )


def said(text: str, *, at: float = 0.0) -> Delivery:
    return delivered(AMY.says(text, message=f"m_{at}", sent=NOW + at), at=at)


def answer(text: str, *, at: float, thread: str = AMY.id, **more: Any) -> Entry:
    return Entry(
        **{
            "at": at,
            "wall": NOW + at,
            "channel": "messenger",
            "account": "main",
            "thread": thread,
            "kind": "reply",
            "status": "accepted",
            "text": text,
            **more,
        }
    )


def asked(*, at: float = 0.0, must: bool = True, thread: str = AMY.id) -> Asked:
    return Asked(
        thread=thread, topic="greet", messages=(f"m_{at}",), texts=("嗨",), at=at, must=must
    )


def judged(
    deliveries: list[Delivery],
    entries: list[Entry],
    asks: list[Asked] | None = None,
    *,
    now: float = 100.0,
    threads: dict[str, str] | None = None,
) -> Summary:
    return summary(
        deliveries,
        asks or [],
        entries,
        threads=threads or {},
        violations=[],
        patience=15.0,
        now=now,
    )


def test_replies_in_the_wrong_order_are_not_found() -> None:
    two = [said("先看 DM0000001", at=0), said("還有 DM0000002", at=1)]
    right = [answer("DM0000001 已出貨", at=2), answer("DM0000002 已出貨", at=3)]
    wrong = [answer("DM0000002 已出貨", at=2), answer("DM0000001 已出貨", at=3)]

    assert judged(two, right).out_of_order == ()
    assert judged(two, wrong).out_of_order == (AMY.id,)


def test_a_reply_before_the_question_answers_it() -> None:
    found = judged([said("嗨", at=10)], [answer("您好", at=9)], [asked(at=10)])

    assert found.unanswered == (asked(at=10),)


def test_a_refused_call_answers_a_question() -> None:
    entries = [answer("您好", at=1, status="refused")]

    assert judged([said("嗨")], entries, [asked()]).unanswered == (asked(),)


def test_a_question_is_called_lost_before_its_time() -> None:
    assert judged([said("嗨")], [], [asked()], now=14.0).unanswered == ()


def test_a_comment_that_is_left_to_a_person_is_called_lost_or_goes_unmentioned() -> None:
    hoped = replace(asked(must=False), hoped=True)

    found = judged([said("多少錢")], [], [hoped])

    assert (found.clean, found.unanswered, found.quiet) == (True, (), (hoped,))


def test_thanks_without_an_answer_are_called_lost() -> None:
    found = judged([said("謝謝")], [], [asked(must=False)])

    assert (found.unanswered, found.asked, found.topics) == ((), 0, {"greet": (1, 0)})


def test_the_same_words_to_two_messages_are_called_doubled() -> None:
    entries = [answer("您好", at=2), answer("您好", at=3)]

    assert judged([said("嗨", at=0), said("哈囉", at=1)], entries).doubled == ()
    assert judged([said("嗨", at=0)], entries).doubled == (AMY.id,)


def test_one_outbound_id_with_different_words_is_not_called_doubled() -> None:
    entries = [answer("a", at=1, outbound_id="o1"), answer("b", at=2, outbound_id="o1")]

    assert judged([said("嗨", at=0), said("哈囉", at=1)], entries).doubled == (AMY.id,)


def test_a_private_reply_does_not_answer_the_comment() -> None:
    comment = delivered(MAY.adds("多少錢", comment="1221_9", sent=NOW))
    entry = answer("已私訊", at=1, thread="1221_9", kind="private_reply", channel="page_comments")

    found = judged([comment], [entry], [asked(thread="1221_9")], threads={"1221_9": "1221_9"})

    assert (found.unanswered, found.replies, found.answered_in["p50"]) == ((), 1, 1.0)


def test_replies_to_strangers_are_counted() -> None:
    assert judged([said("嗨")], [answer("您好", at=1, thread="somebody else")]).replies == 0


@given(st.lists(st.floats(0, 9), min_size=1), st.floats(0.01, 1))
def test_too_few_values_lie_below_a_percentile(values: list[float], share: float) -> None:
    found = percentile(values, share)

    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values) + 1e-9
