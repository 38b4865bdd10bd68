"""A call to the platform's API as a value, and what the platform makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl

import orjson

from bot.simulation.accounts import PlatformAccount

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One HTTP request. *path* has no query; *at* is the platform's Unix time."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: float

    def bearer(self) -> str:
        """The token in the Authorization header; empty without one."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else ""

    def json(self) -> object:
        """The body read as JSON; None where it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A call that is allowed to ask: signed in, and of the right shape.

    *kind* is a ledger kind, or "other" for calls that show nothing (typing, profiles).
    """

    call: Call = field(repr=False)
    account: PlatformAccount
    kind: str
    thread: str = ""
    text: str = ""
    outbound_id: str | None = None
    tag: str | None = None
    body: Json = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The platform's yes. *ids* are its names for what it took; *swallowed*: nobody will see it."""

    body: Json
    ids: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    person: str | None = None
    swallowed: bool = False
    status: int = 200


class Api(Protocol):
    """One platform's rules. `attempt` and `take` raise Refused; only `take` changes the world."""

    def attempt(self, call: Call) -> Attempt: ...

    def take(self, attempt: Attempt) -> Taken: ...


def query(text: str) -> dict[str, str]:
    """The parameters of a query string; the last of a name wins."""
    return dict(parse_qsl(text, keep_blank_values=True)) if text else {}


def words(value: object, *path: str) -> str:
    """The string at *path* inside *value*; empty where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""
