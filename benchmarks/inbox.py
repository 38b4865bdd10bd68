"""A brand's inbox whose whole truth is known: who wrote when, who was answered, and who never.

Customers come by the hour of the day, three agents answer in turn from 09:00 to 21:00, and the
longer the queue, the more messages nobody ever answers. Nothing here knows of any estimator.
"""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from bot.reports.events import Event

ZONE = ZoneInfo("Asia/Taipei")
BEGIN = datetime(2026, 3, 2, tzinfo=ZONE)
DAYS = 14
_HOURLY = (2, 1, 1, 1, 1, 1, 3, 6, 9, 13, 15, 16, 18, 16, 14, 14, 15, 17, 19, 22, 22, 20, 14, 8)
_OPENS, _CLOSES = 9 * 3600, 21 * 3600
_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """One customer's message, in seconds after `BEGIN`; *answered* None: nobody ever will."""

    number: int
    asked: float
    answered: float | None

    @property
    def wait(self) -> float:
        """How long until the answer, in seconds; without one, for ever."""
        return math.inf if self.answered is None else self.answered - self.asked


def inbox(random: Random, *, surge: bool) -> list[Truth]:
    """Play two weeks; with *surge* twice as many customers come in the last two days."""
    free = [0.0, 0.0, 0.0]
    queue: deque[float] = deque()
    found = []
    for number, asked in enumerate(_arrivals(random, surge=surge)):
        while queue and queue[0] <= asked:
            queue.popleft()
        if random.random() < 0.05 + 0.5 * min(1.0, len(queue) / 60):
            found.append(Truth(number=number, asked=asked, answered=None))
            continue
        agent = min(range(len(free)), key=free.__getitem__)
        begins = _on_shift(max(asked, free[agent]))
        free[agent] = begins + random.lognormvariate(math.log(300), 0.8)
        queue.append(begins)
        found.append(Truth(number=number, asked=asked, answered=free[agent]))
    return found


def log(truths: list[Truth]) -> Iterator[Event]:
    """Tell what a message log would hold of it."""
    for truth in truths:
        place: dict[str, Any] = {"channel": "line", "conversation": f"c{truth.number}"}
        at = BEGIN + timedelta(seconds=truth.asked)
        yield Event(id="q", at=at, actor="customer", text="請問有貨嗎？", **place)
        if truth.answered is not None:
            at = BEGIN + timedelta(seconds=truth.answered)
            yield Event(id="a", at=at, actor="agent", text="有喔", **place)


def _arrivals(random: Random, *, surge: bool) -> Iterator[float]:
    busiest = max(_HOURLY) * 2 / 3600
    at = 0.0
    while True:
        at += random.expovariate(busiest)
        if at >= DAYS * _DAY:
            return
        rate = _HOURLY[int(at % _DAY // 3600)] / 3600
        if surge and at >= (DAYS - 2) * _DAY:
            rate *= 2
        if random.random() < rate / busiest:
            yield at


def _on_shift(at: float) -> float:
    """The first instant from *at* on when agents are there."""
    day, second = divmod(at, _DAY)
    if second < _OPENS:
        return day * _DAY + _OPENS
    return at if second < _CLOSES else (day + 1) * _DAY + _OPENS
