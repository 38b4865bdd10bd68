"""The response times in an export as one page to forward: nothing in it is fetched or run."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from babel.dates import format_date, format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.exports.export import Export
from bot.exports.limits import limits
from bot.exports.outcome import FEWEST, Hour, Outcome
from bot.exports.periods import Unit, periods, unit_of
from bot.exports.titles import Titles
from bot.reports.estimate import Estimate
from bot.reports.waits import Measured, answer_waits
from bot.web.reports import charts
from bot.web.reports.numbers import Numbers, Sort
from bot.web.words import LOCALES, Words, words

_TEMPLATES = Path(__file__).with_name("templates")
_WAITING = 10
_TEXTS = 5
_TEXT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One hour of the day; *y* and *height* None where too few asks tell nothing."""

    hour: Hour
    x: float
    width: float
    y: float | None
    height: float | None

    @property
    def middle(self) -> float:
        """Where the label goes."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Somebody whom nobody answered."""

    who: str
    asked: str
    waited: str
    state: str


class Says:
    """Figures and times in the reader's language, no finer than the export's own times."""

    def __init__(self, t: Words, outcome: Outcome, *, resolution_seconds: int) -> None:
        self._t = t
        self._zone = outcome.zone
        self._numbers = Numbers(t)
        self._coarse = resolution_seconds
        self.locale = LOCALES[t.language]

    def duration(self, seconds: float | None) -> str:
        """A wait; None was never reached."""
        if seconds is None:
            return self._t("history.not_reached")
        if self._coarse >= 60 and seconds < self._coarse:
            return self._t("history.under_minute")
        return self._numbers.duration(seconds)

    def share(self, share: float | None) -> str:
        """A share in percent."""
        return self._numbers.share(share)

    def count(self, number: int) -> str:
        """A whole number."""
        return self._numbers.count(number)

    def interval(self, estimate: Estimate, sort: Sort) -> str:
        """The 95 % interval."""
        return self._numbers.interval(estimate, sort)

    def at(self, at: datetime) -> str:
        """Day and time to the minute."""
        return format_datetime(at, "yyyy-MM-dd HH:mm", tzinfo=self._zone, locale=self.locale)

    def day(self, day: date) -> str:
        """A day with its weekday."""
        return format_date(day, "yyyy-MM-dd (EEE)", locale=self.locale)


def page(export: Export, outcome: Outcome, *, language: str, names: bool) -> str:
    """The page as HTML; customers by their initials unless *names*."""
    t = words(language)
    says = Says(t, outcome, resolution_seconds=export.facts.resolution_seconds)
    style = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    unit = unit_of(outcome)
    of_periods = periods(outcome, unit)
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(
        t=t,
        says=says,
        export=export,
        outcome=outcome,
        brand=export.brand.name,
        spread=outcome.either,
        hour=next(each.share for each in outcome.either.within if each.seconds == 3600),
        charts=charts,
        curve=charts.curve_chart([("either", outcome.either.curve)], "either"),
        curve_table=charts.curve_table(answer_waits(_counted(outcome))),
        bars=_bars(outcome.hours),
        worst=", ".join(
            f"{hours_of(each)} ({says.share(each.within_hour.value)})"
            for each in outcome.worst_hours
        ),
        hours_of=hours_of,
        fewest=FEWEST,
        unit=unit,
        periods=of_periods,
        days=charts.day_chart(of_periods),
        label=lambda day: _label(day, unit),
        waiting=list(_waiting(export, outcome, t, says, names=names)),
        counted=list(_counted_how(export, outcome, t, says)),
        limits=[t(f"history.limit.{key}") for key in limits(export)],
        style=Markup(style),  # noqa: S704 - our own file
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )


def hours_of(hour: Hour) -> str:
    """An hour of the day, from when to when."""
    return f"{hour.hour:02}:00\N{EN DASH}{(hour.hour + 1) % 24:02}:00"


def _counted(outcome: Outcome) -> list[Measured]:
    return [each for each in outcome.cohort if each.status != "withdrawn"]


def _bars(hours: Sequence[Hour]) -> list[Bar]:
    slot = (charts.WIDTH - charts.LEFT - 12) / len(hours)
    plot = charts.HEIGHT - charts.TOP - charts.BOTTOM
    bars = []
    for place, hour in enumerate(hours):
        share = hour.within_hour.value if hour.n >= FEWEST else None
        height = None if share is None else round(max(plot * share, 1), 1)
        bars.append(
            Bar(
                hour=hour,
                x=round(charts.LEFT + slot * (place + 0.12), 1),
                width=round(slot * 0.76, 1),
                y=None if height is None else round(charts.HEIGHT - charts.BOTTOM - height, 1),
                height=height,
            )
        )
    return bars


def _label(day: date, unit: Unit) -> str:
    return f"{day.year}/{day.month}" if unit == "month" else f"{day.month}/{day.day}"


def _waiting(
    export: Export, outcome: Outcome, t: Words, says: Says, *, names: bool
) -> Iterator[Waiting]:
    listed = outcome.waiting[:_WAITING]
    titles = Titles(export, {each.ask.conversation for each in listed}, names=names)
    for each in listed:
        yield Waiting(
            who=titles.of(each.ask.conversation),
            asked=says.at(each.ask.opened_at),
            waited=says.duration(each.seconds),
            state=t(f"history.waiting.{each.status}"),
        )


def _counted_how(export: Export, outcome: Outcome, t: Words, says: Says) -> Iterator[str]:
    automatic, brand = export.automatic, export.brand
    yield t("history.counted.ask")
    yield t("history.counted.light")
    yield t("history.counted.km")
    if export.format.names_agents or brand.given:
        yield t("history.counted.brand_given", brand=brand.name)
    else:
        yield t(
            "history.counted.brand",
            brand=brand.name,
            present=says.count(brand.present),
            conversations=says.count(brand.conversations),
        )
    texts = [*automatic.patterns, *sorted(automatic.texts, key=lambda text: -automatic.texts[text])]
    if texts:
        yield t("history.counted.automatic", texts=_quoted(texts))
    else:
        yield t("history.counted.automatic_none")
    if automatic.suspects:
        yield t("history.counted.suspects", texts=_quoted(list(automatic.suspects)))
    if automatic.broadcasts:
        yield t("history.counted.broadcasts", n=says.count(len(automatic.broadcasts)))
    if export.facts.unread:
        yield t("history.counted.unread", n=says.count(export.facts.unread))
    yield t("history.counted.as_of", at=says.at(outcome.window.as_of))


def _quoted(texts: Sequence[str]) -> str:
    shown = [" ".join(text.split()) for text in texts[:_TEXTS]]
    more = " …" if len(texts) > _TEXTS else ""
    quoted = "、".join(f"「{text[:_TEXT]}{'…' * (len(text) > _TEXT)}」" for text in shown)
    return quoted + more
