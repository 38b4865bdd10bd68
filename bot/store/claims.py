"""Who may send what, now: items claimed for sending, or given up because they came too late."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Select, bindparam, exists, func, or_, select, update

from bot.store.dialect import among
from bot.store.outbox import BUSY, ITS_ACCOUNT, AccountKey, Claimed, Item
from bot.store.prepared import fetch, run_many
from bot.store.tables import OUTBOX_OPEN, accounts, conversations, outbox
from channels.messages import AgentMessage, BotMessage, OutboundMessage

CLAIM_LIMIT = 500

# How often an account whose token the platform refuses is tried with one message.
PROBE_AFTER = timedelta(seconds=60)

_MESSAGES: dict[str, TypeAdapter[OutboundMessage]] = {
    "bot": TypeAdapter(BotMessage),
    "agent": TypeAdapter(AgentMessage),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The question whether *item*, claimed by *owner*, may still be sent at *at*."""

    owner: str
    item: Claimed
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsed:
    """An item that the claim found EXPIRED or CANCELLED, and why."""

    item: Claimed
    state: Item
    reason: str


def claim_next(
    connection: Connection, *, owner: str, now: datetime, conversation_ids: Sequence[int]
) -> tuple[list[Claimed], list[Lapsed]]:
    """Claim what is due in these conversations: the oldest item of each, if its fence still stands.

    The conversation row is locked while the fence is compared, so a take-over either commits
    before (and the item is cancelled) or waits until the claim has committed. The second list
    holds what came too late to be sent.
    """
    asked = {"ids": conversation_ids, "most": CLAIM_LIMIT}
    return _judged(connection, _DUE_IN, asked, owner=owner, now=now)


def claim_due(
    connection: Connection,
    *,
    owner: str,
    owned: Sequence[int],
    now: datetime,
    account: AccountKey,
    most: int,
) -> tuple[list[Claimed], list[Lapsed]]:
    """The same for at *most* so many items of an *account* in the *owned* partitions."""
    asked = {"owned": owned, "channel": account[0], "account": account[1], "most": most}
    return _judged(connection, _DUE_OF, asked, owner=owner, now=now)


def lapse(
    connection: Connection, *, owner: str, owned: Sequence[int], now: datetime
) -> list[Lapsed]:
    """Give up what came too late in the *owned* partitions, whether or not it could be sent."""
    asked = {"owned": owned, "most": CLAIM_LIMIT}
    _, lapsed = _judged(connection, _LATE, asked, owner=owner, now=now)
    return lapsed


def due(
    connection: Connection,
    *,
    owned: Sequence[int],
    now: datetime,
    accounts: Mapping[AccountKey, int],
) -> dict[AccountKey, int]:
    """How many items are due in the *owned* partitions for each of *accounts*, up to its number."""
    found = {}
    for (channel, account), most in accounts.items():
        asked = {"owned": owned, "channel": channel, "account": account, "most": most}
        ((found[channel, account],),) = fetch(connection, _COUNT_OF, asked | _times(now))
    return found


def accounts_due(
    connection: Connection, *, owned: Sequence[int], now: datetime
) -> list[AccountKey]:
    """The accounts for which something is due in the *owned* partitions."""
    rows = fetch(connection, _ACCOUNTS_DUE, {"owned": owned} | _times(now))
    return [(row.channel, row.account) for row in rows]


def _judged(
    connection: Connection, query: Select[Any], asked: dict[str, Any], *, owner: str, now: datetime
) -> tuple[list[Claimed], list[Lapsed]]:
    claimed: list[Claimed] = []
    lapsed: list[Lapsed] = []
    changes: list[dict[str, Any]] = []
    for row, state, reason in _verdicts(fetch(connection, query, asked | _times(now)), now):
        if state is Item.SENDING:
            claimed.append(_claimed(row, now))
        elif reason is not None:
            lapsed.append(Lapsed(item=_claimed(row, now), state=state, reason=reason))
        changes.append(
            {"row": row.id, "new_state": state, "why": reason, "by": owner, "now": now}
            | {"settled": None if state is Item.SENDING else now}
        )
    if changes:
        run_many(connection, _CLAIM, changes)
    if any(one.probes for one in claimed):
        probed = [one.message for one in claimed if one.probes]
        told = [{"of": one.channel, "name": one.account, "now": now} for one in probed]
        connection.execute(_PROBE, told)
    return claimed, lapsed


def _verdicts(rows: Sequence[Any], now: datetime) -> Iterator[tuple[Any, Item, str | None]]:
    """What to do with each of *rows*, without those that a paused account's probe keeps waiting."""
    probed: set[AccountKey] = set()
    for row in rows:
        state, reason = _verdict(row, now)
        if state is Item.SENDING and row.paused_at is not None:
            if (row.channel, row.account) in probed:
                continue
            probed.add((row.channel, row.account))
        if row.doubtful and state is not Item.SENDING:
            state, reason = Item.UNKNOWN, f"an earlier try may have got through; {reason}"
        yield row, state, reason


def _times(now: datetime) -> dict[str, datetime]:
    return {"now": now, "probe_before": now - PROBE_AFTER}


