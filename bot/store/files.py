"""Files that agents send, for as long as platforms and customers may fetch them.

They lie in the database: every process can serve them, and they come and go in the same commit as
the message that names them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from bot.store.tables import files
from channels.messages import Attachment

# Where they are served, below our own or the public address.
FILES = "/files/"
MOST_PER_CONVERSATION = 200


class TooManyFiles(Exception):
    """The conversation holds as many files as it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to keep: its *content*, and the *attachment* by whose id and address it is found."""

    attachment: Attachment
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file as it is served."""

    mime_type: str
    content: bytes


def keep(connection: Connection, new: Sequence[File], *, conversation_id: int) -> None:
    """Store *new*. Raises TooManyFiles."""
    if not new:
        return
    held = select(func.count()).where(files.c.conversation_id == conversation_id)
    if (connection.scalar(held) or 0) + len(new) > MOST_PER_CONVERSATION:
        raise TooManyFiles
    rows = [
        {
            "id": one.attachment.id,
            "conversation_id": conversation_id,
            "mime_type": one.attachment.mime_type,
            "content": one.content,
            "expires_at": one.attachment.expires_at,
        }
        for one in new
    ]
    connection.execute(insert(files), rows)


def find(connection: Connection, id: str, *, now: datetime) -> Kept | None:
    """The file of that *id*, None where it has expired or never was."""
    row = connection.execute(
        select(files.c.mime_type, files.c.content).where(files.c.id == id, files.c.expires_at > now)
    ).one_or_none()
    return None if row is None else Kept(mime_type=row.mime_type, content=row.content)


def forget(connection: Connection, conversation_id: int) -> None:
    """Delete what was sent in a conversation."""
    connection.execute(delete(files).where(files.c.conversation_id == conversation_id))


def forget_expired(connection: Connection, *, now: datetime) -> None:
    """Delete what nobody may fetch any more."""
    connection.execute(delete(files).where(files.c.expires_at <= now))
