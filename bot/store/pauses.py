"""Accounts that are paused because their platform refuses the token: nothing new leaves."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.store.dialect import insert_new
from bot.store.tables import accounts


def pause(
    connection: Connection,
    *,
    channel: str,
    account: str,
    reason: str,
    at: datetime,
    renew: bool = True,
) -> None:
    """Let nothing new be sent for an account, whose token the platform refuses.

    One that is paused already stays so from *at* on, for this *reason*, or as it is: *renew*.
    """
    values = {"channel": channel, "account": account, "paused_at": at, "reason": reason}
    connection.execute(insert_new(connection, accounts), values)
    query = update(accounts).where(accounts.c.channel == channel, accounts.c.account == account)
    if not renew:
        query = query.where(accounts.c.paused_at.is_(None))
    connection.execute(query.values(paused_at=at, reason=reason))


def resume(connection: Connection, *, channel: str, account: str, paused_for: str = "") -> None:
    """Let a paused account send again, if the reason of its pause begins with *paused_for*."""
    query = update(accounts).where(accounts.c.channel == channel, accounts.c.account == account)
    if paused_for:
        query = query.where(accounts.c.reason.startswith(paused_for, autoescape=True))
    connection.execute(query.values(paused_at=None, reason=None))


def paused(connection: Connection) -> dict[tuple[str, str], bool]:
    """The accounts that were ever paused, and whether they are now."""
    rows = connection.execute(select(accounts.c.channel, accounts.c.account, accounts.c.paused_at))
    return {(channel, account): at is not None for channel, account, at in rows}