def standing(connection: Connection, asked: Sequence[Asked]) -> list[bool]:
    """Whether claimed items may still be sent: nobody took over, it is not too late.

    Nor has anybody settled them meanwhile who thought us dead.
    """
    rows = fetch(connection, _THESE, {"ids": [one.item.id for one in asked]})
    found = {row.id: row for row in rows}
    return [_stands(found.get(one.item.id), one) for one in asked]


def claimed_by_id(connection: Connection, id: str) -> tuple[Claimed, str] | None:
    """An item and its state, by id."""
    row = connection.execute(
        _columns().where(outbox.c.id == id).with_for_update(of=outbox)
    ).one_or_none()
    if row is None:
        return None
    # Only what was claimed when the pause was renewed says anything of the pause.
    probes = row.paused_at is not None and row.claimed_at == row.paused_at
    item = _claimed(row, row.claimed_at or row.created_at)
    return replace(item, probes=probes), row.state


_CLAIM = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"))
    .values(
        state=bindparam("new_state"),
        reason=bindparam("why"),
        claimed_by=bindparam("by"),
        claimed_at=bindparam("now"),
        settled_at=bindparam("settled"),
    )
)

# Until a probe is answered, no other is sent.
_PROBE = (
    update(accounts)
    .where(accounts.c.channel == bindparam("of"), accounts.c.account == bindparam("name"))
    .values(paused_at=bindparam("now"))
)


def _columns() -> Select[Any]:
    return (
        select(
            outbox,
            conversations.c.channel,
            conversations.c.account,
            conversations.c.fence.label("fence_now"),
            conversations.c.opted_out_at,
            accounts.c.paused_at,
        )
        .join(conversations, conversations.c.id == outbox.c.conversation_id)
        .join(accounts, ITS_ACCOUNT, isouter=True)
    )


def _next(query: Select[Any]) -> Select[Any]:
    """Of *query*'s queued items only the oldest of each conversation."""
    earlier = outbox.alias("earlier")
    return query.where(OUTBOX_OPEN, outbox.c.state == Item.QUEUED).where(
        ~exists().where(
            earlier.c.conversation_id == outbox.c.conversation_id,
            earlier.c.seq < outbox.c.seq,
            earlier.c.state.in_(BUSY),
        )
    )


def _locked(query: Select[Any]) -> Select[Any]:
    # What agents wrote comes first, however long the bot's backlog is.
    return (
        query.order_by(outbox.c.author, outbox.c.seq)
        .limit(bindparam("most"))
        .with_for_update(of=(outbox, conversations))
    )


# Made once: to build a statement costs more than to run it.
_OWNED = among(outbox.c.partition, "owned")

# An account whose token is dead is only probed.
_CALLABLE = or_(accounts.c.paused_at.is_(None), accounts.c.paused_at <= bindparam("probe_before"))

_DUE = _next(_columns()).where(outbox.c.not_before <= bindparam("now"), _CALLABLE)

_DUE_IN = _locked(_DUE.where(among(outbox.c.conversation_id, "ids")))

_OF = (
    conversations.c.channel == bindparam("channel"),
    conversations.c.account == bindparam("account"),
)

_DUE_OF = _locked(_DUE.where(_OWNED, *_OF))

_COUNT_OF = select(func.count().label("count")).select_from(
    _DUE.with_only_columns(outbox.c.seq, maintain_column_froms=True)
    .where(_OWNED, *_OF)
    .limit(bindparam("most"))
    .subquery()
)

_LATE = _locked(
    _next(_columns()).where(
        _OWNED,
        or_(outbox.c.expires_at <= bindparam("now"), outbox.c.window_until <= bindparam("now")),
    )
)

_ACCOUNTS_DUE = (
    _DUE.with_only_columns(
        conversations.c.channel, conversations.c.account, maintain_column_froms=True
    )
    .where(_OWNED)
    .distinct()
)

_THESE = _columns().where(among(outbox.c.id, "ids"))


def _verdict(row: Any, now: datetime) -> tuple[Item, str | None]:
    """SENDING if this item may be sent now, else what it becomes, and why."""
    bot = row.author == "bot"
    if bot and row.fence != row.fence_now:
        return Item.CANCELLED, "an agent took over"
    silenced = row.opted_out_at is not None and row.created_at < row.opted_out_at
    if bot and silenced and not row.flags.get("opts_out"):
        return Item.CANCELLED, "the customer opted out"
    if now >= row.expires_at:
        return Item.EXPIRED, "too late to help"
    if row.window_until is not None and now >= row.window_until:
        return Item.EXPIRED, "the platform's reply window closed"
    return Item.SENDING, None


def _stands(row: Any, asked: Asked) -> bool:
    ours = row is not None and (row.state, row.claimed_by, row.claimed_at) == (
        Item.SENDING,
        asked.owner,
        asked.item.claimed_at,
    )
    allowed = ours and (row.paused_at is None or asked.item.probes)
    return allowed and _verdict(row, asked.at)[0] is Item.SENDING


def _claimed(row: Any, at: datetime) -> Claimed:
    return Claimed(
        id=row.id,
        conversation_id=row.conversation_id,
        message=_MESSAGES[row.author].validate_python(row.message),
        flags=row.flags,
        inbox_id=row.inbox_id,
        agent_id=row.agent_id,
        tries=row.tries,
        doubtful=row.doubtful,
        expires_at=row.expires_at,
        claimed_at=at,
        probes=row.paused_at is not None,
    )
