"""How far each account was read whose platform does not call us, and who reads it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from bot.store import inbox, pauses
from bot.store.dialect import insert_new
from bot.store.inbox import Arrival
from bot.store.tables import polls

# How the reason of a pause begins that a poll met. A poll that succeeds ends no other: the token
# may be good for reading and not for writing.
REFUSED = "poll: "
# A poll of several pages, each of which may take ten seconds.
LEASE = timedelta(seconds=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Somebody's turn to poll an account. *cursor* is None before the first poll."""

    channel: str
    account: str
    owner: str
    cursor: str | None


class LostTurn(Exception):
    """The lease ran out and another process polls this account; nothing was stored."""


def claim(
    connection: Connection, *, channel: str, account: str, owner: str, now: datetime
) -> Turn | datetime:
    """Take the turn to poll an account, or return when to ask again.

    Two processes never have it at once: what the slower one still stores is refused.
    """
    new = {"channel": channel, "account": account, "next_at": now}
    connection.execute(insert_new(connection, polls), new)
    here = (polls.c.channel == channel, polls.c.account == account)
    row = connection.execute(select(polls).where(*here).with_for_update()).one()
    due: datetime = row.next_at
    held: datetime | None = row.leased_until
    if held is not None and held > now:
        return max(due, held)
    if due > now:
        return due
    connection.execute(update(polls).where(*here).values(owner=owner, leased_until=now + LEASE))
    return Turn(channel=channel, account=account, owner=owner, cursor=row.cursor)


def store(
    connection: Connection,
    turn: Turn,
    *,
    cursor: str,
    next_at: datetime,
    arrivals: Sequence[Arrival],
) -> int:
    """Store what a poll brought together with its cursor; returns how many were duplicates.

    An account that a poll had paused sends again. Raises LostTurn.
    """
    _end(connection, turn, next_at=next_at, cursor=cursor)
    pauses.resume(connection, channel=turn.channel, account=turn.account, paused_for=REFUSED)
    return sum(inbox.add(connection, arrivals)) if arrivals else 0


def give_back(
    connection: Connection,
    turn: Turn,
    *,
    next_at: datetime,
    at: datetime,
    refused: str | None = None,
) -> None:
    """End a turn that brought nothing; the cursor stays. Raises LostTurn.

    *refused* says why the platform refuses our token: then the account pauses.
    """
    _end(connection, turn, next_at=next_at, cursor=turn.cursor)
    if refused is not None:
        reason = f"{REFUSED}{refused}"
        # Renewed each minute, a pause would never be old enough for a message that tries to send.
        pauses.pause(
            connection,
            channel=turn.channel,
            account=turn.account,
            reason=reason,
            at=at,
            renew=False,
        )


def release(connection: Connection, *, node: str) -> None:
    """Give back every turn that a process of *node* holds or held; see `leases.release`."""
    connection.execute(
        update(polls)
        .where(polls.c.owner.startswith(f"{node}:", autoescape=True))
        .values(owner=None, leased_until=None)
    )


def _end(connection: Connection, turn: Turn, *, next_at: datetime, cursor: str | None) -> None:
    ended = connection.execute(
        update(polls)
        .where(
            polls.c.channel == turn.channel,
            polls.c.account == turn.account,
            polls.c.owner == turn.owner,
        )
        .values(cursor=cursor, next_at=next_at, owner=None, leased_until=None)
    )
    if not ended.rowcount:
        raise LostTurn
