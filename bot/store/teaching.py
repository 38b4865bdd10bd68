"""What agents taught: kept with who, when and from which message; used, refused or withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, update

from bot.masking import folded
from bot.store.dialect import insert_new
from bot.store.settle import Entry, log_events
from bot.store.tables import agents, messages, taught, taught_intents
from bot.taught import Taught, TaughtExample, TaughtIntent

# What customers call an intent stands among its answers, where no language has this name.
_LABEL = "label"
_STANDING = taught.c.withdrawn_at.is_(None)
_USED = and_(_STANDING, taught.c.used_at.is_not(None))
_WAITING = and_(_STANDING, taught.c.used_at.is_(None), taught.c.refused_at.is_(None))


class State(StrEnum):
    """What became of an example."""

    WAITING = "waiting"
    USED = "used"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An example that an agent taught. *conversation_id* is where its message stands, if known."""

    id: int
    intent: str
    language: str
    text: str
    state: State
    by: str
    at: datetime
    conversation_id: int | None
    withdrawn_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What is to be learnt: *used* counts now, *all_* with the *new* examples, by their ids."""

    used: Taught
    all_: Taught
    new: tuple[int, ...]


def teach(
    connection: Connection,
    *,
    intent: str,
    language: str,
    text: str,
    message_id: int | None,
    agent_id: int,
    at: datetime,
) -> int:
    """Keep *text* as an example of *intent*; returns its id.

    It takes the place of an equal one that was taught for another intent.
    """
    digest = folded(text) or ""
    equal = and_(_STANDING, taught.c.folded == digest)
    ours = select(taught.c.id).where(equal, taught.c.intent == intent).limit(1)
    known: int | None = connection.scalar(ours)
    _withdraw(connection, and_(equal, taught.c.intent != intent), agent_id, at)
    row = {
        "intent": intent,
        "language": language,
        "text": text,
        "folded": digest,
        "message_id": message_id,
        "agent_id": agent_id,
        "at": at,
    }
    if known is None:
        known = connection.scalar(insert(taught).values(row).returning(taught.c.id))
    assert known is not None  # noqa: S101 - it was just inserted
    retry(connection, known)
    where = select(messages.c.conversation_id).where(messages.c.id == message_id)
    _log(connection, "taught", {"taught": known, "intent": intent}, agent_id, at, where)
    return known


def start_intent(
    connection: Connection,
    *,
    name: str,
    handoff: bool,
    answers: dict[str, str],
    label: dict[str, str],
    agent_id: int,
    at: datetime,
) -> None:
    """Keep a new intent, and how it is answered; what agents knew of that name is replaced."""
    said = answers | ({_LABEL: label} if label else {})
    row = {"handoff": handoff, "answers": said, "agent_id": agent_id, "at": at}
    row |= {"withdrawn_at": None, "withdrawn_by": None}
    here = taught_intents.c.name == name
    if not connection.execute(update(taught_intents).where(here).values(row)).rowcount:
        connection.execute(insert_new(connection, taught_intents), row | {"name": name})
    _log(connection, "intent_started", {"intent": name, "handoff": handoff}, agent_id, at)


def withdraw(connection: Connection, id: int, *, agent_id: int, at: datetime) -> bool:
    """Use the example *id* no more; with its last example an intent of the agents' goes, too."""
    intent = connection.scalar(select(taught.c.intent).where(taught.c.id == id))
    if not _withdraw(connection, and_(_STANDING, taught.c.id == id), agent_id, at):
        return False
    left = select(taught.c.id).where(_STANDING, taught.c.intent == intent).limit(1)
    if connection.scalar(left) is None:
        ours = (taught_intents.c.name == intent, taught_intents.c.withdrawn_at.is_(None))
        gone = {"withdrawn_at": at, "withdrawn_by": agent_id}
        connection.execute(update(taught_intents).where(*ours).values(gone))
    return True


def retry(connection: Connection, id: int) -> bool:
    """Let the next lesson judge an example again that an earlier one refused."""
    refused = (taught.c.id == id, _STANDING, taught.c.refused_at.is_not(None))
    return bool(connection.execute(update(taught).where(*refused).values(refused_at=None)).rowcount)


