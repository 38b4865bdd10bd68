"""Heat map, staffing and alarm: figures for planning the week."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.reports.alarm import Drift, drift
from bot.reports.heatmap import Cell, heatmap
from bot.reports.staffing import Staffing, staffing

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("day", "zone", "exposure"),
    [
        ((2026, 3, 8), "America/New_York", {1: 1.0, 3: 1.0}),
        ((2026, 11, 1), "America/New_York", {0: 1.0, 1: 2.0, 2: 1.0}),
        ((2026, 4, 5), "Australia/Lord_Howe", {1: 1.5, 2: 1.0}),
        ((2026, 10, 4), "Australia/Lord_Howe", {1: 1.0, 2: 0.5}),
    ],
)
def test_a_cell_has_the_hours_the_clocks_gave_it(
    day: tuple[int, int, int], zone: str, exposure: dict[int, float]
) -> None:
    midnight = datetime(*day, tzinfo=ZoneInfo(zone))

    cells = heatmap([], start_at=midnight, end_at=midnight.replace(hour=4), zone=ZoneInfo(zone))

    hours = {cell.hour: cell.exposure_hours for cell in cells}
    assert {hour: hours.get(hour) for hour in exposure} == exposure
    assert (2 in hours) is (day != (2026, 3, 8))


def test_a_part_of_an_hour_is_a_part_of_the_exposure() -> None:
    start, end = datetime(2026, 3, 2, 9, 45, tzinfo=UTC), datetime(2026, 3, 2, 10, 30, tzinfo=UTC)

    cells = heatmap([start, end], start_at=start, end_at=end, zone=ZoneInfo("UTC"))

    assert cells == [
        Cell(weekday=0, hour=9, asks=1, exposure_hours=0.25),
        Cell(weekday=0, hour=10, asks=0, exposure_hours=0.5),
    ]
    assert cells[0].per_hour == 4.0


def test_a_team_with_more_work_than_hands_makes_everybody_wait_for_ever() -> None:
    assert staffing(
        chats_per_hour=60, handling_seconds=240, agents=4, target_seconds=60
    ) == Staffing(
        offered_erlangs=4.0,
        waiting_share=1.0,
        within_target=0.0,
        mean_wait_seconds=None,
        occupancy=1.0,
    )


def test_nobody_waits_when_nobody_writes() -> None:
    quiet = staffing(chats_per_hour=0, handling_seconds=240, agents=1, target_seconds=60)

    assert (quiet.waiting_share, quiet.within_target, quiet.mean_wait_seconds) == (0.0, 1.0, 0.0)


def test_a_rate_on_target_never_alarms_and_good_days_save_nothing_up() -> None:
    assert drift([0.1, 0.0, 0.1], target=0.1, slack=0.0, limit=0.5) == Drift((0.0, 0.0, 0.0), None)
    assert drift([0.0, 0.0, 0.7], target=0.1, slack=0.0, limit=0.5).first_alarm == 2
    assert drift([0.6], target=0.1, slack=0.0, limit=0.5).first_alarm is None
