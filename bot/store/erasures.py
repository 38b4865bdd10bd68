"""Who wanted to be forgotten, as digests that name nobody: no export brings them back.

Each database has a random key of its own, so digests of two brands cannot be compared, and those of
known numbers cannot be looked up in a table that somebody made beforehand.
"""

import hmac
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.store.dialect import inserted
from bot.store.tables import erasure_keys, erasures


def note(
    connection: Connection, *, channel: str, account: str, names: Iterable[str], at: datetime
) -> None:
    """Remember that the customer whom an account knows by *names* was forgotten at that instant.

    Imports that run in another process are waited for: what they bring is there to be erased.
    """
    key = connection.execute(select(erasure_keys.c.key).with_for_update()).scalar_one()
    for digest in sorted(_digest(key, channel, account, name) for name in set(names) if name):
        row = {"digest": digest, "erased_at": at}
        if not inserted(connection, erasures, row):
            theirs = update(erasures).where(erasures.c.digest == digest, erasures.c.erased_at < at)
            connection.execute(theirs.values(erased_at=at))


def times(
    connection: Connection, *, channel: str, account: str, names: Collection[str], hold: bool
) -> dict[str, datetime]:
    """Those of *names* that were forgotten, and when last; *hold* off who would be until commit."""
    query = select(erasure_keys.c.key)
    key = connection.execute(query.with_for_update(read=True) if hold else query).scalar_one()
    digests = {_digest(key, channel, account, name): name for name in names}
    found = select(erasures).where(erasures.c.digest.in_(digests))
    return {digests[row.digest]: row.erased_at for row in connection.execute(found)}


def _digest(key: bytes, channel: str, account: str, name: str) -> bytes:
    return hmac.digest(key, f"{channel}/{account}/{name}".encode(), "sha256")
