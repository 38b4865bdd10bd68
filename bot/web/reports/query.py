"""The filters in the address of a report: what it asks for, and addresses that ask for more."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Literal, TypeVar, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bot.config import Config
from bot.reports.behind import ACTORS, MEASURES
from bot.reports.choice import Choice, usual_start
from bot.reports.hours import Calendar, Clock
from bot.reports.only import Only
from bot.reports.report import Window
from bot.reports.targets import TARGETS
from bot.reports.waits import Actor, Measure
from bot.web.reports.spans import DAY, SPANS, days_of

Word = TypeVar("Word", bound=str)
LONGEST = 3660 * DAY
CLOCKS = ("calendar", "business")
SCOPES = ("every", "first")
LONGEST_WORD = 200
# The span before, or the one whole weeks before, whose weekdays are the same.
Compare = Literal["previous", "weeks", "none"]
COMPARES: tuple[Compare, ...] = get_args(Compare)
_WORDS = ("channel", "account", "intent", "language", "label", "agent", "reason", "topic")


class WrongFilter(ValueError):
    """A filter in the address means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What the address asks for. *last* is the last local day that counts; *as_of* is in UTC.

    *span* says that the days move with the calendar, as one of `spans.SPANS`; None: they stay.
    """

    first: date
    last: date
    as_of: datetime
    zone: ZoneInfo
    only: Only
    actor: Actor
    measure: Measure
    clock: str
    target: int
    compare: Compare
    span: str | None = None

    def choice(self, clock: Clock) -> Choice:
        """What to report on, measured by *clock*."""
        return Choice(
            window=self._window(self.first, self.last),
            compared=self._compared(),
            zone=self.zone,
            only=self.only,
            clock=clock,
            actor=self.actor,
            measure=self.measure,
            target_seconds=self.target,
        )

    @property
    def before(self) -> tuple[date, date] | None:
        """The first and last day of what this is compared with."""
        if self.compare == "none":
            return None
        span = self.last - self.first + DAY
        if self.compare == "weeks":
            span = timedelta(weeks=-(-span.days // 7))
        return self.first - span, self.last - span

    def link(self, path: str = "/reports", /, **changes: object) -> str:
        """An address with these filters and *changes*; a change to None leaves a filter out."""
        values: dict[str, object] = {
            **self._days(fixed=bool({"from", "to", "span"} & changes.keys())),
            **_said(self.only),
            "actor": self.actor if self.actor != "either" else None,
            "measure": self.measure if self.measure != "answer" else None,
            "clock": self.clock if self.clock != "calendar" else None,
            "target": self.target if self.target != 3600 else None,
            "compare": self.compare if self.compare != "previous" else None,
            **changes,
        }
        chosen = {key: str(value) for key, value in values.items() if value is not None}
        return f"{path}?{urlencode(chosen)}"

    def asks(self, figure: str, **changes: object) -> str:
        """The address of the asks that *figure* counts, as they were known to this report."""
        given = {"figure": figure, "as_of": self.as_of_text, **changes}
        return self.link("/reports/asks", **given)

    def asks_before(self, figure: str, **changes: object) -> str:
        """The address of the asks that *figure* counts among those this is compared with."""
        first, last = self.before or (self.first, self.last)
        return self.asks(figure, **{"from": first, "to": last, **changes})

    def week(self) -> dict[str, object]:
        """The days in which whoever waits at this instant has asked, for a link."""
        last = self.as_of.astimezone(self.zone).date()
        return {"from": last - 7 * DAY, "to": last, "actor": None, "measure": None}

    def file(self, name: str, figure: str = "all") -> str:
        """The address of the asks that *figure* counts, or their conversations, as a file."""
        return self.link(f"/reports/{name}", figure=figure, as_of=self.as_of_text)

    def of_day(self, day: date, figure: str) -> str:
        """The address of what *figure* counts among the asks of one day, whoever answered."""
        return self.asks(figure, actor=None, measure=None, **{"from": day, "to": day})

    def recent(self, days: int, path: str = "/reports") -> str:
        """The address of the last *days* days up to today."""
        return self.link(path, **{"from": None, "to": None, "span": f"{days}d"})

    def is_recent(self, days: int) -> bool:
        """Whether these are the last *days* days."""
        today = self.as_of.astimezone(self.zone).date()
        return self.last == today and self.first == today - (days - 1) * DAY

    @property
    def as_of_text(self) -> str:
        """The instant of the report, as an address says it."""
        return self.as_of.isoformat().replace("+00:00", "Z")

    def _days(self, *, fixed: bool) -> dict[str, object]:
        if self.span is not None and not fixed:
            return {"span": self.span}
        return {"from": self.first, "to": self.last}

    def _compared(self) -> Window | None:
        return None if self.before is None else self._window(*self.before)

    def _window(self, first: date, last: date) -> Window:
        return Window(
            start_at=_midnight(first, self.zone),
            end_at=_midnight(last + DAY, self.zone),
            as_of=self.as_of,
        )


def read(given: Mapping[str, str], config: Config, *, now: datetime) -> Query:
    """Read the filters of an address. Raises WrongFilter."""
    zone = config.brand.timezone
    as_of = _instant(given.get("as_of")) or now.replace(microsecond=0)
    first, last, span = _days(given, as_of, zone)
    if not timedelta() <= last - first <= LONGEST:
        raise WrongFilter("the days are in the wrong order, or too many")
    clock = _one_of(given.get("clock"), CLOCKS, "calendar")
    if clock == "business" and config.brand.hours is None:
        raise WrongFilter("the brand has no opening hours")
    return Query(
        first=first,
        last=last,
        as_of=as_of,
        zone=zone,
        only=_only(given),
        actor=_one_of(given.get("actor"), ACTORS, "either"),
        measure=_one_of(given.get("measure"), MEASURES, "answer"),
        clock=clock,
        target=_number(given.get("target"), 1, 7 * 86400) or 3600,
        compare=_one_of(given.get("compare"), COMPARES, "previous"),
        span=span,
    )


def clock_of(query: Query, config: Config) -> Clock:
    """The clock that the address asks for."""
    years = range((query.before or (query.first,))[0].year - 1, query.as_of.year + 2)
    hours = config.brand.opening_hours(years) if query.clock == "business" else None
    return hours or Calendar()


def midnight(at: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of the local day of *at*."""
    return _midnight(at.astimezone(zone).date(), zone)


