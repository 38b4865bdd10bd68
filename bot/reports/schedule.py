"""When a report is due that comes every day, week or month."""

from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


def last_due(
    every: Literal["day", "week", "month"], *, hour: int, zone: ZoneInfo, now: datetime
) -> tuple[date, datetime]:
    """Find the last due day up to *now*, and its instant in UTC.

    A week's day is Monday, a month's the first. An hour that a clock change skips or repeats is
    taken as `datetime` does with fold=0.
    """
    first = _first(every, now.astimezone(zone).date())
    at = _instant(first, hour, zone)
    if at > now:
        first = _first(every, first - _DAY)
        at = _instant(first, hour, zone)
    return first, at


def _first(every: str, day: date) -> date:
    match every:
        case "week":
            return day - day.weekday() * _DAY
        case "month":
            return day.replace(day=1)
        case _:
            return day


def _instant(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=zone).astimezone(UTC)
