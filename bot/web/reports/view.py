"""Figures made ready for the page: each with its interval, its n and the way to its asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from bot.reports.ask import Ask
from bot.reports.behind import ACTORS, behind
from bot.reports.choice import Answer
from bot.reports.estimate import Estimate
from bot.reports.figures import Figures, Spread
from bot.reports.waits import Actor
from bot.store.logged import row_of
from bot.web.reports.numbers import Numbers, Sort
from bot.web.reports.query import Query
from bot.web.words import LOCALES
from channels.base import Capabilities

FEW = 30
SHOWN = (300, 3600, 86400)
_NAMES = {300: "within_5min", 3600: "within_1h", 86400: "within_24h", 60: "within_1min"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One figure as it is shown. *raw* is its value to the last bit, empty where there is none.

    *href* opens the *n* asks that it is worked out from; *hits* of these, behind *hits_href*, had
    what it asks for.
    """

    key: str
    text: str
    raw: str
    interval: str
    n: int
    href: str
    sort: Sort | None = None
    hits: int | None = None
    hits_href: str = ""
    bar: float | None = None
    bar_low: float | None = None
    bar_high: float | None = None

    @property
    def few(self) -> bool:
        """Whether so few asks are behind it that it may mislead."""
        return 0 < self.n < FEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Figures of one actor or channel."""

    name: str
    cells: tuple[Cell, ...]


class At:
    """Instants in the brand's zone, in the reader's language."""

    def __init__(self, zone: ZoneInfo, language: str) -> None:
        self._zone = zone
        self._locale = LOCALES[language]

    def full(self, at: datetime) -> str:
        """Day and time, to the second."""
        return format_datetime(at, "yyyy-MM-dd HH:mm:ss", tzinfo=self._zone, locale=self._locale)

    def short(self, at: datetime) -> str:
        """Day and time, to the minute."""
        return format_datetime(at, "M/d HH:mm", tzinfo=self._zone, locale=self._locale)

    def day(self, day: date) -> str:
        """A day with its weekday."""
        return format_date(day, "yyyy-MM-dd (EEE)", locale=self._locale)


def tiles(answer: Answer, query: Query, numbers: Numbers) -> list[Cell]:
    """The figures that come first, for the chosen actor."""
    figures: Figures = getattr(answer.report.by_actor, query.actor)
    cells = list(_measures(answer, figures.spread, query.actor, query, numbers))
    oldest = figures.oldest
    place = None if oldest is None else place_of_id(oldest.ask_id)
    return [
        *cells,
        Cell(
            key="open",
            text=numbers.count(figures.open),
            raw=str(figures.open),
            interval="",
            n=figures.open,
            href=query.asks("open", order="wait"),
        ),
        Cell(
            key="oldest",
            text=numbers.duration(oldest.seconds) if oldest else numbers.t("reports.nobody"),
            raw=str(oldest.seconds) if oldest else "",
            interval="",
            n=0 if place is None else 1,
            href="" if place is None else query.link(f"/reports/asks/{place}"),
        ),
    ]


def by_actor(answer: Answer, query: Query, numbers: Numbers) -> list[Row]:
    """The same figures for bot, human and either, side by side."""
    return [
        Row(
            name=actor,
            cells=tuple(
                _measures(
                    answer, getattr(answer.report.by_actor, actor).spread, actor, query, numbers
                )
            ),
        )
        for actor in ACTORS
    ]


def polled(answer: Answer, known: Mapping[str, Capabilities]) -> dict[str, float]:
    """Channels of the report that do not call us, and the seconds between two looks."""
    every = {
        each.channel: known[each.channel].poll_interval
        for each in answer.report.channels
        if each.channel in known
    }
    return {name: wait.total_seconds() for name, wait in every.items() if wait is not None}


def by_channel(answer: Answer, query: Query, numbers: Numbers) -> list[Row]:
    """The figures of each channel, for the chosen actor."""
    return [
        Row(
            name=each.channel,
            cells=tuple(
                _measures(
                    answer,
                    getattr(each.by_actor, query.actor).spread,
                    query.actor,
                    query,
                    numbers,
                    channel=each.channel,
                )
            ),
        )
        for each in answer.report.channels
    ]


def extras(answer: Answer, query: Query, numbers: Numbers) -> list[Cell]:
    """The two other clocks, and the counts of what ended otherwise."""
    report = answer.report
    figures: Figures = getattr(report.by_actor, query.actor)
    spreads = (("touch", report.touch, "asks", "touched"),)
    cells = [
        _cell(
            key,
            spread.median,
            "duration",
            numbers,
            n=spread.n,
            href=query.asks(base),
            hits=spread.answered,
            hits_href=query.asks(hit),
        )
        for key, spread, base, hit in (
            *spreads,
            ("human_wait", report.human_wait, "handed-over", "human"),
        )
    ]
    counts = (
        ("expired", figures.expired, "expired"),
        ("closed", figures.closed_without_reply, "closed"),
        ("other", figures.answered_by_other, "answered-by-other"),
        ("withdrawn", report.withdrawn, "withdrawn"),
    )
    return cells + [
        Cell(
            key=key,
            text=numbers.count(count),
            raw=str(count),
            interval="",
            n=count,
            href=query.asks(figure),
        )
        for key, count, figure in counts
        if key != "other" or query.actor != "either"
    ]


def figure_name(figure: str, numbers: Numbers) -> str:
    """What people call the asks behind *figure*."""
    kind, _, seconds = figure.partition("within-")
    if seconds.isdigit():
        return numbers.t("reports.figure.within", time=numbers.duration(int(seconds)))
    return numbers.t.name("reports.figure", kind or figure)


def place_of(ask: Ask) -> int | None:
    """The number under which an ask is found."""
    return row_of(ask.message_ids[0])


def place_of_id(ask_id: str) -> int | None:
    """The same from an ask's id."""
    return row_of(ask_id.rpartition("/")[2])


