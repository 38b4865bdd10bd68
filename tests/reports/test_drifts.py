"""Alarms: raised for a drift, once, and whatever the order in which things became known."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.ask import Ask
from bot.reports.drifts import Alarm, Rules, alarms, steps, watched_from
from bot.reports.hours import Calendar, Clock, OpeningHours
from bot.reports.schedule import last_due
from bot.reports.verdicts import Verdict, verdicts
from bot.reports.waits import measured

TAIPEI = ZoneInfo("Asia/Taipei")
MONDAY = datetime(2026, 3, 2, tzinfo=TAIPEI).astimezone(UTC)
DAY = timedelta(days=1)
HOUR = 3600


def ask(id: int, opened_at: datetime, answered_after: float | None) -> Ask:
    answered = None if answered_after is None else opened_at + timedelta(seconds=answered_after)
    return Ask(
        channel="line",
        surface="dm",
        conversation=f"c{id}",
        post=None,
        author=None,
        message_ids=(f"m{id}",),
        opened_at=opened_at,
        expires_at=opened_at + 7 * DAY,
        first_in_thread=True,
        answered_at=answered,
        answered_by=None if answered is None else "agent",
    )


def weeks(luck: Random, days: int, *, late: float, a_day: int = 30, first: int = 0) -> list[Ask]:
    """Asks of some days from `MONDAY` on, of which a share is answered late or never."""
    return [
        ask(
            (first + day) * 1000 + place,
            MONDAY + (first + day) * DAY + timedelta(seconds=luck.uniform(0, 86399)),
            luck.choice([2 * HOUR, None]) if luck.random() < late else luck.uniform(0, HOUR),
        )
        for day in range(days)
        for place in range(a_day)
    ]


def told(asks: list[Ask], as_of: datetime, clock: Clock | None = None) -> list[Verdict]:
    clock = clock or Calendar()
    known = [each.known(as_of) for each in asks if each.opened_at <= as_of]
    return verdicts(measured(known, as_of=as_of, clock=clock), target_seconds=HOUR, clock=clock)


def raised(asks: list[Ask], as_of: datetime, rules: Rules | None = None) -> list[Alarm]:
    return alarms(told(asks, as_of), since=MONDAY + 28 * DAY, zone=TAIPEI, rules=rules)


def gist(found: list[Alarm]) -> list[tuple[datetime, datetime, float, list[str]]]:
    return [
        (each.began_at, each.raised_at, each.usual, [one.asked.ask.id for one in each.verdicts])
        for each in found
    ]


def test_a_drift_goes_unnoticed_or_is_told_twice() -> None:
    luck = Random(4)
    asks = weeks(luck, 30, late=0.1) + weeks(luck, 3, late=0.8, first=30)

    (alarm,) = raised(asks, MONDAY + 33 * DAY)

    assert MONDAY + 30 * DAY - DAY < alarm.began_at < alarm.raised_at < MONDAY + 31 * DAY
    assert alarm.ended_at is None
    assert 0.04 < alarm.usual < 0.25
    assert sum(each.late for each in alarm.verdicts) / len(alarm.verdicts) > 0.4


def test_a_second_drift_after_the_first_is_over_is_not_told() -> None:
    luck = Random(4)
    asks = (
        weeks(luck, 30, late=0.1)
        + weeks(luck, 1, late=0.9, first=30)
        + weeks(luck, 4, late=0.0, first=31)
        + weeks(luck, 1, late=0.9, first=35)
    )

    first, second = raised(asks, MONDAY + 36 * DAY)

    assert first.ended_at is not None
    assert first.ended_at < second.began_at < second.raised_at


def test_two_alarms_come_closer_than_the_quiet_time() -> None:
    luck = Random(9)
    asks = weeks(luck, 28, late=0.1) + weeks(luck, 12, late=0.35, first=28, a_day=60)
    quick = Rules(quiet=timedelta(), limit=1.0)

    often = raised(asks, MONDAY + 40 * DAY, quick)
    seldom = raised(asks, MONDAY + 40 * DAY, replace(quick, quiet=2 * DAY))

    assert len(often) > len(seldom) > 1
    gaps = [b.raised_at - a.raised_at for a, b in pairwise(seldom)]
    assert min(gaps) >= 2 * DAY


@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_an_alarm(seed: int, shuffle: Random) -> None:
    luck = Random(seed)
    asks = weeks(luck, 28, late=0.1, a_day=6) + weeks(luck, 5, late=0.5, first=28, a_day=20)
    expected = gist(raised(asks, MONDAY + 33 * DAY, Rules(limit=2.0)))

    shuffle.shuffle(asks)

    assert gist(raised(asks, MONDAY + 33 * DAY, Rules(limit=2.0))) == expected


@given(st.integers(0, 10**6), st.floats(28, 34), st.floats(0, 3))
def test_a_later_look_takes_back_what_was_told(seed: int, day: float, more: float) -> None:
    luck = Random(seed)
    asks = weeks(luck, 28, late=0.2, a_day=6) + weeks(luck, 9, late=0.5, first=28, a_day=20)
    for at in range(0, len(asks), 7):
        # Unsent, some of them after they were late.
        unsent = asks[at].opened_at + timedelta(seconds=luck.uniform(0, 3 * HOUR))
        if asks[at].answered_at is None:
            asks[at] = asks[at]._replace(withdrawn_at=unsent)
    early, late = MONDAY + day * DAY, MONDAY + (day + more) * DAY
    rules = Rules(limit=2.0, quiet=timedelta(hours=3))

    before = gist(raised(asks, early, rules))

    assert before == [each for each in gist(raised(asks, late, rules)) if each[1] <= early]


def test_what_is_usual_at_night_raises_an_alarm_each_night() -> None:
    nights = [
        ask(day * 100 + place, MONDAY + day * DAY + timedelta(minutes=place), 8 * HOUR)
        for day in range(36)
        for place in range(15)
    ]
    days = [
        ask(10_000 + day * 100 + place, MONDAY + day * DAY + timedelta(hours=12, minutes=place), 60)
        for day in range(36)
        for place in range(60)
    ]

    assert raised(nights + days, MONDAY + 36 * DAY) == []


def test_a_brand_without_a_past_is_alarmed() -> None:
    young = [each for each in weeks(Random(1), 30, late=0.9) if each.opened_at > MONDAY + 27 * DAY]

    assert raised(young[:60], MONDAY + 29 * DAY) == []


def test_an_ask_is_late_before_its_target_is_over_by_the_brands_clock() -> None:
    shift = (time(9), time(18))
    hours = OpeningHours(zone=TAIPEI, weekly=dict.fromkeys(range(7), (shift,)))
    late = ask(1, MONDAY + timedelta(hours=17, minutes=30), None)

    (verdict,) = told([late], MONDAY + 2 * DAY, hours)

    due = MONDAY + DAY + timedelta(hours=9, minutes=30)
    assert timedelta() < verdict.at - due < timedelta(milliseconds=1)
    assert [each.at for each in told([late], verdict.at, hours)] == [verdict.at]
    assert told([late], due, hours) == []


@given(st.floats(0.02, 0.98), st.floats(1.5, 4))
def test_an_ask_in_time_raises_the_sum_or_a_late_one_lowers_it(usual: float, times: float) -> None:
    late, in_time = steps(usual, times)

    assert in_time < 0 < late


@pytest.mark.parametrize(
    ("every", "now", "day"),
    [
        ("day", "2026-03-12T08:59:59", "2026-03-11"),
        ("day", "2026-03-12T09:00:00", "2026-03-12"),
        ("week", "2026-03-09T08:00:00", "2026-03-02"),
        ("week", "2026-03-15T23:00:00", "2026-03-09"),
        ("month", "2026-03-01T08:00:00", "2026-02-01"),
        ("month", "2026-01-01T08:59:00", "2025-12-01"),
        ("month", "2026-03-31T08:00:00", "2026-03-01"),
    ],
)
def test_a_mail_is_due_on_another_day(every: str, now: str, day: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=TAIPEI).astimezone(UTC)

    found, instant = last_due(every, hour=9, zone=TAIPEI, now=at)  # type: ignore[arg-type]

    assert found.isoformat() == day
    assert instant == datetime.fromisoformat(f"{day}T09:00:00+08:00")


@given(st.integers(0, 3 * 365 * 24 * 60), st.integers(0, 23))
@pytest.mark.parametrize("every", ["day", "week", "month"])
@pytest.mark.parametrize("zone", ["Asia/Taipei", "Europe/London", "America/New_York"])
def test_a_period_has_two_mails_or_none(every: str, zone: str, minute: int, hour: int) -> None:
    where, at = ZoneInfo(zone), MONDAY + timedelta(minutes=minute)

    day, due_at = last_due(every, hour=hour, zone=where, now=at)  # type: ignore[arg-type]

    assert due_at <= at
    assert last_due(every, hour=hour, zone=where, now=due_at) == (day, due_at)  # type: ignore[arg-type]
    longest = {"day": 1, "week": 7, "month": 31}[every] * DAY + timedelta(hours=2)
    assert at - due_at <= longest


def test_sums_begin_in_the_middle_of_a_week() -> None:
    at = datetime(2026, 3, 12, 3, tzinfo=UTC)

    assert watched_from(at, TAIPEI) == datetime(2026, 3, 2, tzinfo=TAIPEI)
