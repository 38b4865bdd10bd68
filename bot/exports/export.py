"""One export, opened: its conversations with everybody's part in them, as often as asked for."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bot.exports.automatic import Automatic, Watch
from bot.exports.brand import Brand, Guests
from bot.exports.detect import Found, detect
from bot.exports.errors import NoMessages
from bot.exports.formats import Format, Reading
from bot.exports.message import Conversation, ExportedMessage, Facts
from bot.exports.source import Source
from bot.reports.unswept import unswept

# So many are kept between two looks; a larger export is read again.
MOST_KEPT = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Say what the user told about an export: the brand's name, automatic texts, its format."""

    brand: str | None = None
    automatic: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    format: str | None = None


@dataclass(slots=True, kw_only=True)
class Counts:
    """Count what the export holds."""

    conversations: int = 0
    messages: int = 0
    inbound: int = 0
    outbound: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None

    def see(self, messages: Sequence[ExportedMessage]) -> None:
        """Count a conversation, whose messages stand in the order of time."""
        self.conversations += 1
        self.messages += len(messages)
        first, last = messages[0].at, messages[-1].at
        self.first_at = min(self.first_at or first, first)
        self.last_at = max(self.last_at or last, last)


class Export:
    """Reads what lies at a path. Opened, it knows format, brand and what is automatic.

    Opening raises ExportError.
    """

    def __init__(self, path: Path, reading: Reading, told: Told | None = None) -> None:
        self._source = Source(path)
        self._path = path
        self._reading = reading
        self._told = told or Told()
        self._kept: list[Conversation] | None = None
        self._stack = ExitStack()
        self.found: Found
        self.brand: Brand
        self.automatic: Automatic
        self.counts = Counts()

    @property
    def format(self) -> Format:
        """Of which kind it is."""
        return self.found.format

    @property
    def facts(self) -> Facts:
        """What the files tell about themselves."""
        return self._reading.facts

    def __enter__(self) -> "Export":
        with ExitStack() as stack:
            self._source = stack.enter_context(self._source)
            self.found = detect(self._source.members, wanted=self._told.format)
            self._look()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def conversations(self) -> Iterator[Conversation]:
        """Every conversation with messages; each message knows who wrote it."""
        for conversation in self._read() if self._kept is None else self._kept:
            yield self._told_apart(conversation)

    @unswept()
    def _look(self) -> None:
        """See all conversations once, keeping them as long as they are not too many."""
        guests = Guests()
        kept: list[Conversation] | None = []
        counts = self.counts
        for conversation in self._read():
            if not self.format.names_agents:
                guests.see(conversation)
            counts.see(conversation.messages)
            if kept is not None:
                kept.append(conversation)
                kept = kept if counts.messages <= MOST_KEPT else None
        self._kept = kept
        if not counts.messages:
            raise NoMessages(
                f"{self._path} holds no messages that could be read ({self.format.title})"
            )
        self.brand = self._brand(guests)
        self._watch()

    def _brand(self, guests: Guests) -> Brand:
        own = self.facts.brand
        everywhere = self.counts.conversations
        if self._told.brand is None and own is not None:
            return Brand(name=own, present=everywhere, conversations=everywhere)
        if self.format.names_agents:
            name = self._told.brand or own or self._path.stem
            return Brand(name=name, present=everywhere, conversations=everywhere)
        return guests.brand(self._told.brand)

    def _watch(self) -> None:
        watch = Watch(
            resolution_seconds=self.facts.resolution_seconds, marked=self.format.marks_automatic
        )
        for conversation in self.conversations():
            watch.see(conversation.messages)
        self.counts.inbound = watch.inbound
        self.counts.outbound = self.counts.messages - watch.inbound
        self.automatic = watch.found(patterns=self._told.automatic, answers=self._told.answers)

    def _told_apart(self, conversation: Conversation) -> Conversation:
        if self.format.names_agents:
            return conversation
        brand = self.brand.name
        return replace(
            conversation,
            messages=[
                message._replace(author="brand" if message.sender == brand else "customer")
                for message in conversation.messages
            ],
        )

    def _read(self) -> Iterator[Conversation]:
        self.facts.unread = 0
        for conversation in self.found.format.read(self.found.members, self._reading):
            if conversation.messages:
                yield conversation
