"""Weekdays by hours as coloured squares, and percentiles over time, as numbers for SVG."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from bot.reports.difference import FEWEST
from bot.reports.times import Hour, Period
from bot.web.reports.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TICKS, TOP, WIDTH

LAYERS = ("asks", "within", "median")
SIDE, TALL, EDGE = 42, 28, 66
WEEK_WIDTH, WEEK_HEIGHT = EDGE + 24 * SIDE + 6, 7 * TALL + 28
# Shares of the cells below each colour, so that one busy hour does not bleach all the others.
_CUTS = (0.2, 0.4, 0.6, 0.8, 0.9)
_SHORTEST = 1.0
_LINE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """One hour of the week; *shade* from 0 to 5, None where too little is known."""

    hour: Hour
    x: int
    y: int
    value: float | None
    shade: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A percentile of one period; None where it is not known."""

    period: Period
    x: float
    y: float | None
    low_y: float | None
    high_y: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """Two lines over time. *ticks* are seconds with their y, *labels* periods with their x."""

    median: tuple[Point, ...]
    p90: tuple[Point, ...]
    paths: dict[str, str]
    ticks: tuple[tuple[int, float], ...]
    labels: tuple[tuple[Period, float], ...]


def week(hours: Sequence[Hour], layer: str) -> tuple[Square, ...]:
    """Place and shade every hour of the week for one of LAYERS."""
    values = {(each.weekday, each.hour): _value(each, layer) for each in hours}
    known = sorted(value for value in values.values() if value is not None)
    bounds = [known[int(cut * (len(known) - 1))] for cut in _CUTS] if known else []
    return tuple(
        Square(
            hour=each,
            x=EDGE + each.hour * SIDE,
            y=each.weekday * TALL,
            value=values[each.weekday, each.hour],
            shade=_shade(values[each.weekday, each.hour], bounds),
        )
        for each in hours
    )


def ends(squares: Sequence[Square]) -> tuple[float, float] | None:
    """The values of the palest and of the strongest colour; None where all are the same."""
    known = [each.value for each in squares if each.value is not None]
    return (min(known), max(known)) if len(set(known)) > 1 else None


def percentiles(periods: Sequence[Period]) -> Percentiles:
    """Draw median and p90 of each period on a logarithmic scale of waits."""
    known = [
        value
        for each in periods
        if each.n >= FEWEST
        for value in (each.median.value, each.p90.value)
        if value is not None
    ]
    top = next((tick for tick in TICKS if tick >= max(known, default=60)), TICKS[-1])
    step = (WIDTH - LEFT - RIGHT) / max(len(periods), 1)
    xs = [round(LEFT + step * (place + 0.5), 1) for place in range(len(periods))]
    every = math.ceil(len(periods) / 8) or 1
    lines = {
        name: tuple(
            _point(each, x, getattr(each, name), top) for each, x in zip(periods, xs, strict=True)
        )
        for name in ("median", "p90")
    }
    return Percentiles(
        median=lines["median"],
        p90=lines["p90"],
        paths={name: _path(points) for name, points in lines.items()},
        ticks=_ticks(top),
        labels=tuple(
            (each, x)
            for place, (each, x) in enumerate(zip(periods, xs, strict=True))
            if (len(periods) - 1 - place) % every == 0
        ),
    )


def _ticks(top: float) -> tuple[tuple[int, float], ...]:
    """The ticks that leave room for the words beside them."""
    kept: list[tuple[int, float]] = []
    for tick in (1, *TICKS):
        y = _y(tick, top)
        if tick <= top and (not kept or kept[-1][1] - y >= _LINE):
            kept.append((tick, y))
    return tuple(kept)


def _value(hour: Hour, layer: str) -> float | None:
    if layer == "asks":
        return hour.per_hour
    if hour.n < FEWEST:
        return None
    return hour.within.value if layer == "within" else hour.median.value


def _shade(value: float | None, bounds: Sequence[float]) -> int | None:
    return None if value is None else bisect_right(bounds, value)


def _point(period: Period, x: float, estimate: object, top: float) -> Point:
    few = period.n < FEWEST
    values = [None if few else getattr(estimate, name) for name in ("value", "low", "high")]
    value, low, high = (None if each is None else _y(each, top) for each in values)
    return Point(period=period, x=x, y=value, low_y=low, high_y=high)


def _y(seconds: float, top: float) -> float:
    share = math.log(max(seconds, _SHORTEST)) / math.log(max(top, 2.0))
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(share, 1.0), 1)


def _path(points: Sequence[Point]) -> str:
    drawn: list[str] = []
    pen = "M"
    for point in points:
        if point.y is None:
            pen = "M"
            continue
        drawn.append(f"{pen}{point.x} {point.y}")
        pen = "L"
    return "".join(drawn)
