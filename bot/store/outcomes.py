"""What became of a send: recorded once, with what follows from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from bot.conversation import Conversation, State
from bot.store import claims, conversations, links, outbox, pauses
from bot.store.claims import Lapsed
from bot.store.links import Place
from bot.store.outbox import ERASED, AccountKey, Claimed, Item
from bot.store.prepared import run_many
from bot.store.settle import Entry, Owner, log_events
from bot.store.tables import OUTBOX_OPEN, messages, workers
from bot.store.tables import conversations as conversations_table
from bot.store.tables import outbox as outbox_table
from channels.messages import Action, OutboundMessage

ECHO_WAIT = timedelta(seconds=45)
REASONS = {
    Item.FAILED: "reply_failed",
    Item.EXPIRED: "stale",
    Item.UNKNOWN: "delivery_unknown",
}


LEFT = Entry(type="left", actor="customer", data={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of one try. *state* SENT, FAILED, UNKNOWN, or QUEUED to try again at *not_before*.

    *pause* says why the whole account must pause (a dead token). *message* replaces the item's
    for the next try, which is not counted as one more unless it *counts*. *left*: the customer
    blocked us or is gone. *revealed*: where a comment's author is in direct messages. *turn*: what
    follows in the conversation can leave at once.
    """

    item: Claimed
    state: Item
    at: datetime
    platform_id: str | None = None
    reason: str | None = None
    not_before: datetime | None = None
    doubtful: bool = False
    pause: str | None = None
    message: OutboundMessage | None = None
    counts: bool = True
    left: bool = False
    revealed: Place | None = None
    turn: bool = True


def record(connection: Connection, work: Sequence[tuple[Owner, Outcome]]) -> list[list[Claimed]]:
    """Store *work* and claim what may be sent next in the same conversations, where it has a turn.

    Returns one list per outcome; all that was claimed is in the first.
    """
    owner = work[0][0]
    outcomes = [outcome for _, outcome in work]
    record_last(connection, work)
    now = max(outcome.at for outcome in outcomes)
    ids = sorted({outcome.item.conversation_id for outcome in outcomes if outcome.turn})
    claimed = []
    if ids:
        claimed = claim_next(connection, owner=owner, now=now, conversation_ids=ids)
    return [claimed, *([] for _ in outcomes[1:])]


def record_last(
    connection: Connection, work: Sequence[tuple[Owner, Outcome]]
) -> list[list[Claimed]]:
    """Store *work* and claim nothing: whoever stops leaves the rest to the next life."""
    _store_sent(connection, [one for _, one in work if one.state is Item.SENT])
    for owner, one in work:
        if one.state is not Item.SENT:
            _store_unsent(connection, one, by=owner.name)
    return [[] for _ in work]


def claim_next(
    connection: Connection, *, owner: Owner, now: datetime, conversation_ids: Sequence[int]
) -> list[Claimed]:
    """Claim what may be sent next in these conversations; what came too late goes to a person."""
    claimed, lapsed = claims.claim_next(
        connection, owner=owner.name, now=now, conversation_ids=conversation_ids
    )
    _give_up(connection, lapsed, now)
    return claimed


def claim_due(
    connection: Connection, *, owner: Owner, now: datetime, turns: Mapping[AccountKey, int]
) -> list[Claimed]:
    """Claim what is due in the owner's partitions, for each account no more than it has *turns*."""
    claimed: list[Claimed] = []
    for account, most in sorted(turns.items()):
        found, lapsed = claims.claim_due(
            connection,
            owner=owner.name,
            owned=sorted(owner.epochs),
            now=now,
            account=account,
            most=most,
        )
        _give_up(connection, lapsed, now)
        claimed += found
    return claimed


def lapse(connection: Connection, *, owner: Owner, now: datetime) -> None:
    """Give up what came too late while it waited for its turn, or for an account that is paused."""
    owned = sorted(owner.epochs)
    _give_up(connection, claims.lapse(connection, owner=owner.name, owned=owned, now=now), now)


def _give_up(connection: Connection, lapsed: Sequence[Lapsed], now: datetime) -> None:
    for one in lapsed:
        if one.state in {Item.EXPIRED, Item.UNKNOWN}:
            outcome = Outcome(item=one.item, state=one.state, at=now, reason=one.reason)
            abandon(connection, outcome)


