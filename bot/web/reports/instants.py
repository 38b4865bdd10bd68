"""Instants and days in the brand's zone, in the reader's language."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from bot.web.words import LOCALES

_MONDAY = date(2026, 3, 2)


class At:
    """Instants in one zone and language."""

    def __init__(self, zone: ZoneInfo, language: str) -> None:
        self._zone = zone
        self._locale = LOCALES[language]

    def full(self, at: datetime) -> str:
        """Day and time, to the second."""
        return format_datetime(at, "yyyy-MM-dd HH:mm:ss", tzinfo=self._zone, locale=self._locale)

    def short(self, at: datetime) -> str:
        """Day and time, to the minute."""
        return format_datetime(at, "M/d HH:mm", tzinfo=self._zone, locale=self._locale)

    def hour(self, at: datetime) -> str:
        """Weekday, day and full hour."""
        return format_datetime(at, "EEE M/d HH:mm", tzinfo=self._zone, locale=self._locale)

    def day(self, day: date) -> str:
        """A day with its weekday."""
        return format_date(day, "yyyy-MM-dd (EEE)", locale=self._locale)

    def short_day(self, day: date) -> str:
        """A day for an axis: 11/23."""
        return f"{day.month}/{day.day}"

    def weekday(self, weekday: int) -> str:
        """The name of a weekday, Monday being 0."""
        return format_date(_MONDAY + timedelta(days=weekday), "EEE", locale=self._locale)
