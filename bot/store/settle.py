"""Write a decision: the message, why, the new state, the replies, in one commit or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from bot.conversation import Conversation
from bot.store import bounds, conversations, inbox, outbox
from bot.store.bounds import PublicReply
from bot.store.conversations import Standing
from bot.store.dialect import among
from bot.store.outbox import Claimed, Draft
from bot.store.prepared import fetch, run_many
from bot.store.tables import events, messages, partitions


class LostPartition(Exception):
    """Another worker owns this conversation now; nothing was written."""


class AlreadyDecided(Exception):
    """This inbox row has its decision; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line for the log of events."""

    type: str
    actor: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What became of one inbox row. *before* is the conversation that the decision was made on.

    *message* holds columns of the message for the log (None: nothing to log). What is *public* is
    said within its bounds; beyond them *otherwise* is stored instead. *turn*: the first of *drafts*
    can leave at once.
    """

    inbox_id: int
    partition: int
    before: Conversation
    after: Conversation
    at: datetime
    message: dict[str, Any] | None = None
    entries: tuple[Entry, ...] = ()
    drafts: tuple[Draft, ...] = ()
    public: PublicReply | None = None
    otherwise: "Settlement | None" = None
    turn: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a settlement left to do: items to send at once. *entries* are those that were stored."""

    conversation_id: int
    claimed: tuple[Claimed, ...] = ()
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A worker's claim: the name it leased its partitions under, with their epochs."""

    name: str
    epochs: dict[int, int]


def settle(connection: Connection, work: Sequence[tuple[Owner, Settlement]]) -> list[Settled]:
    """Commit settlements of different conversations. Raises LostPartition or AlreadyDecided."""
    owner = work[0][0]
    settlements: Sequence[Settlement] = [settlement for _, settlement in work]
    at = settlements[0].at
    check_lease(connection, owner, [one.partition for one in settlements])
    if not inbox.done(connection, [one.inbox_id for one in settlements]):
        raise AlreadyDecided
    present = conversations.lock(connection, [one.before for one in settlements], at=at)
    settlements = _within_bounds(connection, settlements)
    standing = [(one, present[one.before.key]) for one in settlements]
    _save(connection, standing)
    _log(connection, standing)
    return _send(connection, owner, standing)


def _within_bounds(
    connection: Connection, settlements: Sequence[Settlement]
) -> Sequence[Settlement]:
    public = [one.public for one in settlements if one.public is not None]
    if not public:
        return settlements
    bounds.lock(connection, public)
    return [_chosen(connection, one) for one in settlements]


def _chosen(connection: Connection, one: Settlement) -> Settlement:
    """*one*, or what takes its place because enough was said in public."""
    reached: str | None = None
    while one.public is not None and one.otherwise is not None:
        reached = bounds.reached(connection, one.public)
        if reached is None:
            bounds.note(connection, one.public, at=one.at)
            return one
        one = replace(one.otherwise, turn=one.turn)
    return one if reached is None else _explained(one, f"not said in public: {reached}")


def _explained(one: Settlement, why: str) -> Settlement:
    first, *others = one.entries
    told = replace(first, data=first.data | {"why": f"{first.data['why']}; {why}"})
    return replace(one, entries=(told, *others))


_HELD = (
    select(partitions.c.id, partitions.c.epoch)
    .where(
        partitions.c.owner == bindparam("owner"),
        among(partitions.c.id, "ids"),
    )
    .with_for_update(read=True)
)
_LOG_MESSAGES = insert(messages)
_LOG_EVENTS = insert(events)


def check_lease(connection: Connection, owner: Owner, wanted: Sequence[int]) -> None:
    """Refuse to write for partitions whose lease went to another worker."""
    asked = {"owner": owner.name, "ids": sorted(set(wanted))}
    held = dict(fetch(connection, _HELD, asked))
    if any(held.get(id) != owner.epochs.get(id, -1) for id in wanted):
        raise LostPartition


