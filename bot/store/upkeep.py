"""Keep asks and tallies current with the log, in small steps; recompute to prove it.

A step is planned on a reader's snapshot and then written at once, provided that nobody else has
written one since: the writer, on whom every webhook waits, has nothing to think about.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, delete, select, update

from bot.reports.ask import Ask
from bot.reports.asks import asks as paired
from bot.reports.asks import by_opening
from bot.reports.closed import Facets, tallies
from bot.reports.events import Event
from bot.reports.events import known as events_known
from bot.reports.tally import Tally
from bot.store import asks
from bot.store.asks import Kept
from bot.store.dialect import inserted
from bot.store.log import events_of, names_digest, newest, report_events
from bot.store.tables import ask_tallies, ask_upkeep, events, messages
from bot.store.tables import asks as kept_asks

STEP = 500
# Raise it whenever asks or tallies would follow otherwise from the same log.
RECIPE = 2
# Rows of PostgreSQL may become visible after ones with higher numbers; a number that has not come
# by then was taken back.
PATIENCE = timedelta(minutes=10)
_MOST_GAPS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How far a table was read: all up to *number*, but for *gaps*, missing since some second."""

    number: int = 0
    gaps: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where the upkeep stands, and by which *recipe*, *zone* and agents' *names* it counted."""

    step: int = 0
    recipe: int = RECIPE
    zone: str = ""
    names: str = ""
    messages: Seen = field(default_factory=Seen)
    events: Seen = field(default_factory=Seen)

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> Self:
        """Read what `asdict` wrote."""
        seen = {
            name: Seen(
                number=state[name]["number"],
                gaps=tuple((number, since) for number, since in state[name]["gaps"]),
            )
            for name in ("messages", "events")
        }
        return cls(**{**state, **seen})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One step from mark to mark; *more*: another one is due at once."""

    before: Mark | None
    after: Mark
    rows: Sequence[Mapping[str, Any]] = ()
    gone: Sequence[int] = ()
    tallies: Mapping[Facets, Tally] = field(default_factory=dict)
    anew: bool = False
    more: bool = False


def plan(connection: Connection, *, zone: ZoneInfo, now: datetime) -> Plan | None:
    """Work out the next step on a snapshot; None if all is current."""
    before = _mark(connection)
    names = names_digest(connection)
    counted_by = None if before is None else (before.recipe, before.zone, before.names)
    if before is None or counted_by != (RECIPE, zone.key, names):
        step = 0 if before is None else before.step + 1
        return Plan(
            before=before, after=Mark(step=step, zone=zone.key, names=names), anew=True, more=True
        )
    said, read = _news(connection, messages, before.messages, now)
    happened, told = _news(connection, events, before.events, now)
    late = asks.overdue(connection, now=now, limit=STEP)
    changed = sorted({*said, *happened, *late})
    after = replace(before, messages=read, events=told)
    if not changed:
        return None if after == before else _step(before, after)
    more = (
        read.number - before.messages.number >= STEP or told.number - before.events.number >= STEP
    )
    planned = _changes(connection, changed, zone, now)
    return replace(_step(before, after), **planned, more=more or len(late) == STEP)


def carry_out(connection: Connection, step: Plan) -> bool:
    """Write a step; False if another has been written since it was planned."""
    current = _mark(connection, lock=True)
    if current != step.before:
        return False
    state = asdict(step.after)
    if current is None:
        # There is no row yet that could have been locked: another process may be first.
        if not inserted(connection, ask_upkeep, {"id": 1, "state": state}):
            return False
    else:
        connection.execute(update(ask_upkeep).values(state=state))
    if step.anew:
        for table in (kept_asks, ask_tallies):
            connection.execute(delete(table))
    asks.write(connection, rows=step.rows, gone=step.gone)
    asks.write_tallies(connection, step.tallies)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a recomputation found: how many there should be, and what differs from it by name."""

    asks: int
    tallies: int
    differences: tuple[str, ...]


def prove(connection: Connection, *, zone: ZoneInfo, now: datetime) -> Proof:
    """Work everything out from the log and compare it with what is kept; catch up before."""
    expected = _found(report_events(connection, until=now), now)
    counted = _counts(expected, zone, now)
    found, kept = asks.everything(connection), asks.every_tally(connection)
    wrong = [
        f"ask m{first}: {_word(found, first)}"
        for first in sorted(expected.keys() | found.keys())
        if found.get(first) != expected.get(first)
    ]
    wrong += [
        f"tally {'/'.join(map(str, facets))}: {_word(kept, facets)}"
        for facets in sorted(counted.keys() | kept.keys())
        if kept.get(facets) != counted.get(facets)
    ]
    return Proof(asks=len(expected), tallies=len(counted), differences=tuple(wrong))


