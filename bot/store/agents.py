"""Agents and their log-in sessions."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from bot.store.dialect import inserted
from bot.store.tables import agents, sessions

SEEN_EVERY = timedelta(minutes=1)


class Role(StrEnum):
    """What an agent may see. Each role may do all that the roles before it may."""

    AGENT = "agent"
    MANAGER = "manager"
    ADMIN = "admin"

    def may(self, needed: "Role") -> bool:
        """Whether this role includes *needed*."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


class EmailTaken(Exception):
    """An agent with this e-mail address exists."""


class LastAdmin(Exception):
    """Without this admin nobody could manage the desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A person who answers. *language* is their choice for the desk; None follows the browser."""

    id: int
    email: str
    name: str
    role: Role
    language: str | None
    active: bool = True
    teaches: bool = False

    @property
    def may_teach(self) -> bool:
        """Whether they review what customers wrote and teach the bot; managers always may."""
        return self.teaches or self.role.may(Role.MANAGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who a cookie stands for. *csrf* must come back with every change."""

    agent: Agent
    csrf: str
    created_at: datetime
    seen_at: datetime


_AGENT = (
    agents.c.id,
    agents.c.email,
    agents.c.name,
    agents.c.role,
    agents.c.language,
    agents.c.active,
    agents.c.teaches,
)


def add(
    connection: Connection,
    *,
    email: str,
    name: str,
    role: Role,
    password_hash: str,
    at: datetime,
    language: str | None = None,
) -> int:
    """Store a new agent and return its id. Raises EmailTaken."""
    row = {
        "email": folded(email),
        "name": name.strip(),
        "role": role,
        "password_hash": password_hash,
        "language": language,
        "created_at": at,
    }
    if not inserted(connection, agents, row):
        raise EmailTaken(email)
    id: int = connection.scalars(select(agents.c.id).where(agents.c.email == row["email"])).one()
    return id


def folded(email: str) -> str:
    """The one spelling of an e-mail address."""
    return email.strip().casefold()


def everyone(connection: Connection) -> list[Agent]:
    """All agents, those who left last."""
    query = select(*_AGENT).order_by(agents.c.active.desc(), agents.c.name, agents.c.id)
    return [_agent(row) for row in connection.execute(query)]


def by_id(connection: Connection, id: int) -> Agent | None:
    """An agent, or None."""
    row = connection.execute(select(*_AGENT).where(agents.c.id == id)).one_or_none()
    return None if row is None else _agent(row)


def credentials(connection: Connection, email: str) -> tuple[Agent, str] | None:
    """An active agent and the hash of the password; None if there is none."""
    row = connection.execute(
        select(*_AGENT, agents.c.password_hash).where(
            agents.c.email == folded(email), agents.c.active
        )
    ).one_or_none()
    return None if row is None else (_agent(row), row.password_hash)


def set_teaches(connection: Connection, id: int, *, teaches: bool) -> None:
    """Let an agent review and teach, or no more."""
    connection.execute(update(agents).where(agents.c.id == id).values(teaches=teaches))


def set_language(connection: Connection, id: int, language: str) -> None:
    """Store the language in which an agent reads the desk."""
    connection.execute(update(agents).where(agents.c.id == id).values(language=language))


def set_password(connection: Connection, id: int, password_hash: str) -> None:
    """Store a new password; every session of the agent ends."""
    connection.execute(update(agents).where(agents.c.id == id).values(password_hash=password_hash))
    end_sessions(connection, id)


def set_role(connection: Connection, id: int, role: Role) -> None:
    """Change what an agent may do; their sessions end. Raises LastAdmin."""
    if role is not Role.ADMIN:
        _keep_an_admin(connection, id)
    connection.execute(update(agents).where(agents.c.id == id).values(role=role))
    end_sessions(connection, id)


def set_active(connection: Connection, id: int, *, active: bool) -> None:
    """Let an agent in or lock them out; their sessions end. Raises LastAdmin."""
    if not active:
        _keep_an_admin(connection, id)
    connection.execute(update(agents).where(agents.c.id == id).values(active=active))
    end_sessions(connection, id)


def new_session(connection: Connection, agent_id: int, at: datetime) -> str:
    """Open a session and return its cookie; only a hash of it is stored."""
    cookie = secrets.token_urlsafe(32)
    row = {
        "id": _digest(cookie),
        "agent_id": agent_id,
        "csrf": secrets.token_urlsafe(32),
        "created_at": at,
        "seen_at": at,
    }
    connection.execute(insert(sessions).values(row))
    return cookie


def session(
    connection: Connection, cookie: str, *, at: datetime, idle: timedelta, longest: timedelta
) -> Session | None:
    """The living session of *cookie*; None if it ended, grew too old or its agent left."""
    row = connection.execute(
        select(*_AGENT, sessions.c.csrf, sessions.c.created_at, sessions.c.seen_at)
        .join(sessions, sessions.c.agent_id == agents.c.id)
        .where(sessions.c.id == _digest(cookie), agents.c.active)
        .where(sessions.c.seen_at > at - idle, sessions.c.created_at > at - longest)
    ).one_or_none()
    if row is None:
        return None
    return Session(agent=_agent(row), csrf=row.csrf, created_at=row.created_at, seen_at=row.seen_at)


def touch_session(connection: Connection, cookie: str, at: datetime) -> None:
    """Note that the agent was there at *at*."""
    connection.execute(update(sessions).where(sessions.c.id == _digest(cookie)).values(seen_at=at))


def end_session(connection: Connection, cookie: str) -> None:
    """Log out."""
    connection.execute(delete(sessions).where(sessions.c.id == _digest(cookie)))


def end_sessions(connection: Connection, agent_id: int) -> None:
    """Log an agent out everywhere."""
    connection.execute(delete(sessions).where(sessions.c.agent_id == agent_id))


def forget_sessions(connection: Connection, *, before: datetime) -> int:
    """Delete sessions opened before *before*. Returns how many."""
    return connection.execute(delete(sessions).where(sessions.c.created_at < before)).rowcount


def _keep_an_admin(connection: Connection, leaving: int) -> None:
    others = connection.scalar(
        select(func.count())
        .select_from(agents)
        .where(agents.c.role == Role.ADMIN, agents.c.active, agents.c.id != leaving)
    )
    if not others:
        raise LastAdmin


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()


def _agent(row: Row[*tuple[Any, ...]]) -> Agent:
    return Agent(
        id=row.id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        language=row.language,
        active=row.active,
        teaches=row.teaches,
    )
