"""Charts as numbers for SVG: where lines, bars and labels go."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.reports.estimate import Curve, Estimate, curve
from bot.reports.figures import Point
from bot.reports.report import Day
from bot.reports.waits import Wait

WIDTH, HEIGHT = 1080, 260
LEFT, RIGHT, TOP, BOTTOM = 66, 110, 12, 30
# The ticks of a wait, in seconds: what people call short and long.
TICKS = (10, 60, 300, 900, 3600, 14400, 86400, 259200, 604800)
_SHORTEST = 5.0
_LABELS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One actor's curve: the *path* of the share answered, and where its label goes."""

    actor: str
    path: str
    band: str
    label_y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveChart:
    """The share answered over time. *ticks* are seconds with their x, *levels* shares with y."""

    lines: tuple[Line, ...]
    ticks: tuple[tuple[int, float], ...]
    levels: tuple[tuple[float, float], ...]
    end_x: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One day: two stacked bars, a dot with its interval; None where nothing is known."""

    day: Day
    x: float
    width: float
    answered_y: float
    answered_height: float
    open_y: float
    open_height: float
    dot_y: float | None
    low_y: float | None
    high_y: float | None
    labelled: bool

    @property
    def middle(self) -> float:
        """Where the dot and the label go."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayChart:
    """Asks per day. *levels* are counts with their y."""

    bars: tuple[Bar, ...]
    levels: tuple[tuple[int, float], ...]


def curve_chart(points: Sequence[tuple[str, Sequence[Point]]], chosen: str) -> CurveChart:
    """Draw the curves of *points*; only the chosen actor's has its band, and comes last."""
    longest = max((each.seconds for _, line in points for each in line), default=0.0)
    limit = next((tick for tick in TICKS if tick >= longest), longest)
    limit = max(limit, 3600)
    x = _log_scale(limit)
    labels = _apart({actor: _y(1 - line[-1].waiting) for actor, line in points if line})
    lines = [
        Line(
            actor=actor,
            path=_steps(line, x, lambda point: point.waiting, x(limit)),
            band=_band(line, x, x(limit)) if actor == chosen else "",
            label_y=labels[actor],
        )
        for actor, line in points
        if line
    ]
    lines.sort(key=lambda line: line.actor == chosen)
    return CurveChart(
        lines=tuple(lines),
        ticks=tuple((tick, x(tick)) for tick in TICKS if tick <= limit),
        levels=tuple((level, _y(level)) for level in (0, 0.25, 0.5, 0.75, 1)),
        end_x=x(limit),
    )


def curve_table(waits: Iterable[Wait]) -> tuple[tuple[int, Estimate], ...]:
    """The curve of *waits* at each tick, for readers who do not see it."""
    estimated: Curve = curve(waits)
    return tuple((tick, estimated.within(tick)) for tick in TICKS)


def day_chart(days: Sequence[Day]) -> DayChart:
    """Draw asks per day, answered and not, and the share answered within an hour."""
    most = max((day.n for day in days), default=0)
    step = round_step(most)
    top = max(step * math.ceil(most / step), 1)
    room = WIDTH - LEFT - 12
    slot = room / max(len(days), 1)
    every = math.ceil(len(days) / _LABELS)
    bars = []
    for place, day in enumerate(days):
        whole, answered = (_plot() * count / top for count in (day.n, day.answered))
        base = HEIGHT - BOTTOM
        share = day.within_hour
        bars.append(
            Bar(
                day=day,
                x=round(LEFT + slot * place + slot * 0.12, 1),
                width=round(slot * 0.76, 1),
                answered_y=round(base - answered, 1),
                answered_height=round(answered, 1),
                open_y=round(base - whole, 1),
                open_height=round(whole - answered, 1),
                dot_y=None if share.value is None else _y(share.value),
                low_y=None if share.low is None else _y(share.low),
                high_y=None if share.high is None else _y(share.high),
                labelled=(len(days) - 1 - place) % every == 0,
            )
        )
    levels = range(0, top + 1, step)
    return DayChart(
        bars=tuple(bars),
        levels=tuple(
            (level, round(HEIGHT - BOTTOM - _plot() * level / top, 1)) for level in levels
        ),
    )


def _plot() -> int:
    return HEIGHT - TOP - BOTTOM


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - _plot() * share, 1)


def _log_scale(limit: float) -> Callable[[float], float]:
    span = math.log(limit / _SHORTEST)

    def x(seconds: float) -> float:
        part = math.log(max(seconds, _SHORTEST) / _SHORTEST) / span
        return round(LEFT + (WIDTH - LEFT - RIGHT) * min(part, 1.0), 1)

    return x


def _steps(
    line: Sequence[Point],
    x: Callable[[float], float],
    waiting: Callable[[Point], float],
    end_x: float,
) -> str:
    path = [f"M{LEFT} {_y(1 - waiting(line[0]))}"]
    path += [f"H{x(point.seconds)}V{_y(1 - waiting(point))}" for point in line[1:]]
    return "".join([*path, f"H{min(x(line[-1].seconds), end_x)}"])


def _band(line: Sequence[Point], x: Callable[[float], float], end_x: float) -> str:
    above = _steps(line, x, lambda point: point.low, end_x)
    back: list[str] = []
    for later, earlier in zip(reversed(line), [*reversed(line[:-1]), line[0]], strict=True):
        back.append(f"L{x(later.seconds)} {_y(1 - later.high)}V{_y(1 - earlier.high)}")
    return "".join([above, *back, "Z"])


def _apart(labels: dict[str, float]) -> dict[str, float]:
    """Move labels that would lie on each other."""
    placed: dict[str, float] = {}
    for actor in sorted(labels, key=lambda each: labels[each]):
        lowest = max(placed.values(), default=-math.inf)
        placed[actor] = max(labels[actor], lowest + 16)
    over = max(placed.values(), default=0.0) - (HEIGHT - BOTTOM)
    return {actor: y - max(over, 0.0) for actor, y in placed.items()}


def round_step(most: int) -> int:
    """A round distance between about four levels up to *most*."""
    rough = max(most / 4, 1)
    size = 10 ** math.floor(math.log10(rough))
    return int(next(step * size for step in (1, 2, 5, 10) if step * size >= rough))
