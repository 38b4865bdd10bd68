"""When customers write: asks per weekday and hour, divided by the hours there really were."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Count one local weekday (Monday is 0) and hour; the clocks may give it 0.5 or 2 hours."""

    weekday: int
    hour: int
    asks: int
    exposure_hours: float

    @property
    def per_hour(self) -> float:
        """Divide the asks by the exposure."""
        return self.asks / self.exposure_hours


def heatmap(
    opened: Iterable[datetime], *, start_at: datetime, end_at: datetime, zone: ZoneInfo
) -> list[Cell]:
    """Count the instants of [start_at, end_at); cells with no exposure are absent."""
    start_at, end_at = start_at.astimezone(UTC), end_at.astimezone(UTC)
    counts = Counter(_cell(at.astimezone(zone)) for at in opened if start_at <= at < end_at)
    exposure: dict[tuple[int, int], timedelta] = {}
    at = start_at
    while at < end_at:
        local = at.astimezone(zone)
        until = min(end_at, at + _HOUR - _past_the_hour(local))
        exposure[_cell(local)] = exposure.get(_cell(local), timedelta()) + (until - at)
        at = until
    return [
        Cell(weekday=weekday, hour=hour, asks=counts[weekday, hour], exposure_hours=time / _HOUR)
        for (weekday, hour), time in sorted(exposure.items())
    ]


def _cell(local: datetime) -> tuple[int, int]:
    return local.weekday(), local.hour


def _past_the_hour(local: datetime) -> timedelta:
    return timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
