"""A listener that is not held for ever by connections that never say what they want.

aiohttp bounds the pause between requests only. That bound must be longer than the one of a proxy
in front of us, and it is as long for half a request head as for none.
"""

import asyncio
from functools import partial
from typing import cast

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

HEAD_WITHIN = 10.0


class PromptRunner(web.AppRunner):
    """Hangs up on who does not send one whole request head in HEAD_WITHIN seconds."""

    @property
    def server(self) -> web.Server | None:
        """What a site calls for each connection."""
        server = super().server
        # A site only ever calls it.
        return None if server is None else cast(web.Server, partial(_connection, server))


def _connection(server: web.Server) -> RequestHandler:
    handler = server()
    asyncio.get_running_loop().call_later(HEAD_WITHIN, _hang_up, handler)
    return handler


def _hang_up(handler: RequestHandler) -> None:
    # aiohttp tells nobody in public how many requests a connection has made.
    if not handler._request_count:
        handler.force_close()
