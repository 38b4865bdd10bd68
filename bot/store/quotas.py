"""What was used of platforms' quotas: one count for all processes, which outlives them."""

from sqlalchemy import Connection, bindparam, select, update

from bot.store.database import Database, StoreUnavailable
from bot.store.dialect import insert_new
from bot.store.prepared import run
from bot.store.tables import quotas
from channels.errors import ChannelUnavailable


class StoredMeter:
    """The Meter (`channels.base`) that adapters get from the service."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, name: str, *, period: str, units: int, most: int) -> bool:
        """Count *units* in *period*; False, and nothing is counted, beyond *most*."""
        try:
            return await self._database.write(
                lambda connection: take(
                    connection, name=name, period=period, units=units, most=most
                )
            )
        except StoreUnavailable as exc:
            # What cannot be counted is not used.
            raise ChannelUnavailable(name, "the quota cannot be counted") from exc

    async def used(self, name: str, *, period: str) -> int:
        """What was used in *period* so far."""
        try:
            return await self._database.read(
                lambda connection: used(connection, name=name, period=period)
            )
        except StoreUnavailable as exc:
            raise ChannelUnavailable(name, "the quota cannot be read") from exc


# What nearly every call comes to: a period that has begun, with room left.
_MORE = (
    update(quotas)
    .where(
        quotas.c.name == bindparam("of"),
        quotas.c.period == bindparam("now"),
        quotas.c.used + bindparam("more") <= bindparam("most"),
    )
    .values(used=quotas.c.used + bindparam("more"))
)


def take(connection: Connection, *, name: str, period: str, units: int, most: int) -> bool:
    """Count *units* under *name*, unless more than *most* would then be used in *period*."""
    asked = {"of": name, "now": period, "more": units, "most": most}
    if run(connection, _MORE, asked):
        return True
    fresh = {"name": name, "period": period, "used": 0}
    connection.execute(insert_new(connection, quotas), fresh)
    row = connection.execute(select(quotas).where(quotas.c.name == name).with_for_update()).one()
    after = (row.used if row.period == period else 0) + units
    if after > most:
        return False
    changed = update(quotas).where(quotas.c.name == name)
    connection.execute(changed.values(period=period, used=after))
    return True


def used(connection: Connection, *, name: str, period: str) -> int:
    """What was used under *name* in *period*."""
    query = select(quotas.c.used).where(quotas.c.name == name, quotas.c.period == period)
    return connection.scalar(query) or 0
