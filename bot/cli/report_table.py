"""A report for the terminal: every figure with its interval and its n."""

from collections.abc import Callable, Iterable, Sequence
from zoneinfo import ZoneInfo

from bot.reports.behind import ACTORS
from bot.reports.choice import Answer
from bot.reports.durations import two_units
from bot.reports.estimate import Estimate
from bot.reports.figures import Figures, Spread
from bot.reports.report import Report

NONE = "-"
_WITHIN = {60: "1 min", 300: "5 min", 3600: "1 h", 86400: "24 h"}
Row = tuple[str, ...]


def table(answers: Sequence[Answer], *, brand: str, channel: str | None) -> str:
    """Lay out one table for each clock."""
    return "\n\n".join(_one(each.report, brand, channel) for each in answers)


def duration(seconds: float | None) -> str:
    """Say a duration in its two largest units: 11 min 20 s."""
    if seconds is None:
        return NONE
    return " ".join(f"{count} {unit}" for count, unit in two_units(seconds))


def share(value: float | None) -> str:
    """Say a share, 0 to 1, in percent."""
    return NONE if value is None else f"{value * 100:.1f} %"


def _one(report: Report, brand: str, channel: str | None) -> str:
    lines = _aligned([("", "", "value", "95 % interval", "n"), *_figures(report)])
    channels = [("", "channel", "value", "95 % interval", "n"), *_channels(report)]
    return "\n".join([*_head(report, brand, channel), "", *lines, "", *_aligned(channels)])


def _head(report: Report, brand: str, channel: str | None) -> Iterable[str]:
    window = report.window
    either = report.by_actor.either
    zone = ZoneInfo(report.zone)
    start, end, as_of = (
        each.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        for each in (window.start_at, window.end_at, window.as_of)
    )
    yield f"{brand}: asks opened from {start} until {end}, {report.zone}"
    yield (
        f"as of {as_of} | {report.clock} clock | channels: {channel or 'all'} | "
        f"{share(either.spread.settled)} settled"
    )
    yield (
        f"{either.spread.n} asks: {either.spread.answered} answered, {either.open} open, "
        f"{either.expired} expired, {either.closed_without_reply} closed without reply, "
        f"{report.withdrawn} withdrawn (counted nowhere else)"
    )
    if either.oldest is not None:
        yield f"oldest wait {duration(either.oldest.seconds)}: {either.oldest.ask_id}"


def _figures(report: Report) -> Iterable[Row]:
    by_actor: dict[str, Figures] = {actor: getattr(report.by_actor, actor) for actor in ACTORS}
    measures: list[tuple[str, Callable[[Spread], Estimate], Callable[[float | None], str]]] = [
        ("answered to date", lambda spread: spread.answered_to_date, share),
        ("median", lambda spread: spread.median, duration),
        ("p90", lambda spread: spread.p90, duration),
    ]
    for name, measure, spoken in measures:
        for actor, figures in by_actor.items():
            spread = figures.spread
            yield _row(name if actor == ACTORS[0] else "", actor, measure(spread), spoken, spread.n)
    for place, within in enumerate(report.by_actor.either.spread.within):
        for actor, figures in by_actor.items():
            spread = figures.spread
            name = f"within {_WITHIN.get(within.seconds, f'{within.seconds} s')}"
            label = name if actor == ACTORS[0] else ""
            yield _row(label, actor, spread.within[place].share, share, spread.n)
    for name, spread in (("first sign of life", report.touch), ("human wait", report.human_wait)):
        yield _row(name, "median", spread.median, duration, spread.n)


def _channels(report: Report) -> Iterable[Row]:
    for each in report.channels:
        spread = each.by_actor.either.spread
        yield _row("answered to date", each.channel, spread.answered_to_date, share, spread.n)
        yield _row("median", "", spread.median, duration, spread.n)


def _row(
    name: str, who: str, estimate: Estimate, spoken: Callable[[float | None], str], n: int
) -> Row:
    interval = NONE
    if estimate.low is not None or estimate.high is not None:
        interval = f"{spoken(estimate.low)} to {spoken(estimate.high)}"
    return name, who, spoken(estimate.value), interval, str(n)


def _aligned(rows: Sequence[Row]) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