def log_events(
    connection: Connection, conversation_id: int | None, entries: Sequence[Entry], at: datetime
) -> None:
    """Append to the log of events."""
    if entries:
        connection.execute(
            insert(events), [_event_row(conversation_id, entry, at) for entry in entries]
        )


def _save(connection: Connection, standing: Sequence[tuple[Settlement, Standing]]) -> None:
    """Store the state that was decided on, unless an agent changed the conversation meanwhile."""
    undisturbed = [
        (now.id, one.after)
        for one, now in standing
        if (now.fence, now.state) == (one.before.fence, one.before.state)
    ]
    conversations.save_decided(connection, undisturbed)
    if len(undisturbed) < len(standing):
        done = {id for id, _ in undisturbed}
        others = [(one, now) for one, now in standing if now.id not in done]
        conversations.save(connection, [_merged(connection, one, now) for one, now in others])


def _merged(connection: Connection, one: Settlement, standing: Standing) -> Conversation:
    now = conversations.by_id(connection, standing.id)
    assert now is not None  # noqa: S101 - it is locked
    return replace(
        now,
        thread=one.after.thread,
        language=one.after.language,
        last_in_at=one.after.last_in_at,
        opted_out_at=one.after.opted_out_at,
        gone=one.after.gone,
    )


def _log(connection: Connection, standing: Sequence[tuple[Settlement, Standing]]) -> None:
    new = [
        one.message | {"conversation_id": now.id, "inbox_id": one.inbox_id}
        for one, now in standing
        if one.message is not None
    ]
    if new:
        run_many(connection, _LOG_MESSAGES, new)
    lines = [_event_row(now.id, entry, one.at) for one, now in standing for entry in one.entries]
    if lines:
        run_many(connection, _LOG_EVENTS, lines)


def _event_row(conversation_id: int | None, entry: Entry, at: datetime) -> dict[str, Any]:
    return {
        "conversation_id": conversation_id,
        "type": entry.type,
        "at": at,
        "actor": entry.actor,
        "data": entry.data,
    }


def _send(
    connection: Connection, owner: Owner, standing: Sequence[tuple[Settlement, Standing]]
) -> list[Settled]:
    speaking = [now.id for one, now in standing if one.drafts]
    occupied = outbox.busy(connection, speaking) if speaking else set()
    new: list[dict[str, Any]] = []
    settled: list[Settled] = []
    for one, now in standing:
        # A reply decided under an older fence is written down, so that the desk can show it, and
        # cancelled by the next claim.
        at_once = (
            one.turn
            and now.id not in occupied
            and now.fence == one.before.fence
            and _in_time(one.drafts, one.at)
        )
        new += outbox.rows(
            one.drafts,
            conversation_id=now.id,
            partition=one.partition,
            fence=one.before.fence,
            at=one.at,
            inbox_id=one.inbox_id,
            claimed_by=owner.name if at_once else None,
        )
        claimed = (_born(one.drafts[0], now.id, one),) if at_once else ()
        settled.append(Settled(conversation_id=now.id, claimed=claimed, entries=one.entries))
    outbox.add(connection, new)
    for one, now in standing:
        outbox.add_links(connection, one.drafts, conversation_id=now.id, at=one.at)
    return settled


def _in_time(drafts: Sequence[Draft], at: datetime) -> bool:
    """Whether the first of *drafts* may leave now; the next claim says of the others why not."""
    if not drafts:
        return False
    until = drafts[0].window_until
    return at < drafts[0].expires_at and (until is None or at < until)


def _born(draft: Draft, conversation_id: int, one: Settlement) -> Claimed:
    return Claimed(
        id=draft.message.id,
        conversation_id=conversation_id,
        message=draft.message,
        flags=draft.flags,
        inbox_id=one.inbox_id,
        agent_id=draft.agent_id,
        tries=0,
        doubtful=False,
        expires_at=draft.expires_at,
        claimed_at=one.at,
    )
