"""Partitions: who may decide for which conversations, for the next ten seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, or_, select, update

from bot.store.dialect import insert_new
from bot.store.inbox import PARTITIONS
from bot.store.tables import partitions, workers

LEASE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The partitions that a worker holds, id -> epoch, and how many *workers* are alive."""

    epochs: Mapping[int, int]
    workers: int


def acquire(connection: Connection, *, owner: str, now: datetime) -> Held:
    """Renew this owner's leases and take free ones up to a fair share.

    What is held beyond the share is given back. A lease that ran out, or was given back, may be
    taken by anybody; taking one raises its epoch, so that what its old owner still writes is
    refused. A partition that a sleeping owner holds locked is left for the next time.
    """
    alive = _alive(connection, owner, now)
    share = -(-PARTITIONS // alive)
    rows = connection.execute(_ALL).all()
    if len(rows) < PARTITIONS:
        connection.execute(insert_new(connection, partitions), _EMPTY)
        rows = connection.execute(_ALL).all()
    mine = {row.id: row.epoch for row in rows if row.owner == owner}
    for id in sorted(mine)[share:]:
        del mine[id]
    free = [
        row.id
        for row in rows
        if row.owner is None or (row.owner != owner and row.leased_until <= now)
    ]
    kept = {"owner": owner, "leased_until": now + LEASE}
    connection.execute(
        update(partitions)
        .where(partitions.c.owner == owner, partitions.c.id.in_(list(mine)))
        .values(**kept)
    )
    taken = _taken(connection, free[: max(share - len(mine), 0)], now)
    for id, epoch in taken.items():
        connection.execute(
            update(partitions).where(partitions.c.id == id).values(epoch=epoch, **kept)
        )
    mine |= taken
    connection.execute(
        update(partitions)
        .where(partitions.c.owner == owner, partitions.c.id.not_in(list(mine)))
        .values(owner=None, leased_until=None)
    )
    return Held(epochs=mine, workers=alive)


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
    connection.execute(
        delete(workers).where(workers.c.name.startswith(f"{node}:", autoescape=True))
    )


def _alive(connection: Connection, owner: str, now: datetime) -> int:
    """Say that *owner* lives; returns how many do, itself included."""
    connection.execute(insert_new(connection, workers), {"name": owner, "seen_at": now})
    connection.execute(update(workers).where(workers.c.name == owner).values(seen_at=now))
    connection.execute(delete(workers).where(workers.c.seen_at < now - LEASE))
    return connection.scalar(select(func.count()).select_from(workers)) or 1


def _taken(connection: Connection, ids: Sequence[int], now: datetime) -> dict[int, int]:
    """Take those of *ids* that are still free and nobody holds locked, under a new epoch."""
    rows = connection.execute(
        select(partitions.c.id, partitions.c.epoch)
        .where(partitions.c.id.in_(ids))
        .where(or_(partitions.c.owner.is_(None), partitions.c.leased_until <= now))
        .with_for_update(skip_locked=True)
    )
    return {row.id: row.epoch + 1 for row in rows}


_ALL = select(partitions).order_by(partitions.c.id)
_EMPTY = [{"id": id, "epoch": 0} for id in range(PARTITIONS)]
