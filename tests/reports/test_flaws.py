"""Twenty-two flaws of one desk's figures, by their numbers: each must not be ours.

F6, F7, F15, F21 and F22 begin at the platform's door: tests/scenarios/test_flaws.py.
"""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.reports.asks import asks
from bot.reports.behind import ACTORS, behind
from bot.reports.choice import Choice, answer
from bot.reports.csv import to_csv
from bot.reports.estimate import curve, naive_mean
from bot.reports.events import Actor, Event
from bot.reports.hours import OpeningHours
from bot.reports.report import ByActor, Report, Window, report, rows, rows_of
from bot.reports.waits import answer_waits, measured
from tests.reports.make import at, received, sent

TAIPEI = ZoneInfo("Asia/Taipei")
DAY = 24 * 60
SHIFTS = OpeningHours(zone=TAIPEI, weekly=dict.fromkeys(range(7), ((time(9), time(18)),)))


def closed(minutes: float, **more: Any) -> Event:
    return sent(minutes, "agent", kind="close", text="", **more)


def counted(events: list[Event], *, days: int = 30, **more: Any) -> Report:
    window = Window(start_at=at(0), end_at=at(days * DAY), as_of=at(days * DAY))
    return report(asks(events), window, zone=TAIPEI, **more)


def by_actor(events: list[Event], *, days: int = 30) -> ByActor:
    return counted(events, days=days).by_actor


def test_f1_who_was_never_answered_is_in_no_figure() -> None:
    ignored = [received(0, conversation=f"c{i}") for i in range(9)]
    either = by_actor([*ignored, received(0), sent(1)], days=1).either

    assert either.spread.n == 10
    assert either.spread.answered_to_date.value == 0.1
    assert either.spread.within[2].share.value == pytest.approx(0.1)
    assert either.spread.median.value is None


def test_f2_closing_a_waiting_conversation_ends_its_wait() -> None:
    either = by_actor([received(0), closed(30)], days=1).either

    assert (either.open, either.spread.answered, either.closed_without_reply) == (1, 0, 1)
    assert either.oldest is not None
    assert either.oldest.seconds == DAY * 60


def test_f3_the_bots_time_is_in_a_persons_time() -> None:
    found = counted([received(0), sent(60, handoff=True), sent(70, "agent")])

    assert found.human_wait.median.value == 600
    assert found.by_actor.human.spread.median.value == 4200  # what the customer waited in all


def test_f4_a_conversation_that_comes_back_has_no_second_answer_or_one_of_days() -> None:
    either = by_actor(
        [received(0), sent(5, "agent"), closed(6), received(5 * DAY), sent(5 * DAY + 10, "agent")]
    ).either

    assert either.spread.n == 2
    assert either.spread.p90.value == 600


def test_f5_a_conversation_that_the_brand_began_is_answered_at_once() -> None:
    either = by_actor([sent(0, "agent"), received(30), sent(50, "agent")]).either

    assert either.spread.n == 1
    assert either.spread.median.value == 1200


def test_f8_an_answer_is_its_senders_but_the_assignee_s_in_another_figure() -> None:
    window = Window(start_at=at(0), end_at=at(DAY), as_of=at(DAY))
    paired = asks([received(0), sent(5, "agent", agent="Mei"), sent(6, "agent", agent="Jo")])

    assert [row["agent"] for row in rows(paired, as_of=window.as_of)] == ["Mei"]


def test_f9_an_answer_before_opening_is_not_there_or_without_hours_is_zero() -> None:
    night = [received(-180), sent(-170, "agent"), received(0), sent(30, "agent")]
    window = Window(start_at=at(-DAY), end_at=at(DAY), as_of=at(DAY))
    inside = report(asks(night), window, zone=TAIPEI, clock=SHIFTS).by_actor.either.spread
    without = report(asks(night), window, zone=TAIPEI).by_actor.either.spread

    assert (inside.n, inside.answered, inside.p90.value) == (2, 2, 1800)
    assert without.median.value == 600


