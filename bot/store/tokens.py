"""Tokens with which programs read the reports; only their digests are stored."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from bot.store.tables import api_tokens, events

PREFIX = "antiphon_"
LONGEST_NAME = 64
USED_EVERY = timedelta(minutes=1)
_SHAPE = re.compile(rf"{PREFIX}[\w-]{{43}}", re.ASCII)


class Scope(StrEnum):
    """What a token may read."""

    REPORTS = "reports:read"
    ASKS = "asks:read"
    WORDS = "asks:words"

    @property
    def includes(self) -> frozenset["Scope"]:
        """All that it allows: who may read customers' words may read the asks."""
        return frozenset({self, Scope.ASKS} if self is Scope.WORDS else {self})


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a token; None: it does not expire, was never used, was not revoked."""

    id: int
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def may(self, needed: Scope) -> bool:
        """Whether it allows *needed*."""
        return any(needed in scope.includes for scope in self.scopes)

    def lives(self, at: datetime) -> bool:
        """Whether it opens anything at that instant."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


def add(
    connection: Connection,
    *,
    name: str,
    scopes: Iterable[Scope],
    at: datetime,
    expires_at: datetime | None,
    actor: str,
) -> str:
    """Make a token and return it: nobody can read it again. *actor* is told to the log."""
    secret = PREFIX + secrets.token_urlsafe(32)
    chosen = sorted(set(scopes))
    row = {
        "digest": _digest(secret),
        "name": name,
        "scopes": chosen,
        "created_at": at,
        "expires_at": expires_at,
    }
    id = connection.scalar(insert(api_tokens).values(row).returning(api_tokens.c.id))
    _log(connection, "token_added", actor, at, token=id, name=name, scopes=chosen)
    return secret


def everything(connection: Connection) -> list[Token]:
    """All tokens there ever were, the newest first."""
    query = select(api_tokens).order_by(api_tokens.c.id.desc())
    return [_token(row) for row in connection.execute(query)]


def known(connection: Connection, secret: str) -> Token | None:
    """The token itself, be it living or not; None if there never was one."""
    if not _SHAPE.fullmatch(secret):
        return None
    query = select(api_tokens).where(api_tokens.c.digest == _digest(secret))
    row = connection.execute(query).one_or_none()
    return None if row is None else _token(row)


def used(connection: Connection, id: int, at: datetime) -> None:
    """Note when it was last used."""
    connection.execute(update(api_tokens).where(api_tokens.c.id == id).values(used_at=at))


def revoke(connection: Connection, id: int, *, at: datetime, actor: str) -> bool:
    """End a token for good; False if there is none that could be ended."""
    living = update(api_tokens).where(api_tokens.c.id == id, api_tokens.c.revoked_at.is_(None))
    name = connection.scalar(living.values(revoked_at=at).returning(api_tokens.c.name))
    if name is not None:
        _log(connection, "token_revoked", actor, at, token=id, name=name)
    return name is not None


def _log(connection: Connection, type: str, actor: str, at: datetime, **data: Any) -> None:
    row = {"conversation_id": None, "type": type, "at": at, "actor": actor, "data": data}
    connection.execute(insert(events).values(row))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _token(row: Row[Any]) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        scopes=tuple(Scope(each) for each in row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
    )