def known(
    connection: Connection, *, since: datetime, as_of: datetime, later: Collection[str]
) -> list[Ask]:
    """List the asks opened since then as they were known at *as_of*, in the order of `asks`.

    *later* names the conversations in which something came after that. What is kept has to be
    current (`is_current`).
    """
    kept = asks.opened(connection, since=since, until=as_of)
    found = [ask for ask in kept if ask.conversation not in later]
    if later:
        ids = [int(name.removeprefix("c")) for name in later]
        then = paired(events_known(events_of(connection, ids), as_of))
        found += [ask for ask in then if ask.opened_at >= since]
    return by_opening(found)


def is_current(connection: Connection) -> bool:
    """Whether what is kept follows from the log up to its last line."""
    mark = _mark(connection)
    return mark is not None and (mark.messages.number, mark.events.number) == newest(connection)


def forget(connection: Connection) -> None:
    """Drop all that is kept; the next steps work it out anew."""
    for table in (kept_asks, ask_tallies, ask_upkeep):
        connection.execute(delete(table))


def _word(found: Mapping[Any, Any], name: Any) -> str:
    return "is kept otherwise than the log tells" if name in found else "is missing"


def _step(before: Mark, after: Mark) -> Plan:
    return Plan(before=before, after=replace(after, step=before.step + 1))


def _mark(connection: Connection, *, lock: bool = False) -> Mark | None:
    query = select(ask_upkeep.c.state)
    state = connection.scalar(query.with_for_update() if lock else query)
    return None if state is None else Mark.load(state)


def _news(connection: Connection, table: Table, seen: Seen, now: datetime) -> tuple[set[int], Seen]:
    """The conversations with rows that were not read yet, and how far they were read now."""
    second = now.timestamp()
    awaited = dict(seen.gaps)
    query = select(table.c.id, table.c.conversation_id)
    fresh = query.where(table.c.id > seen.number).order_by(table.c.id).limit(STEP)
    rows = list(connection.execute(fresh))
    if awaited:
        rows += connection.execute(query.where(table.c.id.in_(awaited)))
    found = {row.id for row in rows}
    newest = max(found, default=seen.number)
    newest = max(newest, seen.number)
    if newest - seen.number <= _MOST_GAPS:
        skipped = set(range(seen.number + 1, newest)) - found
        awaited |= dict.fromkeys(skipped, second)
    gaps = tuple(
        (number, since)
        for number, since in sorted(awaited.items())
        if number not in found and second - since < PATIENCE.total_seconds()
    )
    changed = {row.conversation_id for row in rows if row.conversation_id is not None}
    return changed, Seen(number=newest, gaps=gaps)


def _changes(
    connection: Connection, changed: Sequence[int], zone: ZoneInfo, now: datetime
) -> dict[str, Any]:
    old = asks.kept(connection, changed)
    new = _found(events_of(connection, changed), now)
    stale = {first: each for first, each in old.items() if new.get(first) != each}
    fresh = {first: each for first, each in new.items() if old.get(first) != each}
    return {
        "rows": [asks.row(each.ask, now) for each in fresh.values()],
        "gone": list(stale.keys() - fresh.keys()),
        "tallies": _tallies(connection, _counts(fresh, zone, now), _counts(stale, zone, now)),
    }


def _found(told: Iterable[Event], now: datetime) -> dict[int, Kept]:
    return {asks.first_message(ask): Kept(ask, ask.status(now) != "open") for ask in paired(told)}


def _counts(group: Mapping[int, Kept], zone: ZoneInfo, now: datetime) -> dict[Facets, Tally]:
    return tallies([each.ask for each in group.values() if each.ended], zone=zone, as_of=now)


def _tallies(
    connection: Connection, more: Mapping[Facets, Tally], less: Mapping[Facets, Tally]
) -> dict[Facets, Tally]:
    empty = Tally()
    before = asks.tally(connection, more.keys() | less.keys())
    after = {
        facets: before.get(facets, empty) + more.get(facets, empty) - less.get(facets, empty)
        for facets in more.keys() | less.keys()
    }
    return {facets: counts for facets, counts in after.items() if counts != before.get(facets)}
