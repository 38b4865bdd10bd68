"""What a visitor says: stored for all tabs and the bot in one commit, then acknowledged."""

from typing import Any

from aiohttp import web

from bot.store import chat, inbox
from bot.web.keys import CLOCK, DATABASE, SIGNALS
from bot.web.webchat import access
from bot.web.webchat.access import Refused
from bot.web.webchat.live import topic
from channels.errors import MalformedPayload
from channels.webchat import NAME, Ping, Read, Settings, Tapped, Typed, Typing, frame, message

# One message a second, and five at once.
BURST = 5
TYPING_EVERY = 3.0


@access.api
async def post(request: web.Request, settings: Settings) -> web.Response:
    """Take one frame over plain HTTP."""
    session = await access.session(request, settings)
    answer = await receive(request.app, settings, session, await access.body(request))
    return web.json_response(answer)


async def receive(
    app: web.Application, settings: Settings, session: chat.Session, body: bytes | str
) -> dict[str, Any]:
    """Take one frame and answer with one. Raises Refused, and StoreUnavailable."""
    try:
        told = frame(body)
    except MalformedPayload as exc:
        raise Refused(400, "malformed") from exc
    match told:
        case Typed() | Tapped():
            return await _message(app, settings, session, told)
        case Typing() | Read():
            await _hint(app, session, told)
            return {"t": "ok"}
        case Ping():
            return {"t": "pong"}


async def _message(
    app: web.Application, settings: Settings, session: chat.Session, told: Typed | Tapped
) -> dict[str, Any]:
    if isinstance(told, Typed) and len(told.text) > settings.max_text:
        raise Refused(400, "too_long")
    wait = await app[SIGNALS].allow(f"webchat:say:{session.thread}", limit=BURST, seconds=BURST)
    if wait:
        raise Refused(429, "rate", retry_after=wait)
    entry = _entry(app, session, told)
    posted = await app[DATABASE].submit(chat.post, entry)
    if posted is None:
        raise Refused(401, "session")
    if posted.new:
        key = inbox.conversation_key(NAME, session.account, session.thread)
        app[SIGNALS].publish("inbox", {"partition": inbox.partition_of(key)})
        app[SIGNALS].publish(topic(session.thread), {"seq": posted.seq})
    ts = posted.at.isoformat()
    return {"t": "ack", "cid": told.cid, "mid": told.cid, "seq": posted.seq, "ts": ts}


def _entry(app: web.Application, session: chat.Session, told: Typed | Tapped) -> chat.Entry:
    now = app[CLOCK]()
    event = message(
        told,
        account=session.account,
        thread=session.thread,
        received_at=now,
        user_id=session.user_id,
    )
    return chat.Entry(
        thread=session.thread,
        message_id=told.cid,
        frame={
            "t": "msg",
            "mid": told.cid,
            "author": "user",
            "parts": [{"type": "text", "text": event.text}],
            "ts": now.isoformat(),
        },
        at=now,
        arrival=inbox.Arrival(
            channel=NAME,
            account=session.account,
            body=told.model_dump_json().encode(),
            events=[event],
            received_at=now,
        ),
    )


async def _hint(app: web.Application, session: chat.Session, told: Typing | Read) -> None:
    """Tell the agents; hints come often, so most of them are dropped unheard."""
    key = f"webchat:{told.t}:{session.thread}"
    if await app[SIGNALS].allow(key, limit=1, seconds=TYPING_EVERY):
        return
    found = await app[DATABASE].read(lambda connection: chat.conversation(connection, session))
    if found is not None:
        app[SIGNALS].publish("desk", {"conversation": found[0], "type": told.t})
