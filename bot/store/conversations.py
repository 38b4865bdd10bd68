"""Conversations: their stored state, read in one query and locked in one order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from bot.conversation import Conversation, State
from bot.store.dialect import among, insert_new
from bot.store.prepared import fetch, run_many
from bot.store.tables import conversations
from channels.messages import Surface

_NAMES = tuple(field.name for field in fields(Conversation))
_COLUMNS = tuple(conversations.c[name] for name in _NAMES)
_IDENTITY = {"id", "key", "channel", "account", "surface", "contact_id"}
_CHANGING = tuple(name for name in _NAMES if name not in _IDENTITY)
_STATES = {str(state): state for state in State}
_SURFACES = {str(surface): surface for surface in Surface}
_BY_KEYS = select(*_COLUMNS).where(among(conversations.c.key, "keys"))
_STANDING = (
    select(conversations.c.id, conversations.c.key, conversations.c.fence, conversations.c.state)
    .where(among(conversations.c.key, "keys"))
    .order_by(conversations.c.id)
    .with_for_update()
)
_SAVE = (
    update(conversations)
    .where(conversations.c.id == bindparam("row"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGING})
)
# What sending changes is left as it is: it may have gone on while we decided.
_DECIDED = tuple(name for name in _CHANGING if name not in {"last_out_at", "last_agent_at"})
_SAVE_DECIDED = (
    update(conversations)
    .where(conversations.c.id == bindparam("row"))
    .values({name: bindparam(f"new_{name}") for name in _DECIDED})
)


def by_keys(connection: Connection, keys: Iterable[str]) -> dict[str, Conversation]:
    """The conversations of *keys* that exist."""
    return _by_key(fetch(connection, _BY_KEYS, {"keys": sorted(keys)}))


def by_id(connection: Connection, id: int, *, lock: bool = False) -> Conversation | None:
    """One conversation; with *lock* nobody else changes it until the transaction ends."""
    query = select(*_COLUMNS).where(conversations.c.id == id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _conversation(row)


@dataclass(frozen=True, slots=True)
class Standing:
    """Who has the word in a conversation right now."""

    id: int
    key: str
    fence: int
    state: str


def lock(connection: Connection, wanted: Sequence[Conversation], *, at: Any) -> dict[str, Standing]:
    """Create what is new among *wanted* and lock all; returns where they stand, by key."""
    new = [one for one in wanted if one.id is None]
    if new:
        rows = [_new(one, at) for one in sorted(new, key=lambda one: one.key)]
        run_many(connection, insert_new(connection, conversations), rows)
    keys = sorted(one.key for one in wanted)
    return {row.key: Standing(*row) for row in fetch(connection, _STANDING, {"keys": keys})}


def ensure(connection: Connection, wanted: Conversation, *, at: Any) -> Conversation:
    """The conversation of that key, made as *wanted* if there is none. It is not locked."""
    run_many(connection, insert_new(connection, conversations), [_new(wanted, at)])
    return by_keys(connection, [wanted.key])[wanted.key]


def save_decided(connection: Connection, decided: Sequence[tuple[int, Conversation]]) -> None:
    """Write what was decided about locked conversations, by id, where nobody took over since."""
    if decided:
        rows = [_parameters(one, id=id, names=_DECIDED) for id, one in decided]
        run_many(connection, _SAVE_DECIDED, rows)


def save(connection: Connection, changed: Sequence[Conversation]) -> None:
    """Write the whole state of conversations that this transaction has locked."""
    if changed:
        rows = [_parameters(one, id=one.id, names=_CHANGING) for one in changed]
        run_many(connection, _SAVE, rows)


def _parameters(one: Conversation, *, id: int | None, names: Iterable[str]) -> dict[str, Any]:
    values = {f"new_{name}": getattr(one, name) for name in names}
    return values | {"row": id, "new_gone": list(one.gone), "new_choices": list(one.choices)}


def _new(one: Conversation, at: Any) -> dict[str, Any]:
    return _values(one) | {"created_at": at}


def _values(one: Conversation) -> dict[str, Any]:
    values = {name: getattr(one, name) for name in _NAMES if name != "id"}
    return values | {"gone": list(one.gone), "choices": list(one.choices)}


def _by_key(rows: Iterable[Sequence[Any]]) -> dict[str, Conversation]:
    found = map(_conversation, rows)
    return {one.key: one for one in found}


def _conversation(row: Sequence[Any]) -> Conversation:
    values = dict(zip(_NAMES, row, strict=True))
    values["state"] = _STATES[values["state"]]
    values["surface"] = _SURFACES[values["surface"]]
    values["gone"] = tuple(values["gone"])
    values["choices"] = tuple((title, payload) for title, payload in values["choices"])
    return Conversation(**values)
