"""How far a channel was read: a note that is stored with what was read."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from pydantic import TypeAdapter

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Known(NamedTuple):
    """A thread as it was last seen: how many replies, its latest change, when we looked, if hidden.

    Times are whole Unix seconds, for a cursor holds hundreds of these.
    """

    replies: int
    changed: int
    seen: int
    hidden: bool = False

    @property
    def at(self) -> datetime:
        """When we looked."""
        return EPOCH + timedelta(seconds=self.seen)

    def same(self, other: "Known") -> bool:
        """Whether nothing was said or changed between the two."""
        return self._replace(seen=0) == other._replace(seen=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """*began*: what was said before is not told. *read_to*: up to here all new threads were seen.

    A walk through more pages than one poll reads goes on at *page*, and ends in a *read_to* of
    *newest*.
    """

    began: datetime
    read_to: datetime
    newest: datetime
    page: str | None = None
    threads: dict[str, Known] = field(default_factory=dict)

    @classmethod
    def first(cls, now: datetime, overlap: timedelta) -> Self:
        """For a channel that was never read: what was said long ago is for nobody to answer."""
        return cls(began=now - overlap, read_to=now, newest=now)

    @classmethod
    def read(cls, text: str) -> Self:
        """The cursor that `written` wrote."""
        return TypeAdapter(cls).validate_json(text)

    def written(self) -> str:
        """The cursor as text."""
        return TypeAdapter(Cursor).dump_json(self).decode()