def judged(connection: Connection, ids: Sequence[int], *, used: bool, at: datetime) -> None:
    """Say of the examples *ids* what their lesson came to."""
    column = taught.c.used_at if used else taught.c.refused_at
    connection.execute(
        update(taught).where(_WAITING, taught.c.id.in_(ids)).values({column.name: at})
    )


def standing(connection: Connection) -> Taught:
    """What counts beside the brand's catalogue."""
    return _taught(connection, _rows(connection, _USED))


def lesson(connection: Connection) -> Lesson:
    """What waits to be learnt, and what counts already."""
    used, new = _rows(connection, _USED), _rows(connection, _WAITING)
    both = sorted([*used, *new], key=lambda row: row.id)
    return Lesson(
        used=_taught(connection, used),
        all_=_taught(connection, both),
        new=tuple(row.id for row in new),
    )


def waits(connection: Connection) -> bool:
    """Whether something waits to be learnt."""
    return connection.scalar(select(taught.c.id).where(_WAITING).limit(1)) is not None


def intents(connection: Connection) -> list[str]:
    """The names of the intents that agents started."""
    query = select(taught_intents.c.name).where(taught_intents.c.withdrawn_at.is_(None))
    return list(connection.scalars(query.order_by(taught_intents.c.name)))


def everything(connection: Connection, *, limit: int = 500) -> list[Example]:
    """The newest *limit* examples, withdrawn ones, too."""
    others = agents.alias("others")
    query = (
        select(
            taught,
            agents.c.name.label("by"),
            others.c.name.label("gone_by"),
            messages.c.conversation_id,
        )
        .join(agents, agents.c.id == taught.c.agent_id)
        .join(others, others.c.id == taught.c.withdrawn_by, isouter=True)
        .join(messages, messages.c.id == taught.c.message_id, isouter=True)
        .order_by(taught.c.id.desc())
        .limit(limit)
    )
    return [_example(row) for row in connection.execute(query)]


def _rows(connection: Connection, which: ColumnElement[bool]) -> list[Row[Any]]:
    return list(connection.execute(select(taught).where(which).order_by(taught.c.id)).all())


def _taught(connection: Connection, rows: Sequence[Row[Any]]) -> Taught:
    named = {row.intent for row in rows}
    query = select(taught_intents).where(taught_intents.c.withdrawn_at.is_(None))
    return Taught(
        examples=tuple(
            TaughtExample(intent=row.intent, language=row.language, text=row.text) for row in rows
        ),
        intents=tuple(
            _intent(row)
            for row in connection.execute(query.order_by(taught_intents.c.name))
            if row.name in named
        ),
    )


def _intent(row: Row[Any]) -> TaughtIntent:
    answers = {name: said for name, said in row.answers.items() if name != _LABEL}
    return TaughtIntent(
        name=row.name,
        handoff=row.handoff,
        answers=tuple(sorted(answers.items())),
        label=tuple(sorted(row.answers.get(_LABEL, {}).items())),
    )


def _withdraw(
    connection: Connection, which: ColumnElement[bool], agent_id: int, at: datetime
) -> bool:
    rows = connection.execute(select(taught.c.id, taught.c.intent).where(which)).all()
    gone = {"withdrawn_at": at, "withdrawn_by": agent_id}
    for row in rows:
        connection.execute(update(taught).where(taught.c.id == row.id).values(gone))
        _log(connection, "untaught", {"taught": row.id, "intent": row.intent}, agent_id, at)
    return bool(rows)


def _log(
    connection: Connection,
    type: str,
    data: dict[str, Any],
    agent_id: int,
    at: datetime,
    where: Any = None,
) -> None:
    conversation = None if where is None else connection.scalar(where)
    entry = Entry(type=type, actor=f"agent:{agent_id}", data=data)
    log_events(connection, conversation, [entry], at)


def _example(row: Row[Any]) -> Example:
    return Example(
        id=row.id,
        intent=row.intent,
        language=row.language,
        text=row.text,
        state=_state(row),
        by=row.by,
        at=row.at,
        conversation_id=row.conversation_id,
        withdrawn_by=row.gone_by,
    )


def _state(row: Row[Any]) -> State:
    if row.withdrawn_at is not None:
        return State.WITHDRAWN
    if row.used_at is not None:
        return State.USED
    return State.REFUSED if row.refused_at is not None else State.WAITING
