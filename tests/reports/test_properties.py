"""What holds for any message log whatsoever."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.reports.ask import Ask
from bot.reports.asks import Rules, asks
from bot.reports.events import Event, in_order, known
from bot.reports.figures import Targets, spread
from bot.reports.hours import Calendar
from bot.reports.report import Window, asks_of, report
from bot.reports.waits import answer_waits, measured, touch_waits
from tests.reports.make import at

TAIPEI = ZoneInfo("Asia/Taipei")
RULES = Rules(expiry=timedelta(minutes=60), closer_window=timedelta(minutes=20))

OTHER_KINDS = ("edit", "delete", "handoff", "close", "take", "release")
TEXTS = ("請問有貨嗎", "謝謝", "👍", "@dan 你看", "price?", "")


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    return [_event(draw, number) for number in range(draw(st.integers(0, 25)))]


def _event(draw: st.DrawFn, number: int) -> Event:
    surface = draw(st.sampled_from(["dm", "comment"]))
    other = f"m{draw(st.integers(0, 25))}"
    values: dict[str, Any] = {
        "id": f"m{number}",
        "at": at(draw(st.integers(0, 100))),
        "actor": draw(st.sampled_from(["customer", "customer", "bot", "agent"])),
        "surface": surface,
        "kind": draw(
            st.sampled_from([*["message"] * 6, "media", "sticker", "reaction", *OTHER_KINDS])
        ),
        "agent": draw(st.sampled_from(["mei", "bo", None])),
        "reason": draw(st.sampled_from(["rule", None])),
        "account": draw(st.sampled_from(["shop", "site"])),
        "intent": draw(st.sampled_from(["price", "oos", None])),
        "language": draw(st.sampled_from(["en", None])),
        "labels": draw(st.sampled_from([(), ("VIP",)])),
        "text": draw(st.sampled_from(TEXTS)),
        "ack": draw(st.booleans()),
        "handoff": draw(st.booleans()),
        "visibility": draw(st.sampled_from(["public", "public", "note"])),
    }
    if surface == "dm":
        values["conversation"] = draw(st.sampled_from("AB"))
    else:
        values |= {"post": "P", "author": draw(st.sampled_from("xy")), "reply_to": other}
    if values["kind"] in {"edit", "delete"}:
        values["target"] = other
    return Event(**values)


@given(logs(), st.integers(0, 10**6))
def test_the_order_of_arrival_and_repeats_change_nothing(events: list[Event], seed: int) -> None:
    # A hundred shuffles of each of a hundred logs.
    luck = Random(seed)
    expected = asks(events, RULES)
    for _ in range(100):
        again = [*events, *luck.choices(events, k=len(events))] if events else []
        luck.shuffle(again)

        assert asks(again, RULES) == expected


@given(logs())
def test_no_message_is_in_two_asks_and_no_question_in_none(events: list[Event]) -> None:
    joined = Counter(id_ for ask in asks(events, RULES) for id_ in ask.message_ids)
    questions = {
        event.id
        for event in events
        if event.actor == "customer"
        and event.kind == "message"
        and event.text in {"請問有貨嗎", "price?"}
    }

    assert set(joined.values()) <= {1}
    assert questions <= joined.keys()


@given(logs())
def test_no_ask_is_answered_before_it_opened_or_after_it_expired(events: list[Event]) -> None:
    for ask in asks(events, RULES):
        steps = (ask.touched_at, ask.handed_over_at, ask.human_at, ask.withdrawn_at)
        for instant in (*steps, ask.answered_at):
            assert instant is None or ask.opened_at <= instant < ask.expires_at


@given(logs())
def test_asks_of_one_thread_never_overlap(events: list[Event]) -> None:
    ended: dict[tuple[str, str | None], Any] = {}
    for ask in asks([event for event in events if event.surface == "dm"], RULES):
        thread = (ask.channel, ask.conversation)
        assert thread not in ended or ended[thread] <= ask.opened_at
        ended[thread] = ask.followed_until(at(9999))


@given(logs())
def test_who_took_it_and_what_it_was_about_change_no_other_figure(events: list[Event]) -> None:
    plain = [
        replace(event, account="", intent=None, language=None, labels=(), reason=None)
        for event in events
        if event.kind not in {"take", "release"}
    ]

    assert [_figures(ask) for ask in asks(events, RULES)] == asks(plain, RULES)


def _figures(ask: Ask) -> Ask:
    about: dict[str, Any] = {"account": "", "intent": None, "language": None, "labels": ()}
    return ask._replace(**about, handoff_reason=None, taken_at=None, taken_by=None)


@given(logs())
def test_the_next_ask_of_a_thread_is_when_its_customer_asked_again(events: list[Event]) -> None:
    found = asks([event for event in events if event.surface == "dm"], RULES)
    for thread in {ask.conversation for ask in found}:
        ours = [ask for ask in found if ask.conversation == thread]
        opened = [ask.opened_at for ask in ours]
        assert [ask.asked_again_at for ask in ours] == [*opened[1:], None]


@given(logs(), st.integers(0, 120))
def test_a_report_of_any_instant_is_one_made_at_that_instant(
    events: list[Event], minutes: int
) -> None:
    window = Window(start_at=at(0), end_at=at(999), as_of=at(minutes))
    made_then = list(asks_of(asks(known(events, window.as_of), RULES), window))
    made_later = list(asks_of(asks(events, RULES), window))

    def seen(found: list[Ask]) -> list[Ask]:
        return [ask.known(window.as_of)._replace(message_ids=()) for ask in found]

    assert seen(made_later) == seen(made_then)
    assert [ask.id for ask in made_later] == [ask.id for ask in made_then]


@given(logs())
def test_order_is_by_time_and_each_event_is_there_once(events: list[Event]) -> None:
    ordered = in_order([*events, *events])

    assert sorted(event.id for event in ordered) == sorted(event.id for event in events)
    assert [event.at for event in ordered] == sorted(event.at for event in events)


@given(logs(), st.integers(0, 200), st.integers(0, 10**6))
def test_a_report_counts_otherwise_than_one_ask_after_the_other(
    events: list[Event], minutes: int, seed: int
) -> None:
    found, usual = asks(events, RULES), Targets()
    window = Window(start_at=at(0), end_at=at(200), as_of=at(minutes))
    cohort = measured(asks_of(found, window), as_of=window.as_of, clock=Calendar())
    counted = [each for each in cohort if each.status != "withdrawn"]
    closed = [each for each in counted if each.ask.closed_at and not each.ask.answered_at]

    made = report(found, window, zone=TAIPEI)
    for each in (made.by_actor.bot, made.by_actor.human, made.by_actor.either):
        assert each.spread == spread(answer_waits(counted, each.actor), usual)
        assert each.closed_without_reply == len(closed)
    assert made.touch == spread(touch_waits(counted), usual)
    assert sum(day.n for day in made.days) == len(counted)
    assert report(Random(seed).sample(found, len(found)), window, zone=TAIPEI) == made
