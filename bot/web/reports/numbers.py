"""How figures read: in the reader's language, with their interval."""

from dataclasses import dataclass
from typing import Literal

from babel.numbers import format_decimal, format_percent

from bot.reports.change import Change
from bot.reports.durations import two_units
from bot.reports.estimate import Estimate
from bot.web.words import LOCALES, Words

Sort = Literal["share", "duration"]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Speak one language."""

    t: Words

    def count(self, number: int) -> str:
        """A whole number."""
        return format_decimal(number, locale=LOCALES[self.t.language])

    def decimal(self, number: float | None) -> str:
        """A number with one decimal."""
        if number is None:
            return self.t("reports.none")
        return format_decimal(number, "#,##0.0", locale=LOCALES[self.t.language])

    def share(self, share: float | None) -> str:
        """A share, 0 to 1, in percent."""
        if share is None:
            return self.t("reports.none")
        return format_percent(share, "0.0%", locale=LOCALES[self.t.language])

    def duration(self, seconds: float | None) -> str:
        """Seconds in their two largest units."""
        if seconds is None:
            return self.t("reports.none")
        return " ".join(
            f"{count} {self.t(f'reports.unit.{unit}')}" for count, unit in two_units(seconds)
        )

    def value(self, estimate: Estimate, sort: Sort) -> str:
        """The value alone; a duration that too few have reached says so."""
        if estimate.value is None and sort == "duration":
            return self.t("reports.not_reached")
        return self._say(estimate.value, sort)

    def interval(self, estimate: Estimate, sort: Sort) -> str:
        """The 95 % interval; open above where the data do not end it."""
        low, high = estimate.low, estimate.high
        if low is None and high is None:
            return self.t("reports.no_interval")
        if high is None:
            return self.t("reports.at_least", low=self._say(low, sort))
        if low is None:
            return self.t("reports.at_most", high=self._say(high, sort))
        return self.t("reports.interval", low=self._say(low, sort), high=self._say(high, sort))

    def change(self, change: Change, words: str = "change") -> str:
        """A difference of shares in percentage points, with its interval; *words* name its kind."""
        points = {
            "value": self._points(change.value),
            "low": self._points(change.low),
            "high": self._points(change.high),
        }
        verdict = "clear" if change.is_clear else "unclear"
        return self.t(f"reports.{words}.{verdict}", **points)

    def _points(self, share: float) -> str:
        return format_decimal(share * 100, "+0.0;-0.0", locale=LOCALES[self.t.language])

    def _say(self, value: float | None, sort: Sort) -> str:
        return self.share(value) if sort == "share" else self.duration(value)