def _measures(
    answer: Answer,
    spread: Spread,
    actor: Actor,
    query: Query,
    numbers: Numbers,
    *,
    channel: str | None = None,
) -> list[Cell]:
    more: dict[str, str | None] = {"actor": actor if actor != "either" else None}
    if channel is not None:
        more["channel"] = channel
    group = [each for each in answer.cohort if channel is None or each.ask.channel == channel]
    everything = query.asks("asks", order="wait", **more)
    cells = [
        _cell(
            "answered",
            spread.answered_to_date,
            "share",
            numbers,
            n=spread.n,
            href=everything,
            hits=spread.answered,
            hits_href=query.asks("answered", **more),
        ),
        _cell("median", spread.median, "duration", numbers, n=spread.n, href=everything),
        _cell("p90", spread.p90, "duration", numbers, n=spread.n, href=everything),
    ]
    for within in spread.within:
        if within.seconds in SHOWN:
            figure = f"within-{within.seconds}"
            cells.append(
                _cell(
                    _NAMES[within.seconds],
                    within.share,
                    "share",
                    numbers,
                    n=spread.n,
                    href=everything,
                    hits=len(behind(group, figure, actor=actor)),
                    hits_href=query.asks(figure, **more),
                )
            )
    return cells


def _cell(
    key: str,
    estimate: Estimate,
    sort: Sort,
    numbers: Numbers,
    *,
    n: int,
    href: str,
    hits: int | None = None,
    hits_href: str = "",
) -> Cell:
    shares = sort == "share"
    return Cell(
        key=key,
        text=numbers.value(estimate, sort) if n else numbers.t("reports.none"),
        raw="" if estimate.value is None else str(estimate.value),
        interval=numbers.interval(estimate, sort) if n else "",
        n=n,
        href=href,
        sort=sort,
        hits=hits,
        hits_href=hits_href,
        bar=estimate.value if shares else None,
        bar_low=estimate.low if shares else None,
        bar_high=estimate.high if shares else None,
    )