def recover(
    connection: Connection,
    *,
    partitions: Sequence[int],
    repeatable: Callable[[OutboundMessage], bool],
    now: datetime,
) -> int:
    """Settle what a dead owner of *partitions* was sending. Returns how many items.

    An owner that lives and only gave them back will tell itself what became of its sends.

    Where the platform takes the same key only once, the item is sent again; elsewhere nobody can
    know, and it becomes unknown.
    """
    ids = connection.scalars(
        select(outbox_table.c.id).where(
            OUTBOX_OPEN,
            outbox_table.c.state == Item.SENDING,
            outbox_table.c.partition.in_(partitions),
            outbox_table.c.claimed_by.not_in(select(workers.c.name)),
        )
    ).all()
    for id in ids:
        found = claims.claimed_by_id(connection, id)
        if found is None:
            continue
        item, _ = found
        again = repeatable(item.message)
        _store_unsent(
            connection,
            Outcome(
                item=item,
                state=Item.QUEUED if again else Item.UNKNOWN,
                at=now,
                not_before=now,
                doubtful=True,
                reason="we stopped while sending it",
            ),
        )
    return len(ids)


def give_up_unknown(connection: Connection, *, partitions: Sequence[int], now: datetime) -> int:
    """Fail items whose platform should have echoed them by now and did not. Returns how many."""
    ids = connection.scalars(
        select(outbox_table.c.id).where(
            OUTBOX_OPEN,
            outbox_table.c.state == Item.UNKNOWN,
            outbox_table.c.partition.in_(partitions),
            outbox_table.c.settled_at < now - ECHO_WAIT,
            outbox_table.c.flags["echo"].as_boolean(),
        )
    ).all()
    for id in ids:
        found = claims.claimed_by_id(connection, id)
        if found is not None:
            item, _ = found
            reason = "the platform never showed it"
            _store_unsent(
                connection,
                Outcome(item=item, state=Item.FAILED, at=now, reason=reason, doubtful=True),
            )
    return len(ids)


class StillSending(Exception):
    """The platform's verdict on a message came before its answer to the call; try again later."""


def undelivered(
    connection: Connection,
    *,
    id: str | None,
    platform_ids: Sequence[str],
    reason: str,
    at: datetime,
) -> None:
    """The platform had accepted our message and says now that it will never arrive.

    A person is called, and it counts as no answer. The message is known by its *id*, else by the
    platform's. Raises StillSending.
    """
    found = claims.claimed_by_id(connection, id or "") or _by_platform(connection, platform_ids)
    if found is None:
        return
    item, state = found
    if state == Item.SENDING:
        raise StillSending
    if state not in (Item.SENT, Item.UNKNOWN):
        return
    connection.execute(
        update(outbox_table)
        .where(outbox_table.c.id == item.id, _KEPT)
        .values(state=Item.FAILED, reason=reason, settled_at=at)
    )
    abandon(connection, Outcome(item=item, state=Item.FAILED, at=at, reason=reason))


def _by_platform(connection: Connection, platform_ids: Sequence[str]) -> tuple[Claimed, str] | None:
    ours = select(messages.c.outbox_id).where(
        messages.c.platform_id.in_(platform_ids), messages.c.outbox_id.is_not(None)
    )
    id = connection.scalar(ours.limit(1))
    return None if id is None else claims.claimed_by_id(connection, id)


def confirm(
    connection: Connection,
    *,
    id: str,
    platform_id: str | None,
    at: datetime,
    place: Place | None = None,
) -> bool:
    """The platform showed us our own message, at *place*: whatever we thought, it was sent.

    Returns False if no such item is known.
    """
    found = claims.claimed_by_id(connection, id)
    if found is None:
        return False
    item, state = found
    private = item.message.action is Action.PRIVATE_REPLY
    shown = Outcome(
        item=item,
        state=Item.SENT,
        at=at,
        platform_id=platform_id,
        revealed=place if private else None,
    )
    if state != Item.SENT:
        # What the platform first called undelivered is in the log already.
        _store_sent(connection, [shown], anew=state != Item.FAILED)
    return True


def keep_link(connection: Connection, item: Claimed, *, place: Place, at: datetime) -> None:
    """Keep where the private reply *item* reached the comment's author."""
    links.link(
        connection,
        comment=item.message.reply_to,
        conversation_id=item.conversation_id,
        place=place,
        at=at,
    )


_KEPT = outbox_table.c.reason.is_distinct_from(ERASED)
_SENT = (
    update(outbox_table)
    .where(outbox_table.c.id == bindparam("row"), outbox_table.c.state != Item.SENT, _KEPT)
    .values(
        state=Item.SENT,
        platform_id=bindparam("name"),
        settled_at=bindparam("at"),
        reason=None,
    )
)
_SPOKE = (
    update(conversations_table)
    .where(conversations_table.c.id == bindparam("row"))
    .values(last_out_at=bindparam("at"))
)
_AGENT_SPOKE = _SPOKE.values(last_agent_at=bindparam("at"))


