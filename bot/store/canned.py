"""Canned replies: texts that agents insert by a short key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, select

from bot.store.dialect import inserted
from bot.store.tables import canned_replies

_VARIABLE = re.compile(r"\{\{\s*(\w{1,64})\s*\}\}")


class KeyTaken(Exception):
    """A canned reply with this key and language exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedReply:
    """A text under a *key*. *empty* names the variables that had no value; *id* is None for those
    of config.yml.
    """

    key: str
    language: str
    text: str
    id: int | None = None
    empty: tuple[str, ...] = field(default=())


def everything(connection: Connection) -> list[CannedReply]:
    """All stored replies, by key."""
    query = select(canned_replies).order_by(canned_replies.c.key, canned_replies.c.language)
    return [
        CannedReply(id=row.id, key=row.key, language=row.language, text=row.text)
        for row in connection.execute(query)
    ]


def add(connection: Connection, *, key: str, language: str, text: str) -> None:
    """Store a reply. Raises KeyTaken."""
    row = {"key": key, "language": language, "text": text}
    if not inserted(connection, canned_replies, row):
        raise KeyTaken(key)


def remove(connection: Connection, id: int) -> bool:
    """Delete a reply. False if it was not there."""
    return bool(
        connection.execute(delete(canned_replies).where(canned_replies.c.id == id)).rowcount
    )


def filled(reply: CannedReply, values: Mapping[str, str]) -> CannedReply:
    """*reply* with its ``{{ name }}`` variables replaced; nothing else in it is ever executed."""
    names = _VARIABLE.findall(reply.text)
    text = _VARIABLE.sub(lambda found: values.get(found[1], ""), reply.text)
    empty = tuple(dict.fromkeys(name for name in names if not values.get(name)))
    return CannedReply(id=reply.id, key=reply.key, language=reply.language, text=text, empty=empty)
