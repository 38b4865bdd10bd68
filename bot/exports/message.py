"""What an export holds, before anybody asks how fast it was answered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from typing import Literal, NamedTuple
from zlib import crc32

from bot.exports.errors import TooLarge

# "" is somebody of whom the format tells nothing but a name.
Author = Literal["customer", "agent", "bot", "brand", ""]
Sort = Literal[
    "text",
    "sticker",
    "image",
    "video",
    "audio",
    "file",
    "location",
    "media",
    "unsent",
    "close",
]

MOST_MESSAGES = 2_000_000
LONGEST_TEXT = 100_000


# An export holds millions of these: a named tuple is made in a third of a dataclass's time.
class ExportedMessage(NamedTuple):
    """Hold one message as the platform exported it.

    *id* is the platform's own or made of instant, sender and text, so that it is the same in every
    export of the same chat. *at* is in UTC. *automatic* says that the source itself marks an
    automatic reply, *note* that customers never saw it. An "unsent" one was taken back.
    """

    id: str
    at: datetime
    sender: str
    author: Author
    sort: Sort = "text"
    text: str = ""
    automatic: bool = False
    note: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Hold a chat with its messages, oldest first and none twice.

    *id* is stable between exports of one platform. *title* is the customer's name where the export
    gives it. *people* are all who take part, also those who never wrote.
    """

    id: str
    title: str = ""
    people: frozenset[str] = frozenset()
    messages: Sequence[ExportedMessage] = ()


@dataclass(slots=True, kw_only=True)
class Facts:
    """Collect what the files tell about the export itself while they are read.

    *brand* is the account's own name. *exported_at* is when it was made. *resolution_seconds* is
    the coarsest step of its times. *unread* counts rows and files that could not be understood.
    """

    brand: str | None = None
    exported_at: datetime | None = None
    resolution_seconds: int = 1
    unread: int = 0
    notes: set[str] = field(default_factory=set)

    def made(self, at: datetime | None) -> None:
        """Note when a part was exported; the latest counts."""
        if at is not None and (self.exported_at is None or at > self.exported_at):
            self.exported_at = at


def conversation(
    id: str, messages: Iterable[ExportedMessage], *, title: str = "", people: Iterable[str] = ()
) -> Conversation:
    """Sort *messages* by time, those of one instant in their order, and drop repeats by id.

    Raises TooLarge.
    """
    listed = list(messages)
    if len({message.id for message in listed}) < len(listed):
        unique: dict[str, ExportedMessage] = {}
        for message in listed:
            unique.setdefault(message.id, message)
        listed = list(unique.values())
    if len(listed) > MOST_MESSAGES:
        raise TooLarge(
            f"the conversation {id!r} has more than {MOST_MESSAGES:,} messages; export a shorter "
            "period"
        )
    listed.sort(key=_at)
    return Conversation(id=id, title=title, people=frozenset(people), messages=listed)


class Ids:
    """Makes ids for the messages of one file, which has none of its own.

    Those of one instant sort as they stand in the file, since the reports go by them.
    """

    def __init__(self) -> None:
        self._at: dict[int, int] = {}

    def __call__(self, at: datetime, sender: str, text: str) -> str:
        """The same for the same message of another export."""
        return self.of(int(at.timestamp() * 1000), crc32(f"{sender}\0{text}".encode()))

    def of(self, milliseconds: int, digest: int) -> str:
        """The same from the milliseconds since 1970 and a digest of sender and text."""
        seen = self._at
        if milliseconds not in seen:
            seen[milliseconds] = 1
            return f"{milliseconds}-000-{digest}"
        place = seen[milliseconds]
        seen[milliseconds] = place + 1
        return f"{milliseconds}-{place:03}-{digest}"


def instant(seconds: object) -> datetime | None:
    """Read seconds since 1970, as a number or its digits; None for what is none."""
    if isinstance(seconds, str):
        seconds = int(seconds) if seconds.isdecimal() and len(seconds) < 20 else None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def iso_instant(text: object) -> datetime | None:
    """Read an ISO 8601 instant; without an offset it is UTC."""
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


_at = itemgetter(ExportedMessage._fields.index("at"))