def _store_sent(connection: Connection, outcomes: Sequence[Outcome], *, anew: bool = True) -> None:
    if not outcomes:
        return
    for one in outcomes:
        if one.revealed is not None:
            keep_link(connection, one.item, place=one.revealed, at=one.at)
    told = [{"row": one.item.id, "name": one.platform_id, "at": one.at} for one in outcomes]
    changed = run_many(connection, _SENT, told)
    if changed < len(outcomes) or not anew:
        # An echo was faster than the answer for some, or a customer who wants to be forgotten.
        outcomes = _unlogged(connection, outcomes)
    outbox.log_sent(
        connection,
        [outbox.sent_row(one.item, platform_id=one.platform_id, at=one.at) for one in outcomes],
    )
    for author, statement in (("bot", _SPOKE), ("agent", _AGENT_SPOKE)):
        last = {
            one.item.conversation_id: one.at
            for one in sorted(outcomes, key=lambda one: (one.item.conversation_id, one.at))
            if outbox.author_of(one.item.message) == author
        }
        if last:
            run_many(connection, statement, [{"row": id, "at": at} for id, at in last.items()])
    _resume(connection, outcomes)


def _unlogged(connection: Connection, outcomes: Sequence[Outcome]) -> list[Outcome]:
    ids = [one.item.id for one in outcomes]
    logged = set(
        connection.scalars(select(messages.c.outbox_id).where(messages.c.outbox_id.in_(ids)))
    )
    erased = set(
        connection.scalars(
            select(outbox_table.c.id).where(
                outbox_table.c.id.in_(ids), outbox_table.c.reason == ERASED
            )
        )
    )
    return [
        _wordless(one) if one.item.id in erased else one
        for one in outcomes
        if one.item.id not in logged
    ]


def _wordless(one: Outcome) -> Outcome:
    message = replace(one.item.message, text="", attachments=(), also=(), reply_to=None)
    return replace(one, item=replace(one.item, message=message), platform_id=None)


def _resume(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    taken = {
        (one.item.message.channel, one.item.message.account) for one in outcomes if one.item.probes
    }
    for channel, account in sorted(taken):
        pauses.resume(connection, channel=channel, account=account)


def _store_unsent(connection: Connection, one: Outcome, *, by: str | None = None) -> None:
    """Store that *one* was not sent; *by* whom, where that is not the caller's own finding."""
    again = one.state is Item.QUEUED
    changed = {} if one.message is None else {"message": one.message}
    # A worker that slept must not revive what others have called doubtful or claimed since.
    ours = outbox_table.c.state == Item.SENDING
    if by is not None:
        ours &= outbox_table.c.claimed_by == by
    is_open = ours if again else ours | (outbox_table.c.state == Item.UNKNOWN)
    stored = connection.execute(
        update(outbox_table)
        .where(outbox_table.c.id == one.item.id, is_open, _KEPT)
        .values(
            state=one.state,
            reason=one.reason,
            tries=one.item.tries + one.counts,
            doubtful=one.doubtful,
            not_before=one.not_before or one.at,
            claimed_by=None,
            settled_at=None if again else one.at,
            **changed,
        )
    ).rowcount
    if one.pause is not None:
        message = one.item.message
        pauses.pause(
            connection,
            channel=message.channel,
            account=message.account,
            reason=one.pause,
            at=one.at,
        )
    # Where the platform shows us what it took, it is soon known: no person is called for nothing.
    if stored and not again and not (one.state is Item.UNKNOWN and one.item.flags.get("echo")):
        abandon(connection, one)


def abandon(connection: Connection, one: Outcome) -> None:
    """A message will not reach its customer: say so in the log, and call a person."""
    reason = REASONS.get(one.state, "reply_failed")
    data = {"outbox": one.item.id, "state": str(one.state), "reason": one.reason}
    entries = [Entry(type="unsent", actor="system", data=data)]
    present = conversations.by_id(connection, one.item.conversation_id, lock=True)
    if present is None:
        return
    changed = present
    if one.item.flags.get("discloses"):
        changed = replace(changed, disclosed_at=None)
    talks_to_bot = outbox.author_of(one.item.message) == "bot" and present.state is State.BOT
    if one.left and talks_to_bot:
        changed = left(changed)
        entries.append(LEFT)
    elif talks_to_bot:
        changed = waiting(changed, reason=reason, at=one.at)
        entries.append(Entry(type="handoff", actor="system", data={"reason": reason}))
    conversations.save(connection, [changed])
    log_events(connection, one.item.conversation_id, entries, one.at)


def left(conversation: Conversation) -> Conversation:
    """The same conversation after its customer left: nobody can answer, so no person is called.

    Should they write again, it opens.
    """
    fence = conversation.fence + 1
    return replace(conversation, state=State.CLOSED, fence=fence, waiting_since=None)


def waiting(conversation: Conversation, *, reason: str, at: datetime) -> Conversation:
    """The same conversation, waiting for a person since *at*, or longer if it waited before."""
    since = conversation.waiting_since or at
    return replace(conversation, state=State.WAITING, waiting_since=since, handoff_reason=reason)
