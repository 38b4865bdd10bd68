"""Send saved views when they are due, and tell of alarms: once each, however many processes run."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.config import Config
from bot.config_mail import Mail as Server
from bot.keeper import Keeper
from bot.mail import PATIENCE, MailError, send
from bot.reports.schedule import last_due
from bot.store import alarms, mails, views
from bot.store.database import Database, StoreUnavailable
from bot.store.mails import Mail
from bot.store.views import View
from bot.web.reports.mails import Content, message, of_alarm, of_view
from bot.web.reports.query import WrongFilter
from bot.web.reports.source import Source

log = logging.getLogger(__name__)

EVERY = 20.0
# Waits of 1, 2, 4 ... minutes, none longer than two hours: about eleven hours in all.
TRIES = 12
_LONGEST_WAIT = timedelta(hours=2)


class Mailing:
    """Plans, claims and sends mails. *name* tells this process from all others."""

    def __init__(
        self,
        *,
        name: str,
        config: Config,
        database: Database,
        keeper: Keeper,
        clock: Callable[[], datetime],
        patience: float = PATIENCE,
    ) -> None:
        self._name = name
        self._config = config
        self._database = database
        self._keeper = keeper
        self._clock = clock
        self._patience = patience

    async def run(self) -> None:
        """Look now and then until cancelled. Without a mail server there is nothing to do."""
        if self._config.mail is None:
            return
        while True:
            try:
                await self.look()
            except StoreUnavailable:
                log.warning("mails cannot be looked for; the next look is in %s s", EVERY)
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Send all that is due. Raises StoreUnavailable."""
        server = self._config.mail
        if server is None:
            return
        await self._plan()
        source = Source()
        while (mail := await self._claim()) is not None:
            await self._try(mail, server, source)

    async def send_test(self, view: View, mail: Mail) -> None:
        """Send a view at once, as a mail that nobody planned. Raises MailError."""
        server = self._config.mail
        if server is None:
            raise MailError("no mail server is configured")
        await self._send(mail, server, await self._content(view, mail, Source()))

    async def _plan(self) -> None:
        now = self._clock()
        due = await self._database.read(lambda connection: self._due(connection, now))
        for view, occasion, due_at in due:
            await self._database.write(
                partial(mails.plan, view=view, occasion=occasion, due_at=due_at)
            )
        if due:
            await self._database.write(partial(mails.forget, now=now))

    def _due(self, connection: Connection, now: datetime) -> list[tuple[View, str, datetime]]:
        found = []
        for view in views.everything(connection):
            if view.every is None:
                continue
            zone = self._config.brand.timezone
            day, due_at = last_due(view.every, hour=view.hour, zone=zone, now=now)
            if due_at >= view.since and not mails.planned(connection, view, day.isoformat()):
                found.append((view, day.isoformat(), due_at))
        return found

    async def _claim(self) -> Mail | None:
        now = self._clock()
        # A look costs a read; only what is due costs a write.
        if not await self._database.read(lambda connection: mails.due(connection, now)):
            return None
        return await self._database.write(
            lambda connection: mails.claim(connection, owner=self._name, now=now)
        )

    async def _try(self, mail: Mail, server: Server, source: Source) -> None:
        try:
            await self._send(mail, server, await self._content(None, mail, source))
        except MailError as exc:
            await self._failed(mail, exc)
            return
        at = self._clock()
        await self._database.write(lambda connection: mails.sent(connection, mail, at=at))
        log.info("mailed view=%s occasion=%s", mail.view_id, mail.occasion)

    async def _send(self, mail: Mail, server: Server, content: Content) -> None:
        made = await asyncio.to_thread(message, content, mail, server, self._config)
        await send(server, made, patience=self._patience)

    async def _content(self, view: View | None, mail: Mail, source: Source) -> Content:
        await self._keeper.catch_up()
        try:
            return await self._database.read(lambda conn: self._made(conn, view, mail, source))
        except WrongFilter as exc:
            raise MailError(f"its filters mean nothing any more: {exc}", again=False) from exc

    def _made(
        self, connection: Connection, view: View | None, mail: Mail, source: Source
    ) -> Content:
        view = view or views.by_id(connection, mail.view_id)
        if view is None:
            raise MailError("the view was deleted", again=False)
        if mail.alarm is None:
            return of_view(connection, source, view, mail, self._config)
        alarm = alarms.by_id(connection, mail.alarm)
        if alarm is None:
            raise MailError("the alarm was deleted", again=False)
        return of_alarm(alarm, mail.to.language, self._config, view)

    async def _failed(self, mail: Mail, error: MailError) -> None:
        at, reason = self._clock(), str(error)
        log.warning(
            "not mailed view=%s occasion=%s try=%s: %s",
            *(mail.view_id, mail.occasion, mail.tries, reason),
        )
        if error.again and mail.tries < TRIES:
            wait = min(timedelta(minutes=2 ** (mail.tries - 1)), _LONGEST_WAIT)
            await self._database.write(
                lambda connection: mails.again(connection, mail, reason, next_at=at + wait)
            )
        else:
            await self._database.write(
                lambda connection: mails.failed(connection, mail, reason, at=at)
            )
