"""Reports from the log, kept as long as nothing new was logged."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime
from threading import Lock
from typing import TypeVar

from sqlalchemy import Connection

from bot.reports.ask import Ask
from bot.reports.choice import Answer, Choice, answer, asks_known
from bot.reports.events import Event
from bot.reports.report import asks_of
from bot.store.log import newest, report_events

T = TypeVar("T")
# Longer than any log: what may be cut for a report of an earlier instant is cut afterwards.
_FOR_EVER = datetime.fromisoformat("9999-12-01T00:00:00+00:00")


class Source:
    """Answers what was asked before from memory. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._newest = (-1, -1)
        # Of each kind only a few: a log of years is large.
        self._events: OrderedDict[Hashable, list[Event]] = OrderedDict()
        self._asks: OrderedDict[Hashable, list[Ask]] = OrderedDict()
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()

    def answer(self, connection: Connection, choice: Choice) -> Answer:
        """Work out the report on *choice*, or remember it."""
        window = choice.window
        key = (window, choice.zone.key, choice.channel, choice.clock.name)
        with self._lock:
            self._forget_old(newest(connection))
            return _kept(
                self._answers,
                key,
                lambda: answer(self._paired(connection, window.start_at, window.as_of), choice),
                limit=16,
            )

    def channels(self, connection: Connection, choice: Choice) -> list[str]:
        """List the channels with asks in the window of *choice*, whichever it has chosen."""
        window = choice.window
        with self._lock:
            self._forget_old(newest(connection))
            paired = self._paired(connection, window.start_at, window.as_of)
        return sorted({ask.channel for ask in asks_of(paired, window)})

    def _paired(self, connection: Connection, since: datetime, as_of: datetime) -> list[Ask]:
        events = _kept(
            self._events,
            since,
            lambda: report_events(connection, since=since, until=_FOR_EVER),
            limit=2,
        )
        all_known = all(event.at <= as_of for event in events)
        key = (since, None if all_known else as_of)
        return _kept(self._asks, key, lambda: asks_known(events, as_of), limit=4)

    def _forget_old(self, now: tuple[int, int]) -> None:
        if now != self._newest:
            for kept in (self._events, self._asks, self._answers):
                kept.clear()
            self._newest = now


def _kept(kept: OrderedDict[Hashable, T], key: Hashable, make: Callable[[], T], *, limit: int) -> T:
    if key in kept:
        kept.move_to_end(key)
        return kept[key]
    made = kept[key] = make()
    if len(kept) > limit:
        kept.popitem(last=False)
    return made
