"""Watch saved views, and raise an alarm when asks are late more often than usual."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.config import Config
from bot.keeper import Keeper
from bot.reports.asks import Rules as AskRules
from bot.reports.drifts import BASE_DAYS, Alarm, Rules, alarms, watched_from
from bot.reports.report import Window
from bot.reports.verdicts import verdicts
from bot.store import alarms as stored
from bot.store import mails, views
from bot.store.database import Database, StoreUnavailable
from bot.store.views import View
from bot.web.reports import shown
from bot.web.reports.alarm_text import facts_of
from bot.web.reports.query import WrongFilter
from bot.web.reports.source import Source

log = logging.getLogger(__name__)

EVERY = 60.0
# A look takes no more than this share of one core's time, however many asks there are.
SHARE = 0.05
RULES = Rules()


class Watching:
    """Looks at every watched view. Any number of them may work on one database."""

    def __init__(
        self,
        *,
        config: Config,
        database: Database,
        keeper: Keeper,
        clock: Callable[[], datetime],
        rules: Rules = RULES,
    ) -> None:
        self._config = config
        self._database = database
        self._keeper = keeper
        self._clock = clock
        self._rules = rules

    async def run(self) -> None:
        """Look now and then until cancelled."""
        while True:
            began = time.monotonic()
            try:
                await self.look()
            except StoreUnavailable:
                log.warning("the views cannot be watched; the next look is in %s s", EVERY)
            await asyncio.sleep(max(EVERY, (time.monotonic() - began) / SHARE))

    async def look(self) -> None:
        """Raise what is to be raised by now. Raises StoreUnavailable."""
        watched = [each for each in await self._database.read(views.everything) if each.watched]
        if not watched:
            return
        await self._keeper.catch_up()
        now, source = self._clock(), Source()
        for view in watched:
            try:
                await self._look_at(view, source, now)
            except WrongFilter as exc:
                log.warning("view=%s cannot be watched: %s", view.id, exc)

    async def _look_at(self, view: View, source: Source, now: datetime) -> None:
        found = await self._database.read(lambda conn: self._alarms(conn, source, view, now))
        if found and found[-1].ended_at is None:
            alarm = found[-1]
            raised = await self._database.write(lambda conn: self._raise(conn, view, alarm))
            if raised is not None:
                log.info("alarm=%s view=%s", raised, view.id)

    def _alarms(
        self, connection: Connection, source: Source, view: View, now: datetime
    ) -> list[Alarm]:
        chosen = shown.query_of(view.filters, self._config, now)
        zone = chosen.zone
        since = watched_from(chosen.as_of, zone)
        # An ask of before the usual weeks may be late within them.
        first = since - timedelta(days=BASE_DAYS) - AskRules().expiry
        window = Window(start_at=first, end_at=chosen.as_of + timedelta(days=1), as_of=chosen.as_of)
        choice = shown.choice_of(chosen, self._config, window)
        asked = source.cohort(connection, choice)
        known = verdicts(
            asked.asks,
            target_seconds=choice.target_seconds,
            clock=choice.clock,
            measure=choice.measure,
            actor=choice.actor,
        )
        return alarms(known, since=since, zone=zone, rules=rules_of(view, self._rules))

    def _raise(self, connection: Connection, view: View, alarm: Alarm) -> int | None:
        zone = self._config.brand.timezone
        target = shown.query_of(view.filters, self._config, alarm.raised_at).target
        id = stored.raise_once(
            connection,
            view.id,
            began_at=alarm.began_at,
            raised_at=alarm.raised_at,
            quiet=rules_of(view, self._rules).quiet,
            facts=facts_of(alarm, target_seconds=target, zone=zone),
            asks=[each.asked.ask.id for each in alarm.verdicts if each.late],
        )
        if id is not None and self._config.mail is not None:
            occasion = f"{mails.ALARM}{id}"
            mails.plan(connection, view, occasion=occasion, due_at=self._clock())
        return id


def rules_of(view: View, usual: Rules = RULES) -> Rules:
    """What raises an alarm of *view*."""
    hours = view.quiet_hours
    return replace(
        usual,
        times=view.alarm_times or usual.times,
        quiet=usual.quiet if hours is None else timedelta(hours=hours),
    )
