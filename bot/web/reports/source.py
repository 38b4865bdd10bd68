"""Reports from the log, kept as long as nothing new was logged."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection

from bot.reports.ask import Ask
from bot.reports.choice import Choice, Cohort, asks_known, cohort
from bot.reports.events import Event
from bot.store import upkeep
from bot.store.log import changed_after, newest, report_events

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
# So many lines may have come after the instant that a report is made of.
_TAIL = 500
# Longer than any log: what may be cut for a report of an earlier instant is cut afterwards.
_FOR_EVER = datetime.fromisoformat("9999-12-01T00:00:00+00:00")


class Source:
    """Answers what was asked before from memory. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._newest = (-1, -1)
        # Of each kind only a few: a log of years is large.
        self._events: OrderedDict[datetime, list[Event]] = OrderedDict()
        self._asks: OrderedDict[Hashable, list[Ask]] = OrderedDict()
        self._cohorts: OrderedDict[Hashable, Cohort] = OrderedDict()
        self._done: OrderedDict[Hashable, Any] = OrderedDict()

    def cohort(self, connection: Connection, choice: Choice) -> Cohort:
        """Pick the asks of *choice*, or remember them."""
        with self._lock:
            self._forget_old(newest(connection))
            return self._cohort(connection, choice)

    def worked_out(
        self, connection: Connection, choice: Choice, work: Callable[[Cohort], T]
    ) -> tuple[Cohort, T]:
        """Do some *work*, a function with a name, on the asks of *choice*, or remember it."""
        key = (*choice.key, work.__module__, work.__qualname__)
        with self._lock:
            self._forget_old(newest(connection))
            asked = self._cohort(connection, choice)
            return asked, _kept(self._done, key, lambda: work(asked), limit=16)

    def _cohort(self, connection: Connection, choice: Choice) -> Cohort:
        made = _kept(
            self._cohorts,
            choice.asks_key,
            lambda: cohort(self._paired(connection, choice.since, choice.window.as_of), choice),
            limit=8,
        )
        return replace(made, choice=choice)

    def _paired(self, connection: Connection, since: datetime, as_of: datetime) -> list[Ask]:
        later = changed_after(connection, as_of, tail=_TAIL)
        if later is None or not upkeep.is_current(connection):
            return self._from_events(connection, since, as_of)
        return _kept(
            self._asks,
            ("kept", since, as_of if later else None),
            lambda: upkeep.known(connection, since=since, as_of=as_of, later=later),
            limit=4,
        )

    def _from_events(self, connection: Connection, since: datetime, as_of: datetime) -> list[Ask]:
        # What was read for a longer time holds the same asks, and more.
        since = max((known for known in self._events if known <= since), default=since)
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
            for kept in (self._events, self._asks, self._cohorts, self._done):
                kept.clear()
            self._newest = now


def _kept(kept: OrderedDict[K, T], key: K, make: Callable[[], T], *, limit: int) -> T:
    if key in kept:
        kept.move_to_end(key)
        return kept[key]
    made = kept[key] = make()
    if len(kept) > limit:
        kept.popitem(last=False)
    return made
