"""Days that move with the calendar: "the last 7 days", "last month"."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

DAY = timedelta(days=1)


def days_of(span: str, today: date) -> tuple[date, date]:
    """The first and last day of *span*, one of SPANS, as seen on *today*."""
    return _SPANS[span](today)


def _last(days: int) -> Callable[[date], tuple[date, date]]:
    return lambda today: (today - (days - 1) * DAY, today)


def _yesterday(today: date) -> tuple[date, date]:
    return today - DAY, today - DAY


def _week(today: date) -> tuple[date, date]:
    monday = today - today.weekday() * DAY
    return monday - 7 * DAY, monday - DAY


def _month(today: date) -> tuple[date, date]:
    last = today.replace(day=1) - DAY
    return last.replace(day=1), last


_SPANS: Mapping[str, Callable[[date], tuple[date, date]]] = {
    "yesterday": _yesterday,
    "7d": _last(7),
    "28d": _last(28),
    "90d": _last(90),
    "365d": _last(365),
    "week": _week,
    "month": _month,
}
SPANS = tuple(_SPANS)
