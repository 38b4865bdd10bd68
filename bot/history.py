"""Bring an export into the log: read chat by chat, written in small transactions."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b, sha256
from typing import TypeVar

from sqlalchemy import Connection

from bot.exports.errors import ExportError
from bot.exports.events import actor_of, event_id
from bot.exports.export import Export
from bot.exports.formats import Format
from bot.exports.message import Conversation, ExportedMessage
from bot.store import forgotten, history, undoing
from bot.store.database import Database
from bot.store.forgotten import LeftOut, Traces
from bot.store.history import NOWHERE, Brought, Chat, Message, Source
from bot.store.kin import Kin

# Messages in one transaction: webhooks of the service wait for no longer than it takes.
BATCH = 400
# The desk knows no vaguer word.
_ATTACHMENTS = {"media": "file"}
_EARLY = timedelta(minutes=10)

T = TypeVar("T")
Clock = Callable[[], datetime]
Progress = Callable[[int], None]


class TimesInTheFuture(ExportError):
    """An export holds messages that are yet to come."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came in, or would. *id* is the import's number; None if nothing was new.

    *erased_messages* of *erased_customers* stayed out, because these wanted to be forgotten.
    """

    id: int | None = None
    conversations: int = 0
    messages: int = 0
    seen: int = 0
    erased_customers: int = 0
    erased_messages: int = 0


def source_of(export: Export, *, channel: str, account: str) -> Source:
    """Which export it is, for an account of the brand."""
    counts = export.counts
    told = (
        *(channel, account, export.format.name, export.brand.name),
        *(counts.conversations, counts.messages, counts.first_at, counts.last_at),
    )
    return Source(
        channel=channel,
        account=account,
        format=export.format.name,
        fingerprint=sha256(repr(told).encode()).hexdigest(),
        resolution_seconds=export.facts.resolution_seconds,
    )


def check_times(export: Export, now: datetime) -> None:
    """Raise TimesInTheFuture, as times of a wrong zone often are."""
    last = export.counts.last_at
    if last is not None and last > now + _EARLY:
        raise TimesInTheFuture(
            f"the last message is from {last.isoformat()}, which is yet to come; say in which zone "
            "the export was made with --tz"
        )


async def bring(
    database: Database,
    export: Export,
    source: Source,
    *,
    clock: Clock,
    progress: Progress = lambda seen: None,
    dry: bool = False,
) -> Outcome:
    """Write what the log does not have yet; *dry* only counts it.

    Cut off at any point, it goes on when it is called again. Raises ExportError, StoreUnavailable
    and ImportUndone.
    """
    source = await database.read(partial(history.resumed, source=source))
    done = Outcome(id=source.id)
    write = _counted if dry else _written
    kin, left_out = Kin(source), LeftOut()
    try:
        while await database.read(kin.read):
            pass
        async for batch in _batches(database, kin, left_out, export):
            brought = await write(database, batch, source, clock)
            source = brought.source
            done.conversations += brought.conversations
            done.messages += brought.messages
            done.seen += sum(len(chat.messages) for chat in batch)
            progress(done.seen)
    finally:
        kin.close()
    done.id = source.id
    done.erased_customers, done.erased_messages = len(left_out.customers), left_out.messages
    if source.id is not None and not dry:
        finished = source
        await database.write(lambda at: history.finish(at, finished, at=clock()))
    return done


async def undo(
    database: Database, id: int, *, clock: Clock, progress: Progress = lambda gone: None
) -> int | None:
    """Take an import out again; returns how many rows went, None if there is no such import."""
    if not await database.write(lambda connection: undoing.begin(connection, id, at=clock())):
        return None
    gone = 0

    async def step() -> int:
        return await database.write(lambda connection: undoing.step(connection, id, at=clock()))

    while done := await _politely(step):
        gone += done
        progress(gone)
    return gone


async def _counted(database: Database, batch: list[Chat], source: Source, _: Clock) -> Brought:
    new = await database.read(partial(history.news, chats=batch, source=source))
    return Brought(
        source=source,
        conversations=sum(
            chat.id is None and chat.first and bool(one)
            for chat, one in zip(batch, new, strict=True)
        ),
        messages=sum(message.sort != "close" for one in new for message in one),
    )


async def _written(database: Database, batch: list[Chat], source: Source, clock: Clock) -> Brought:
    async def write() -> Brought:
        return await database.write(partial(_bring, batch, source, clock()))

    brought = await _politely(write)
    for chat, claimed in zip(batch, brought.claimed, strict=True):
        chat.claimed.update(claimed)
    return brought


def _bring(batch: list[Chat], source: Source, at: datetime, connection: Connection) -> Brought:
    # Somebody may have been forgotten since the batch was put together.
    left = forgotten.without(connection, batch, source, hold=True)
    forgotten.remember(connection, left, source)
    return history.bring(connection, left, source, at=at)


async def _politely(work: Callable[[], Awaitable[T]]) -> T:
    """Leave the database to the service for half as long as it was ours."""
    began = time.monotonic()
    result = await work()
    await asyncio.sleep((time.monotonic() - began) / 2)
    return result


async def _batches(
    database: Database, kin: Kin, left_out: LeftOut, export: Export
) -> AsyncIterator[list[Chat]]:
    """The chats of an export, each with where it belongs; long ones in pieces."""
    batch: list[Chat] = []
    size = 0
    traces = await database.read(partial(Traces, source=kin.source))
    chats = _chats(export, kin.source.channel)
    async for chat in _placed(database, partial(_with_kin, kin, traces, left_out), chats):
        for piece in _pieces(chat):
            batch.append(piece)
            size += len(piece.messages)
            if size >= BATCH:
                yield batch
                batch, size = [], 0
    if batch:
        yield batch


async def _placed(
    database: Database,
    place: Callable[[list[Chat], Connection], list[Chat]],
    chats: Iterator[Chat],
) -> AsyncIterator[Chat]:
    waiting: list[Chat] = []
    for chat in chats:
        waiting.append(chat)
        if sum(len(one.messages) for one in waiting) >= BATCH:
            for placed in await database.read(partial(place, waiting)):
                yield placed
            waiting = []
    for placed in await database.read(partial(place, waiting)):
        yield placed


def _with_kin(
    kin: Kin, traces: Traces, left_out: LeftOut, chats: list[Chat], connection: Connection
) -> list[Chat]:
    for chat in chats:
        if chat.thread.startswith(NOWHERE):
            chat.id = kin.conversation(connection, chat)
    left = forgotten.without(connection, chats, kin.source)
    left = [traces.without(one) if one.thread.startswith(NOWHERE) else one for one in left]
    left_out.note(chats, left)
    return [chat for chat in left if chat.messages]


def _chats(export: Export, channel: str) -> Iterator[Chat]:
    for conversation in export.conversations():
        told = _messages(export, conversation)
        if told:
            thread = _address(export, conversation, channel) or _nowhere(
                export.format, conversation, told[0]
            )
            yield Chat(thread=thread, name=_clean(conversation.title) or None, messages=told)


def _address(export: Export, conversation: Conversation, channel: str) -> str | None:
    """Where its customer is reached; elsewhere than on its own platform that means nothing."""
    if export.format.channel != channel:
        return None
    return export.format.address(conversation, export.brand.name)


def _nowhere(format: Format, conversation: Conversation, first: Message) -> str:
    # Where an id may be another customer's in the next export, the first message tells them apart.
    told = (conversation.id,) if format.numbered else (conversation.id, first.id)
    digest = blake2b(repr(told).encode(errors="replace"), digest_size=8).hexdigest()
    return f"{NOWHERE}{format.name}:{digest}"


def _pieces(chat: Chat) -> Iterator[Chat]:
    for start in range(0, len(chat.messages), BATCH):
        piece = chat.messages[start : start + BATCH]
        yield replace(chat, messages=piece, first=start == 0)


def _messages(export: Export, conversation: Conversation) -> list[Message]:
    """Its messages in the order of the reports, which sort those of one instant by their ids."""
    told = [one for one in conversation.messages if one.sort != "unsent"]
    told.sort(key=lambda one: (one.at, event_id(one)))
    return [_message(export, one) for one in told]


def _message(export: Export, one: ExportedMessage) -> Message:
    ours = one.author != "customer"
    named = export.format.names_agents and one.author == "agent"
    return Message(
        id=_clean(one.id),
        at=one.at,
        author=actor_of(one),
        sort=_ATTACHMENTS.get(one.sort, one.sort),
        text=_clean(one.text),
        ack=ours and export.automatic.replies(one),
        broadcast=ours and export.automatic.broadcast(one),
        note=ours and one.note,
        agent_name=_clean(one.sender) if named else None,
    )


def _clean(text: str) -> str:
    """Without what no database takes: PostgreSQL refuses NUL, and half a character is none."""
    return text.replace("\0", "").encode(errors="replace").decode()
