"""Forget one contact everywhere: their direct conversations, and what they said under posts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from bot.store import counted, deletion, erasures, profiles
from bot.store.erase import erase, stand_in
from bot.store.tables import conversations, events, messages
from channels.messages import Surface


def forget(
    connection: Connection, *, channel: str, account: str, contact_id: str, at: datetime
) -> int:
    """Forget a contact of an account. Returns how many messages were blanked.

    Direct conversations are erased as a whole. Below a post others speak, too: there only this
    contact's words go, and their name. Counts and instants stay. Call `Database.scrub` afterwards.
    """
    # Also of somebody who never wrote here: an export may know them.
    erasures.note(connection, channel=channel, account=account, names=[contact_id], at=at)
    ours = (conversations.c.channel == channel, conversations.c.account == account)
    direct = connection.scalars(
        select(conversations.c.key)
        .where(*ours, conversations.c.contact_id == contact_id)
        .where(conversations.c.surface == Surface.DIRECT)
    ).all()
    count = sum(erase(connection, key, at=at) for key in direct)
    comments = connection.execute(
        select(messages)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(*ours, conversations.c.surface == Surface.COMMENT)
        .where(messages.c.contact_id == contact_id)
        .order_by(messages.c.id)
    ).all()
    counted.forget_private(connection, comments)
    _blank_comments(connection, comments, at)
    connection.execute(
        update(conversations)
        .where(*ours, conversations.c.contact_id == contact_id)
        .values(contact_id="", contact_name=None)
    )
    profiles.forget(connection, channel=channel, account=account, contact_id=contact_id)
    return count + len(comments)


def _blank_comments(connection: Connection, rows: Sequence[Row[Any]], at: datetime) -> None:
    if not rows:
        return
    # One name for the same person in all threads, which says nothing: reports count by author.
    name = f"erased:{rows[0].id}"
    for row in rows:
        deletion.blank(connection, row)
        connection.execute(
            update(messages)
            .where(messages.c.id == row.id)
            .values(text=stand_in(row.text, public=True), contact_id=name)
        )
    threads = dict.fromkeys(row.conversation_id for row in rows)
    line = {"type": "erased", "at": at, "actor": "system", "data": {}}
    connection.execute(insert(events), [line | {"conversation_id": id} for id in threads])
