"""How often the bot may speak in public: decided where all processes see the same."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    insert,
    select,
    text,
)

from bot.store.outbox import Item
from bot.store.prepared import fetch, run_many
from bot.store.tables import outbox, public_replies

# What surely nobody read leaves room for another.
_UNSAID = (Item.CANCELLED, Item.EXPIRED, Item.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicReply:
    """A reply that everybody reads, and its bounds since *since*.

    *post*, *author* and *said* are digests; *outbox_id* is its first message. *repeats* lets the
    same words stand twice under a post.
    """

    outbox_id: str
    post: str
    author: str
    said: str
    since: datetime
    per_post: int
    per_author: int
    repeats: bool


def lock(connection: Connection, replies: list[PublicReply]) -> None:
    """Let nobody else decide about the same posts and authors until the transaction ends."""
    if connection.dialect.name != "postgresql":
        # SQLite has one writer.
        return
    keys = {key for one in replies for key in (one.post, one.author)}
    for key in sorted(int(key[:15], 16) for key in keys):
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def reached(connection: Connection, reply: PublicReply) -> str | None:
    """The bound that *reply* would break, in words; None if it may be said."""
    asked = {"post": reply.post, "author": reply.author, "said": reply.said, "since": reply.since}
    [stands] = fetch(connection, _STANDING, asked)
    if stands.same and not reply.repeats:
        return "the same words stand under this post"
    if stands.by_author >= reply.per_author:
        return f"{reply.per_author} replies to this author lately"
    if stands.by_post >= reply.per_post:
        return f"{reply.per_post} replies under this post lately"
    return None


def note(connection: Connection, reply: PublicReply, *, at: datetime) -> None:
    """*reply* is going to be said."""
    row = {"outbox_id": reply.outbox_id, "post": reply.post, "author": reply.author}
    run_many(connection, _NOTE, [row | {"said": reply.said, "at": at}])


def _standing(*which: ColumnElement[bool]) -> Select[int]:
    """Counts the replies that somebody may have read."""
    # An outbox item is written later in the same transaction.
    read = and_(*(outbox.c.state != state for state in _UNSAID))
    return (
        select(func.count())
        .select_from(public_replies)
        .join(outbox, outbox.c.id == public_replies.c.outbox_id, isouter=True)
        .where(*which, outbox.c.id.is_(None) | read)
    )


_AT_POST = public_replies.c.post == bindparam("post")
_BY_AUTHOR = public_replies.c.author == bindparam("author")
_SAME = public_replies.c.said == bindparam("said")
_LATELY = public_replies.c.at >= bindparam("since")
_STANDING = select(
    _standing(_AT_POST, _SAME).scalar_subquery().label("same"),
    _standing(_BY_AUTHOR, _LATELY).scalar_subquery().label("by_author"),
    _standing(_AT_POST, _LATELY).scalar_subquery().label("by_post"),
)
_NOTE = insert(public_replies)
