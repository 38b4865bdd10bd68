"""The filters in the address of a report: what it asks for, and addresses that ask for more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bot.config import Config
from bot.reports.behind import ACTORS
from bot.reports.choice import Choice, usual_start
from bot.reports.hours import Calendar, Clock
from bot.reports.report import Window
from bot.reports.waits import Actor

DAY = timedelta(days=1)
LONGEST = 3660 * DAY
CLOCKS = ("calendar", "business")


class WrongFilter(ValueError):
    """A filter in the address means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What the address asks for. *last* is the last local day that counts; *as_of* is in UTC."""

    first: date
    last: date
    as_of: datetime
    zone: ZoneInfo
    channel: str | None
    actor: Actor
    clock: str

    def choice(self, clock: Clock) -> Choice:
        """What to report on, measured by *clock*."""
        window = Window(
            start_at=_midnight(self.first, self.zone),
            end_at=_midnight(self.last + DAY, self.zone),
            as_of=self.as_of,
        )
        return Choice(window=window, zone=self.zone, channel=self.channel, clock=clock)

    def link(self, path: str = "/reports", /, **changes: object) -> str:
        """An address with these filters and *changes*; a change to None leaves a filter out."""
        values: dict[str, object] = {
            "from": self.first,
            "to": self.last,
            "channel": self.channel,
            "actor": self.actor if self.actor != "either" else None,
            "clock": self.clock if self.clock != "calendar" else None,
            **changes,
        }
        chosen = {key: str(value) for key, value in values.items() if value is not None}
        return f"{path}?{urlencode(chosen)}"

    def asks(self, figure: str, **changes: object) -> str:
        """The address of the asks that *figure* counts, as they were known to this report."""
        given = {"figure": figure, "as_of": self.as_of_text, **changes}
        return self.link("/reports/asks", **given)

    def asks_csv(self, figure: str) -> str:
        """The address of the same asks as a file."""
        return self.link("/reports/asks.csv", figure=figure, as_of=self.as_of_text)

    def of_day(self, day: date, figure: str) -> str:
        """The address of what *figure* counts among the asks of one day, whoever answered."""
        return self.asks(figure, actor=None, **{"from": day, "to": day})

    def recent(self, days: int) -> str:
        """The address of the last *days* days up to today."""
        today = self.as_of.astimezone(self.zone).date()
        return self.link(**{"from": today - (days - 1) * DAY, "to": today})

    def is_recent(self, days: int) -> bool:
        """Whether these are the last *days* days."""
        today = self.as_of.astimezone(self.zone).date()
        return self.last == today and self.first == today - (days - 1) * DAY

    @property
    def as_of_text(self) -> str:
        """The instant of the report, as an address says it."""
        return self.as_of.isoformat().replace("+00:00", "Z")


def read(given: Mapping[str, str], config: Config, *, now: datetime) -> Query:
    """Read the filters of an address. Raises WrongFilter."""
    zone = config.brand.timezone
    as_of = _instant(given.get("as_of")) or now.replace(microsecond=0)
    last = _day(given.get("to")) or as_of.astimezone(zone).date()
    first = _day(given.get("from")) or usual_start(_midnight(last, zone), zone).date()
    if not timedelta() <= last - first <= LONGEST:
        raise WrongFilter("the days are in the wrong order, or too many")
    actor = given.get("actor") or "either"
    clock = given.get("clock") or "calendar"
    if actor not in ACTORS or clock not in CLOCKS:
        raise WrongFilter("no such actor or clock")
    if clock == "business" and config.brand.hours is None:
        raise WrongFilter("the brand has no opening hours")
    return Query(
        first=first,
        last=last,
        as_of=as_of,
        zone=zone,
        channel=given.get("channel") or None,
        actor=actor,
        clock=clock,
    )


def clock_of(query: Query, config: Config) -> Clock:
    """The clock that the address asks for."""
    years = range(query.first.year - 1, query.as_of.year + 2)
    hours = config.brand.opening_hours(years) if query.clock == "business" else None
    return hours or Calendar()


def midnight(at: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of the local day of *at*."""
    return _midnight(at.astimezone(zone).date(), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as exc:
        raise WrongFilter("no such day") from exc
    if not 1971 <= day.year <= 9000:
        raise WrongFilter("no such day")
    return day


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as exc:
        raise WrongFilter("no such instant") from exc
    if instant.tzinfo is None or not 1971 <= instant.year <= 9000:
        raise WrongFilter("no such instant")
    return instant.astimezone(UTC)
