"""Next week as numbers for SVG: who is expected in each hour, and what piles up."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.reports.forecast import Load
from bot.web.reports.charts import BOTTOM, HEIGHT, LEFT, TOP, WIDTH, round_step

_RIGHT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadChart:
    """Bars of expected asks with their *band*, and the *backlog* line over the same hours."""

    bars: tuple[tuple[float, float, float, float], ...]
    band: str
    backlog: str
    levels: tuple[tuple[int, float], ...]
    backlog_levels: tuple[tuple[int, float], ...]
    days: tuple[tuple[datetime, float], ...]
    closed: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLoad:
    """One local day: *expected* asks, how many can be answered, how many wait at its end."""

    day: date
    expected: float | None
    capacity: float
    backlog: float


def load_chart(loads: Sequence[Load]) -> LoadChart:
    """Draw *loads*, one after the other."""
    slot = (WIDTH - LEFT - _RIGHT) / max(len(loads), 1)
    xs = [round(LEFT + slot * place, 1) for place in range(len(loads))]
    top = _top(max((each.arrivals.high or 0 for each in loads), default=0))
    most = _top(math.ceil(max((each.backlog for each in loads), default=0.0)))
    width = round(slot * 0.8, 1)
    bars = tuple(
        (
            x,
            _y(each.arrivals.expected, top),
            width,
            round(_base() - _y(each.arrivals.expected, top), 1),
        )
        for x, each in zip(xs, loads, strict=True)
        if each.arrivals.expected
    )
    return LoadChart(
        bars=bars,
        band=_band(loads, xs, top),
        backlog="".join(
            f"{'L' if place else 'M'}{round(x + slot, 1)} {_y(each.backlog, most)}"
            for place, (x, each) in enumerate(zip(xs, loads, strict=True))
        ),
        levels=_levels(top),
        backlog_levels=_levels(most),
        days=tuple(
            (each.arrivals.at, x)
            for place, (x, each) in enumerate(zip(xs, loads, strict=True))
            if place % 24 == 0
        ),
        closed=tuple(
            (x, round(slot, 1)) for x, each in zip(xs, loads, strict=True) if not each.capacity
        ),
    )


def by_day(loads: Sequence[Load], zone: ZoneInfo) -> tuple[DayLoad, ...]:
    """Add up *loads* by local day."""
    days: dict[date, list[Load]] = {}
    for each in loads:
        days.setdefault(each.arrivals.at.astimezone(zone).date(), []).append(each)
    return tuple(_day(day, ours) for day, ours in days.items())


def _day(day: date, loads: Sequence[Load]) -> DayLoad:
    known = [each.arrivals.expected for each in loads if each.arrivals.expected is not None]
    return DayLoad(
        day=day,
        expected=sum(known) if known else None,
        capacity=sum(each.capacity for each in loads),
        backlog=loads[-1].backlog,
    )


def _band(loads: Sequence[Load], xs: Sequence[float], top: int) -> str:
    ahead = [f"L{x} {_y(each.arrivals.high, top)}" for x, each in zip(xs, loads, strict=True)]
    back = [f"L{x} {_y(each.arrivals.low, top)}" for x, each in zip(xs, loads, strict=True)]
    return "M" + "".join([*ahead, *reversed(back)])[1:] + "Z" if loads else ""


def _levels(top: int) -> tuple[tuple[int, float], ...]:
    return tuple((level, _y(level, top)) for level in range(0, top + 1, round_step(top)))


def _top(most: float) -> int:
    step = round_step(math.ceil(most))
    return max(step * math.ceil(most / step), 1)


def _base() -> int:
    return HEIGHT - BOTTOM


def _y(value: float | None, top: int) -> float:
    return round(_base() - (HEIGHT - TOP - BOTTOM) * (value or 0.0) / top, 1)