def number(text: str | None, *, most: int) -> int | None:
    """Read a whole number from 1 to *most*, None if there is none. Raises WrongFilter."""
    return _number(text, 1, most)


def targets(query: Query) -> list[int]:
    """The targets that one may choose from, in seconds."""
    return sorted({*TARGETS, query.target})


def _days(
    given: Mapping[str, str], as_of: datetime, zone: ZoneInfo
) -> tuple[date, date, str | None]:
    """The days, and the span that they are. Days of the form that differ from it count more."""
    today = as_of.astimezone(zone).date()
    last = _day(given.get("to")) or today
    first = _day(given.get("from")) or usual_start(_midnight(last, zone), zone).date()
    span = _one_of(given.get("span"), SPANS, "")
    if not span:
        return first, last, None
    days = days_of(span, today)
    if ("from" in given or "to" in given) and (first, last) != days:
        return first, last, None
    return *days, span


def _only(given: Mapping[str, str]) -> Only:
    words = {name: given.get(name) or None for name in _WORDS}
    if any(word is not None and len(word) > LONGEST_WORD for word in words.values()):
        raise WrongFilter("too long")
    surface = given.get("surface")
    return Only(
        **words,
        surface=_one_of(surface, ("dm", "comment"), "dm") if surface else None,
        first=_one_of(given.get("scope"), SCOPES, "every") == "first",
        weekday=_number(given.get("weekday"), 0, 6),
        hour=_number(given.get("hour"), 0, 23),
    )


def _said(only: Only) -> dict[str, object]:
    values = {each.name: getattr(only, each.name) for each in fields(only) if each.name != "first"}
    return values | {"scope": "first" if only.first else None}


def _one_of(text: str | None, words: tuple[Word, ...], usual: Word) -> Word:
    if not text:
        return usual
    found = next((word for word in words if word == text), None)
    if found is None:
        raise WrongFilter(f"{text[:40]!r} is none of {', '.join(words)}")
    return found


def _number(text: str | None, least: int, most: int) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 9 and least <= int(text) <= most):
        raise WrongFilter(f"{text[:40]!r} is no whole number from {least} to {most}")
    return int(text)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as exc:
        raise WrongFilter(f"{text[:40]!r} is no day such as 2026-11-26") from exc
    if not 1990 <= day.year <= 9000:
        raise WrongFilter(f"{text[:40]!r} is no day such as 2026-11-26")
    return day


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as exc:
        raise WrongFilter(f"{text[:40]!r} is no instant such as 2026-11-26T09:00:00Z") from exc
    if instant.tzinfo is None or not 1990 <= instant.year <= 9000:
        raise WrongFilter(f"{text[:40]!r} is no instant such as 2026-11-26T09:00:00Z")
    return instant.astimezone(UTC)
