"""Who a contact is, as its platform told us once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from bot.store.dialect import insert_new
from bot.store.tables import conversations, profiles
from channels.base import Profile

# Names and pictures change; who could not be looked up may have become known since.
FRESH = timedelta(days=7)
REFUSED = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose profile is wanted, and the conversation that wants it."""

    channel: str
    account: str
    contact_id: str
    conversation_id: int


def kept(connection: Connection, asked: Asked, *, now: datetime) -> Profile | None:
    """The profile that we have and need not look up again; None to ask the platform."""
    row = connection.execute(select(profiles).where(_whose(asked))).one_or_none()
    if row is None or now - row.fetched_at >= (FRESH if row.found else REFUSED):
        return None
    return Profile(
        name=row.name, username=row.username, picture_url=row.picture_url, language=row.language
    )


def keep(
    connection: Connection, asked: Asked, profile: Profile, *, found: bool, now: datetime
) -> None:
    """Keep what the platform told, or that it told nothing."""
    told = {
        "name": profile.name,
        "username": profile.username,
        "picture_url": profile.picture_url,
        "language": profile.language,
        "found": found,
        "fetched_at": now,
    }
    new = {"channel": asked.channel, "account": asked.account, "contact_id": asked.contact_id}
    connection.execute(insert_new(connection, profiles), new | told)
    connection.execute(update(profiles).where(_whose(asked)).values(**told))


def show(connection: Connection, asked: Asked, profile: Profile, *, language: str | None) -> bool:
    """Name the conversation by *profile* and speak *language* there, where nobody knew better.

    Returns whether anything changed.
    """
    name = profile.name or profile.username
    changed = 0
    ours = conversations.c.id == asked.conversation_id
    for column, value in (("contact_name", name), ("language", language)):
        if value is not None:
            changed += connection.execute(
                update(conversations)
                .where(ours, conversations.c[column].is_(None))
                # Whoever was erased meanwhile stays so.
                .where(conversations.c.contact_id == asked.contact_id)
                .values({column: value})
            ).rowcount
    return changed > 0


def forget(connection: Connection, *, channel: str, account: str, contact_id: str) -> None:
    """Forget a contact's profile."""
    connection.execute(
        delete(profiles).where(
            profiles.c.channel == channel,
            profiles.c.account == account,
            profiles.c.contact_id == contact_id,
        )
    )


def _whose(asked: Asked) -> ColumnElement[bool]:
    return and_(
        profiles.c.channel == asked.channel,
        profiles.c.account == asked.account,
        profiles.c.contact_id == asked.contact_id,
    )
