"""The report of a window: who answered, how fast, what still waits, and the rows behind it."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.reports.ask import Ask
from bot.reports.asks import asks
from bot.reports.csv import to_csv
from bot.reports.estimate import Estimate, wilson
from bot.reports.events import Event
from bot.reports.figures import Oldest, Targets, Within
from bot.reports.hours import OpeningHours
from bot.reports.report import Report, Window, asks_of, report, report_json, rows
from tests.reports.make import at, received, sent, unsent

TAIPEI = ZoneInfo("Asia/Taipei")
DAY = 24 * 60
WINDOW = Window(start_at=at(0), end_at=at(2 * DAY), as_of=at(2 * DAY))


def log() -> list[Event]:
    """Bot answers A, an agent answers B after a hand-off, C still waits, D takes it back."""
    b: dict[str, Any] = {"conversation": "B", "channel": "x"}
    return [
        *(received(0, conversation="A"), sent(1, conversation="A")),
        *(received(2, **b), sent(3, handoff=True, **b), sent(12, "agent", agent="mei", **b)),
        received(DAY, conversation="C"),
        received(DAY + 1, conversation="D"),
        unsent(DAY + 2, f"customer{DAY + 1}", conversation="D"),
    ]


def whole() -> Report:
    return report(asks(log()), WINDOW, zone=TAIPEI)


def test_bot_human_and_either_are_kept_apart() -> None:
    by_actor = whole().by_actor
    either, bot, human = by_actor.either, by_actor.bot, by_actor.human

    assert [f.spread.answered for f in (bot, human, either)] == [1, 1, 2]
    assert [f.answered_by_other for f in (bot, human, either)] == [1, 1, 0]
    assert [f.spread.n for f in (bot, human, either)] == [3, 3, 3]
    assert [f.spread.median.value for f in (bot, human, either)] == [None, 600.0, 600.0]
    assert either.spread.answered_to_date == wilson(2, 3)


def test_the_one_who_still_waits_is_counted_and_named() -> None:
    either = whole().by_actor.either

    assert (either.open, either.expired) == (1, 0)
    assert either.oldest == Oldest(f"line/C/customer{DAY}", at(DAY), DAY * 60.0)
    assert either.spread.p90.value is None


def test_withdrawn_asks_are_in_no_figure_but_their_own() -> None:
    made = whole()

    assert (made.withdrawn, made.by_actor.either.spread.n) == (1, 3)
    assert sum(day.n for day in made.days) == 3


def test_shares_within_a_time_carry_their_intervals() -> None:
    within = whole().by_actor.either.spread.within

    assert [each.seconds for each in within] == [60, 300, 3600, 86400]
    assert [each.share.value for each in within] == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3])
    assert all(each.share.low is not None and each.share.high is not None for each in within)


def test_first_touch_and_human_wait_have_their_own_curves() -> None:
    made = whole()

    assert (made.touch.n, made.touch.median.value) == (3, 60.0)
    assert (made.human_wait.n, made.human_wait.median.value) == (1, 540.0)


def test_each_channel_is_reported_for_itself() -> None:
    channels = whole().channels

    assert [(c.channel, c.by_actor.either.spread.n) for c in channels] == [("line", 2), ("x", 1)]


def test_days_are_the_brands_and_empty_ones_are_shown() -> None:
    days = whole().days

    assert [(day.day, day.n, day.answered) for day in days] == [
        (date(2026, 3, 2), 2, 2),
        (date(2026, 3, 3), 1, 0),
        (date(2026, 3, 4), 0, 0),
    ]
    assert [day.within_hour.value for day in days] == [1.0, 0.0, None]
    assert [day.median.value for day in days] == [60.0, None, None]


def test_an_ask_at_local_midnight_belongs_to_the_new_day() -> None:
    midnight = datetime(2026, 3, 3, 0, 0, tzinfo=TAIPEI)
    window = Window(start_at=midnight, end_at=datetime(2026, 3, 4, tzinfo=TAIPEI), as_of=at(9999))
    ask = replace(received(0), at=midnight)

    assert [(day.day, day.n) for day in report(asks([ask]), window, zone=TAIPEI).days] == [
        (date(2026, 3, 3), 1)
    ]


def test_the_window_takes_its_start_and_leaves_its_end() -> None:
    found = asks([received(m, conversation=str(m)) for m in (-1, 0, 5, 10)])
    window = Window(start_at=at(0), end_at=at(10), as_of=at(99))

    assert [ask.opened_at for ask in asks_of(found, window)] == [at(0), at(5)]


def test_what_happens_after_the_report_changes_nothing_in_it() -> None:
    early = Window(start_at=at(0), end_at=at(2 * DAY), as_of=at(5))
    now = [event for event in log() if event.at <= at(5)]

    assert report(asks(log()), early, zone=TAIPEI) == report(asks(now), early, zone=TAIPEI)


def test_a_window_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="end_at: the time 2026-03-02T00:00:00 has no zone"):
        Window(start_at=at(0), end_at=datetime(2026, 3, 2), as_of=at(9))  # noqa: DTZ001


def test_opening_hours_are_the_clock_where_they_are_given() -> None:
    closed_at_noon = OpeningHours(
        zone=TAIPEI, weekly=dict.fromkeys(range(7), ((time(9), time(10, 5)),))
    )

    made = report(asks(log()), WINDOW, zone=TAIPEI, clock=closed_at_noon)

    assert made.clock == "business"
    assert made.by_actor.human.spread.median.value == 180.0


def test_an_empty_window_reports_nothing_rather_than_zero() -> None:
    spread = report([], WINDOW, zone=TAIPEI).by_actor.either.spread

    assert (spread.n, spread.answered_to_date, spread.mean, spread.settled) == (
        *(0, Estimate(None)),
        *(None, None),
    )
    assert spread.curve == ()
    assert spread.within[0] == Within(60, Estimate(None))


def test_a_closed_conversation_still_waits_and_is_shown() -> None:
    found = asks([received(0), sent(1, "agent", kind="close")])

    either = report(found, WINDOW, zone=TAIPEI).by_actor.either

    assert (either.closed_without_reply, either.open) == (1, 1)


def test_an_ask_that_was_closed_and_then_answered_had_no_reply() -> None:
    found = asks([received(0), sent(1, "agent", kind="close"), sent(2, "agent")])

    either = report(found, WINDOW, zone=TAIPEI).by_actor.either

    assert (either.closed_without_reply, either.spread.answered) == (0, 1)


@pytest.mark.parametrize(("later", "expected"), [([], 1), ([sent(2, "agent")], 0)])
def test_an_ask_that_needs_no_reply_is_not_counted_or_still_after_one(
    later: list[Event], expected: int
) -> None:
    found = asks([received(0), sent(1, "agent", kind="unneeded"), *later])

    assert report(found, WINDOW, zone=TAIPEI).by_actor.either.unneeded == expected


def test_the_order_of_the_asks_matters_to_a_report() -> None:
    assert report(asks(log())[::-1], WINDOW, zone=TAIPEI) == whole()


def test_settled_is_the_share_whose_verdict_can_no_longer_change() -> None:
    early = replace(WINDOW, as_of=at(DAY + 1))
    targets = Targets(sla_seconds=120)

    found = report(asks(log()), early, zone=TAIPEI, targets=targets)

    assert found.by_actor.either.spread.settled == pytest.approx(0.5)


def test_a_drawn_curve_is_short_and_keeps_its_ends() -> None:
    many = [
        event
        for i in range(3000)
        for event in (
            received(0, conversation=str(i)),
            sent(1 + i / 60, conversation=str(i), id=f"s{i}"),
        )
    ]

    points = report(asks(many), WINDOW, zone=TAIPEI).by_actor.either.spread.curve

    assert len(points) <= 402
    assert (points[0].waiting, points[-1].waiting, points[-1].seconds) == (1.0, 0.0, 3059.0)


def test_a_report_is_plain_json_with_instants_in_utc() -> None:
    plain = report_json(whole())

    assert json.loads(json.dumps(plain)) == plain
    assert plain["window"]["start_at"] == "2026-03-02T02:00:00Z"
    assert plain["days"][0]["day"] == "2026-03-02"
    assert plain["by_actor"]["human"]["spread"]["median"]["value"] == 600.0


def test_every_ask_is_a_row_that_opens_into_its_messages() -> None:
    handed_over = next(ask for ask in asks(log()) if ask.channel == "x")

    assert rows([handed_over], as_of=at(99)) == [
        {
            "ask": "x/B/customer2",
            "channel": "x",
            "surface": "dm",
            "conversation": "B",
            "post": None,
            "author": None,
            "status": "answered",
            "opened_at": at(2),
            "touched_at": at(3),
            "handed_over_at": at(3),
            "human_at": at(12),
            "closed_at": None,
            "answered_at": at(12),
            "withdrawn_at": None,
            "answered_by": "agent",
            "agent": "mei",
            "wait_seconds": 600.0,
            "first_touch_seconds": 60.0,
            "human_wait_seconds": 540.0,
            "first_in_thread": True,
            "messages": 1,
            "message_ids": "customer2",
            "answer_id": "agent12",
            "account": "",
            "intent": None,
            "language": None,
            "labels": "",
            "handoff_reason": None,
            "taken_at": None,
            "taken_by": None,
            "asked_again_at": None,
            "unneeded_at": None,
            "unneeded_by": None,
        }
    ]


def test_rows_become_a_file_with_one_line_each() -> None:
    lines = to_csv(rows(asks(log()), as_of=at(99))).splitlines()

    assert lines[0].startswith("\ufeffask,channel,")
    assert len(lines) == 1 + len(asks(log()))


def test_an_ask_can_be_listed_as_it_was() -> None:
    (ask,) = asks([received(0), sent(9)])

    (row,) = rows([ask], as_of=at(5))

    assert (row["status"], row["answered_at"], row["wait_seconds"]) == ("open", None, 300.0)
    assert isinstance(ask, Ask)
    assert row["opened_at"].tzinfo is UTC
