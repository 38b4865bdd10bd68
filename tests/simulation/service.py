"""A small service that answers with the real adapters, and can be told to do it badly."""

import contextlib
import socket
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

from channels.base import Channel, WebhookRequest
from channels.errors import SendError
from channels.line import Line
from channels.line import Settings as LineSettings
from channels.messages import BotMessage, InboundMessage
from channels.messenger import Messenger
from channels.messenger import Settings as PageSettings
from channels.page_comments import PageComments
from tests.channels.adapter import lent
from tests.simulation.brand import BOT, MESSENGER, PAGE


@dataclass
class Service:
    """Answers every message with its own text, once per event id, at `url` while entered.

    *forgets*: messages with this text get no answer. *doubles*: answers twice, with two ids.
    *refuses*: every webhook gets this status. A send that fails is not repeated.
    """

    platform_url: str
    forgets: str | None = None
    doubles: bool = False
    refuses: int | None = None
    listening: socket.socket | None = None
    seen: set[str] = field(default_factory=set)
    kinds: list[str] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession()
        page = PageSettings.model_validate(
            {
                "account": "main",
                "page": PAGE,
                "secret": MESSENGER.secret,
                "verify_token": "v",
                "token": MESSENGER.token,
                "api": self.platform_url,
            }
        )
        line = LineSettings.model_validate(
            {
                "account": "shop",
                "destination": BOT,
                "secret": "channel secret",
                "token": "line-token",
                "api": self.platform_url,
            }
        )
        context = lent(self._http, clock=lambda: datetime.now(UTC))
        self._channels: Mapping[str, Channel] = {
            "messenger": Messenger(page, context),
            "page_comments": PageComments(page, context),
            "line": Line(line, context),
        }
        app = web.Application()
        app.router.add_post("/webhooks/{channel}/{account}", self._receive)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        listening = self.listening or socket.create_server(("127.0.0.1", 0))
        await web.SockSite(self._runner, listening).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self,
        type_: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()
        await self._http.close()

    async def _receive(self, request: web.Request) -> web.Response:
        if self.refuses is not None:
            return web.Response(status=self.refuses)
        channel = self._channels[request.match_info["channel"]]
        webhook = WebhookRequest(
            method="POST",
            headers={name.lower(): value for name, value in request.headers.items()},
            query={},
            body=await request.read(),
            received_at=datetime.now(UTC),
        )
        channel.verify(webhook)
        for event in channel.parse(webhook):
            self.kinds.append(event.kind)
            if isinstance(event, InboundMessage) and event.event_id not in self.seen:
                self.seen.add(event.event_id)
                await self._reply(channel, event)
        return web.Response(text="OK")

    async def _reply(self, channel: Channel, event: InboundMessage) -> None:
        if event.unanswerable or event.text == self.forgets:
            return
        for _ in range(2 if self.doubles else 1):
            reply = BotMessage(
                id=str(uuid.uuid4()),
                channel=channel.name,
                account=channel.account,
                thread=event.thread,
                surface=event.surface,
                text=event.text or "👍",
                reply_to=event.id,
                reply_token=None if self.doubles else event.reply_token,
                reply_token_until=event.reply_token_until,
            )
            with contextlib.suppress(SendError):
                await channel.send(reply)
