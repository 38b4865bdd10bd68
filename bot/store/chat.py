"""Web chat: the visitors' sessions and every frame they may see, in one order per thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, tuple_, update

from bot.store import inbox
from bot.store.tables import chat_frames, chat_sessions, conversations

PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser's right to one thread. *user_id* is set when the brand signed who it is."""

    account: str
    thread: str
    language: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A frame to store once under *message_id*; *arrival* goes to the inbox in the same commit."""

    thread: str
    message_id: str
    frame: dict[str, Any]
    at: datetime
    arrival: inbox.Arrival | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Where a frame stands in its thread. *new* is False when it had been stored before."""

    seq: int
    at: datetime
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Frames after a cursor, in order, and the number of the newest there is.

    *state* is the conversation's, None before it exists.
    """

    frames: tuple[dict[str, Any], ...]
    last: int
    state: str | None


def open_session(connection: Connection, session: Session, *, digest: bytes, at: datetime) -> None:
    """Store a new session under the SHA-256 of its token."""
    connection.execute(
        insert(chat_sessions).values(
            id=digest,
            account=session.account,
            thread=session.thread,
            language=session.language,
            user_id=session.user_id,
            created_at=at,
        )
    )


def session(connection: Connection, *, account: str, digest: bytes) -> Session | None:
    """The session of a token, if it is one of *account*."""
    row = connection.execute(
        select(chat_sessions).where(
            chat_sessions.c.id == digest, chat_sessions.c.account == account
        )
    ).one_or_none()
    if row is None:
        return None
    return Session(
        account=row.account, thread=row.thread, language=row.language, user_id=row.user_id
    )


def identify(connection: Connection, *, thread: str, user_id: str) -> None:
    """Bind an anonymous session to the user that the brand signed."""
    connection.execute(
        update(chat_sessions)
        .where(chat_sessions.c.thread == thread, chat_sessions.c.user_id.is_(None))
        .values(user_id=user_id)
    )


def post(connection: Connection, entries: Sequence[Entry]) -> list[Posted | None]:
    """Store *entries* in the order given; None for a thread that was deleted.

    The locked session rows keep the order of numbers and the order of commits the same within a
    thread, so whoever reads after a number misses none before it.
    """
    threads = {entry.thread for entry in entries}
    alive = set(
        connection.scalars(
            select(chat_sessions.c.thread)
            .where(chat_sessions.c.thread.in_(threads))
            .order_by(chat_sessions.c.thread)
            .with_for_update()
        )
    )
    wanted: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        if entry.thread in alive:
            wanted.setdefault(_key(entry), entry)
    known = _stored(connection, wanted)
    new = [entry for key, entry in wanted.items() if key not in known]
    if new:
        known |= _insert(connection, new)
        inbox.add(connection, [entry.arrival for entry in new if entry.arrival is not None])
    fresh = {id(entry) for entry in new}
    return [
        None
        if entry.thread not in alive
        else Posted(seq=known[_key(entry)][0], at=known[_key(entry)][1], new=id(entry) in fresh)
        for entry in entries
    ]


def page(connection: Connection, session: Session, *, after: int) -> Page:
    """Up to `PAGE` frames after *after*; the latest for a cursor of 0 or of another history."""
    own = chat_frames.c.thread == session.thread
    query = select(chat_frames.c.seq, chat_frames.c.frame).where(own).limit(PAGE)
    last = last_seq(connection, session.thread)
    if after > last:
        after = 0
    if after:
        rows = connection.execute(
            query.where(chat_frames.c.seq > after).order_by(chat_frames.c.seq)
        ).all()
    else:
        rows = connection.execute(query.order_by(chat_frames.c.seq.desc())).all()[::-1]
    found = conversation(connection, session)
    return Page(
        frames=tuple(row.frame | {"seq": row.seq} for row in rows),
        last=last,
        state=None if found is None else found[1],
    )


def last_seq(connection: Connection, thread: str) -> int:
    """The number of the newest frame, 0 if there is none."""
    query = select(func.max(chat_frames.c.seq)).where(chat_frames.c.thread == thread)
    return connection.scalar(query) or 0


def conversation(connection: Connection, session: Session) -> tuple[int, str] | None:
    """The id and state of the *session*'s conversation, None until a message was handled."""
    key = inbox.conversation_key("webchat", session.account, session.thread)
    row = connection.execute(
        select(conversations.c.id, conversations.c.state).where(conversations.c.key == key)
    ).one_or_none()
    return None if row is None else (row.id, row.state)


def forget(connection: Connection, *, thread: str) -> None:
    """Delete a visitor's session and everything that was shown in it."""
    connection.execute(delete(chat_sessions).where(chat_sessions.c.thread == thread))
    connection.execute(delete(chat_frames).where(chat_frames.c.thread == thread))


def forget_older(connection: Connection, *, before: datetime) -> int:
    """Delete sessions in which nothing was said since *before*. Returns how many."""
    active = select(chat_frames.c.thread).where(chat_frames.c.at >= before)
    threads = connection.scalars(
        select(chat_sessions.c.thread).where(
            chat_sessions.c.created_at < before, chat_sessions.c.thread.not_in(active)
        )
    ).all()
    for thread in threads:
        forget(connection, thread=thread)
    return len(threads)


def _key(entry: Entry) -> tuple[str, str]:
    return entry.thread, entry.message_id


def _stored(
    connection: Connection, keys: dict[tuple[str, str], Entry]
) -> dict[tuple[str, str], tuple[int, datetime]]:
    if not keys:
        return {}
    rows = connection.execute(
        select(
            chat_frames.c.thread, chat_frames.c.message_id, chat_frames.c.seq, chat_frames.c.at
        ).where(tuple_(chat_frames.c.thread, chat_frames.c.message_id).in_(list(keys)))
    )
    return {(row.thread, row.message_id): (row.seq, row.at) for row in rows}


def _insert(
    connection: Connection, entries: Sequence[Entry]
) -> dict[tuple[str, str], tuple[int, datetime]]:
    numbers = connection.scalars(
        insert(chat_frames).returning(chat_frames.c.seq, sort_by_parameter_order=True),
        [
            {
                "thread": entry.thread,
                "message_id": entry.message_id,
                "frame": entry.frame,
                "at": entry.at,
            }
            for entry in entries
        ],
    ).all()
    return {_key(entry): (seq, entry.at) for entry, seq in zip(entries, numbers, strict=True)}
