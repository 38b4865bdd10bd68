"""Partitions: who may decide for which conversations, for the next ten seconds."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select, update

from bot.store.dialect import insert_new
from bot.store.inbox import PARTITIONS
from bot.store.tables import partitions

LEASE = timedelta(seconds=10)


def acquire(
    connection: Connection, *, owner: str, workers: int, now: datetime
) -> Mapping[int, int]:
    """Renew this owner's leases and take free ones up to a fair share; returns id -> epoch.

    *workers* is how many workers are believed alive. A lease that ran out, or was given back, may
    be taken by anybody; taking one raises its epoch, so that what its old owner still writes is
    refused.
    """
    connection.execute(insert_new(connection, partitions), _EMPTY)
    rows = connection.execute(
        select(partitions).order_by(partitions.c.id).with_for_update(skip_locked=True)
    ).all()
    mine = {row.id: row.epoch for row in rows if row.owner == owner}
    share = -(-PARTITIONS // max(workers, 1))
    free = [
        row for row in rows if row.owner is None or (row.owner != owner and row.leased_until <= now)
    ]
    taken = {row.id: row.epoch + 1 for row in free[: max(share - len(mine), 0)]}
    surplus = sorted(mine)[share:] if len(mine) > share else []
    for id in surplus:
        del mine[id]
    _write(connection, owner=owner, kept=mine | taken, surplus=surplus, now=now)
    return mine | taken


def release(connection: Connection, *, node: str) -> None:
    """Give back every lease that a worker of *node* holds or held.

    A worker's name begins with its node's. Only one process can hold a node's lock file, so
    whoever holds it knows that the node's earlier workers are dead.
    """
    connection.execute(
        update(partitions)
        .where(partitions.c.owner.startswith(f"{node}:", autoescape=True))
        .values(owner=None, leased_until=None)
    )


def live_owners(connection: Connection, *, now: datetime) -> set[str]:
    """Owners with a lease that has not run out."""
    query = select(partitions.c.owner).where(
        partitions.c.owner.is_not(None), or_(partitions.c.leased_until > now)
    )
    return {owner for owner in connection.scalars(query.distinct()) if owner}


_EMPTY = [{"id": id, "epoch": 0} for id in range(PARTITIONS)]


def _write(
    connection: Connection,
    *,
    owner: str,
    kept: Mapping[int, int],
    surplus: list[int],
    now: datetime,
) -> None:
    for id, epoch in kept.items():
        connection.execute(
            update(partitions)
            .where(partitions.c.id == id)
            .values(owner=owner, epoch=epoch, leased_until=now + LEASE)
        )
    if surplus:
        connection.execute(
            update(partitions)
            .where(partitions.c.id.in_(surplus))
            .values(owner=None, leased_until=None)
        )