@pytest.mark.parametrize("month", [3, 7, 10, 11])
def test_f10_a_day_begins_at_another_hour_than_in_the_brands_zone(month: int) -> None:
    zone = ZoneInfo("America/New_York")
    start = datetime(2026, month, 1, tzinfo=zone)
    opened = [
        datetime(2026, month, day, hour, 30, tzinfo=zone)
        for day in range(1, 28)
        for hour in (0, 23)
    ]
    events = [
        replace(received(0, conversation=f"c{i}"), at=when.astimezone(UTC))
        for i, when in enumerate(opened)
    ]
    end = datetime(2026, month, 28, tzinfo=zone)
    found = report(asks(events), Window(start_at=start, end_at=end, as_of=end), zone=zone)

    assert [(day.day, day.n) for day in found.days] == [
        (date(2026, month, number), 2) for number in range(1, 28)
    ]
    assert sum(day.n for day in found.days) == found.by_actor.either.spread.n


def test_f11_the_file_has_another_clock_than_the_page() -> None:
    # 20:00 in Taipei, answered next morning at 09:10.
    events = [received(600), sent(600 + 13 * 60 + 10, "agent")]
    window = Window(start_at=at(0), end_at=at(3 * DAY), as_of=at(3 * DAY))
    made = answer(asks(events), Choice(window=window, zone=TAIPEI, clock=SHIFTS))
    [row] = rows_of(made.cohort)

    assert row["wait_seconds"] == made.report.by_actor.either.spread.median.value == 600
    assert "600" in to_csv([row])


def test_f12_an_ask_counts_on_the_day_of_its_answer() -> None:
    found = counted([received(0), sent(2 * DAY, "agent")])

    assert [(day.day.day, day.n) for day in found.days if day.n] == [(2, 1)]


def test_f13_f14_more_than_all_are_the_bots_or_what_was_closed_is() -> None:
    events = [
        *(received(0), sent(1), sent(2), sent(3)),
        *(received(0, conversation="B"), closed(9, conversation="B")),
        *(received(0, conversation="C"), sent(9, "agent", conversation="C")),
    ]
    found = by_actor(events)

    assert (found.bot.spread.answered, found.bot.spread.n) == (1, 3)
    assert (found.human.spread.answered, found.either.spread.answered) == (1, 2)
    assert found.bot.spread.answered_to_date.value == pytest.approx(1 / 3)


def test_f16_one_forgotten_weekend_ruins_a_month() -> None:
    quick = [
        event
        for i in range(99)
        for event in (received(i, conversation=f"c{i}"), sent(i + 5, conversation=f"c{i}"))
    ]
    waits = answer_waits(
        measured(
            asks([*quick, received(0), sent(3 * DAY, "agent")]), as_of=at(9 * DAY), clock=SHIFTS
        )
    )

    assert curve(waits).quantile(0.5).value == 300
    assert curve(waits).quantile(0.9).value == 300
    assert naive_mean(waits) != 300


def test_f17_a_file_has_durations_in_words() -> None:
    [row] = rows(asks([received(0), sent(65.5, "agent")]), as_of=at(DAY))

    assert row["wait_seconds"] == 3930
    assert ",3930.0," in to_csv([row])


@pytest.mark.parametrize("text", ["=1+1", "+886", "-1", "@sum", "\t=1", "\r=1", "＝1"])
def test_f18_a_customers_words_run_in_a_spreadsheet(text: str) -> None:
    [row] = rows(
        asks([received(0, conversation="A", id=text), sent(1, conversation="A")]), as_of=at(DAY)
    )
    [told] = csv.DictReader(io.StringIO(to_csv([row]).removeprefix("\ufeff"), newline=""))

    assert told["message_ids"] == f"'{text}"


def test_f19_f20_a_share_is_of_other_asks_than_its_list() -> None:
    actors: list[Actor | None] = ["bot", "agent", "bot", None]
    events = [
        event
        for i, actor in enumerate(actors * 5)
        for event in (
            received(i, conversation=f"c{i}"),
            *([sent(i + i, actor, conversation=f"c{i}")] if actor else []),
        )
    ]
    window = Window(start_at=at(0), end_at=at(DAY), as_of=at(DAY))
    made = answer(asks(events), Choice(window=window, zone=TAIPEI))

    for actor in ACTORS:
        spread = getattr(made.report.by_actor, actor).spread
        assert len(behind(made.cohort, "asks", actor=actor)) == spread.n
        assert len(behind(made.cohort, "answered", actor=actor)) == spread.answered


def test_f20_people_are_counted_as_often_as_their_messages() -> None:
    either = by_actor([received(0), received(1), received(2), sent(3)]).either

    assert (either.spread.n, either.spread.answered) == (1, 1)
    assert either.spread.median.value == timedelta(minutes=3).total_seconds()
