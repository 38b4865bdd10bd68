"""Opening hours: nights, holidays, special days and the two days a year when clocks jump."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.hours import Calendar, OpeningHours, Period, public_holidays

TAIPEI = ZoneInfo("Asia/Taipei")
NEW_YORK = ZoneInfo("America/New_York")
DAILY: tuple[Period, ...] = ((time(9), time(12)), (time(13), time(18)))
NIGHT: tuple[Period, ...] = ((time(22), time(6)),)
WHOLE_DAY: tuple[Period, ...] = ((time(0), time(0)),)


def taipei(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=TAIPEI)


def week(periods: tuple[Period, ...], zone: ZoneInfo = TAIPEI) -> OpeningHours:
    return OpeningHours(zone=zone, weekly=dict.fromkeys(range(7), periods))


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (taipei(2, 10), taipei(2, 11), 1),
        (taipei(2, 11), taipei(2, 14), 2),
        (taipei(2, 12), taipei(2, 13), 0),
        (taipei(2, 17), taipei(3, 10), 2),
        (taipei(2, 20), taipei(2, 23), 0),
        (taipei(2, 0), taipei(4, 0), 16),
        (taipei(2, 11), taipei(2, 10), 0),
    ],
)
def test_only_open_hours_count(start: datetime, end: datetime, hours: float) -> None:
    assert week(DAILY).seconds(start, end) == hours * 3600


def test_a_night_shift_belongs_to_the_day_it_starts_on() -> None:
    hours = OpeningHours(
        zone=TAIPEI,
        weekly=dict.fromkeys(range(7), NIGHT),
        holidays=frozenset({date(2026, 3, 3)}),
    )

    assert hours.seconds(taipei(3, 0), taipei(4, 0)) == 6 * 3600
    assert hours.seconds(taipei(4, 0), taipei(5, 0)) == 2 * 3600


def test_a_new_schedule_changes_what_was_open_before_it() -> None:
    hours = OpeningHours(
        zone=TAIPEI,
        weekly=dict.fromkeys(range(7), DAILY),
        earlier={
            date(2026, 3, 4): dict.fromkeys(range(7), NIGHT),
            date(2026, 3, 2): {},
        },
    )

    assert hours.seconds(taipei(1, 0), taipei(2, 0)) == 0
    # The last night began under the old schedule and ends under the new one.
    assert hours.seconds(taipei(3, 12), taipei(4, 9)) == 8 * 3600
    assert hours.seconds(taipei(4, 9), taipei(5, 9)) == 8 * 3600
    assert hours.is_open(taipei(2, 23))
    assert not hours.is_open(taipei(4, 23))


def test_special_hours_replace_weekday_and_holiday() -> None:
    hours = OpeningHours(
        zone=TAIPEI,
        weekly=dict.fromkeys(range(7), DAILY),
        holidays=frozenset({date(2026, 3, 3)}),
        special={date(2026, 3, 3): ((time(10), time(11)),), date(2026, 3, 4): ()},
    )

    assert hours.seconds(taipei(3, 0), taipei(5, 0)) == 3600


def test_shifts_that_overlap_are_not_counted_twice() -> None:
    assert week(((time(9), time(12)), (time(11), time(13)))).seconds(
        taipei(2, 0), taipei(3, 0)
    ) == pytest.approx(4 * 3600)
    assert week(((time(5), time(7)), *NIGHT)).seconds(taipei(2, 0), taipei(3, 0)) == 9 * 3600


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 7, 1), 24)],
)
def test_a_day_has_the_hours_it_really_had(day: date, hours: int) -> None:
    start = datetime.combine(day, time(0), NEW_YORK)
    end = datetime.combine(day + timedelta(days=1), time(0), NEW_YORK)

    assert week(WHOLE_DAY, NEW_YORK).seconds(start, end) == hours * 3600
    assert Calendar().seconds(start, end) == hours * 3600


def test_opening_inside_the_gap_takes_the_offset_before_it() -> None:
    hours = week(((time(2, 30), time(5)),), NEW_YORK)

    # 02:30 EST is 03:30 EDT.
    assert hours.shifts(date(2026, 3, 8)) == (
        (datetime(2026, 3, 8, 7, 30, tzinfo=UTC), datetime(2026, 3, 8, 9, tzinfo=UTC)),
    )


def test_closing_at_a_repeated_time_is_its_first_occurrence() -> None:
    ((_, closes_at),) = week(((time(0), time(1, 30)),), NEW_YORK).shifts(date(2026, 11, 1))

    assert closes_at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_brand_that_never_opens_makes_nobody_wait() -> None:
    assert OpeningHours(zone=TAIPEI, weekly={}).seconds(taipei(2, 0), taipei(9, 0)) == 0


def test_open_from_the_opening_instant_until_before_the_closing_one() -> None:
    hours = week(NIGHT)

    assert [hours.is_open(taipei(2, hour)) for hour in (5, 6, 21, 22, 23)] == [
        *(True, False, False),
        *(True, True),
    ]


def test_the_calendar_never_runs_backwards() -> None:
    assert Calendar().seconds(taipei(2, 1), taipei(2, 0)) == 0


@given(
    st.sampled_from([TAIPEI, NEW_YORK, ZoneInfo("Australia/Lord_Howe")]),
    st.lists(st.tuples(st.times(), st.times()), max_size=3),
    st.lists(st.floats(0, 60), min_size=3, max_size=3),
)
def test_two_parts_of_a_wait_add_up_to_the_whole(
    zone: ZoneInfo, periods: list[Period], days: list[float]
) -> None:
    first, middle, last = (taipei(1, 0) + timedelta(days=after) for after in sorted(days))
    hours = week(tuple(periods), zone)
    whole = hours.seconds(first, last)

    assert hours.seconds(first, middle) + hours.seconds(middle, last) == pytest.approx(whole)
    assert 0 <= whole <= Calendar().seconds(first, last)


def test_taiwan_has_its_holidays_of_2026() -> None:
    days = public_holidays("TW", [2026])

    assert {date(2026, 2, 20), date(2026, 9, 28), date(2026, 12, 25)} <= days
    assert date(2026, 3, 3) not in days
