"""Tells automatic replies and broadcasts from answers.

Without this rule a brand whose account thanks for every message at once would report a response
time of one second.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from bot.exports.message import ExportedMessage

# Nobody types within this time of a message.
AT_ONCE_SECONDS = 5
ENOUGH_CONVERSATIONS = 20
BROADCAST_CONVERSATIONS = 50
# A small export has no twenty conversations: half of those that were replied to, with more than a
# word, are as telling.
_FEWEST = 2
_LONG_ENOUGH = 6
_SUSPECTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Automatic:
    """Hold what was found. *texts* and *suspects* come with the conversations they were seen in.

    A suspect was seen at once in too few conversations to be sure.
    """

    patterns: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    texts: dict[str, int] = field(default_factory=dict)
    suspects: dict[str, int] = field(default_factory=dict)
    broadcasts: frozenset[int] = frozenset()

    def replies(self, message: ExportedMessage) -> bool:
        """Tell whether a message of the brand is an automatic reply."""
        if message.author == "agent" and not self.patterns:
            return False
        text = message.text
        if self.answers and any(pattern in text for pattern in self.answers):
            return False
        if message.automatic or (message.author != "agent" and text in self.texts):
            return True
        return any(pattern in text for pattern in self.patterns)

    def broadcast(self, message: ExportedMessage) -> bool:
        """Tell whether a message of the brand went to many at the same time."""
        return bool(self.broadcasts) and _moment(message) in self.broadcasts


class Watch:
    """Looks at all conversations, then tells what is automatic in them."""

    def __init__(self, *, resolution_seconds: int, marked: bool = False) -> None:
        self._guess = not marked
        self._at_once = timedelta(seconds=AT_ONCE_SECONDS if resolution_seconds < 60 else 0)
        self._fine = resolution_seconds < 60
        self._texts: Counter[str] = Counter()
        self._moments: Counter[int] = Counter()
        self._replied = 0
        self.inbound = 0
        self._marked: Counter[str] = Counter()
        # By hash: an export may hold millions of different answers.
        self._said: Counter[int] = Counter()

    def see(self, messages: Iterable[ExportedMessage]) -> None:
        """Look at one conversation, whose authors are known."""
        asked: ExportedMessage | None = None
        at_once: set[str] = set()
        marked: set[str] = set()
        moments: set[int] = set()
        said: set[int] = set()
        replied = False
        for message in messages:
            if message.author == "customer":
                asked = message
                self.inbound += 1
                continue
            replied = replied or asked is not None
            if message.automatic:
                marked.add(message.text)
            if message.author == "agent" or message.sort != "text" or message.note:
                continue
            moments.add(_moment(message))
            if asked is None:
                continue
            said.add(hash(message.text))
            if message.at - asked.at <= self._at_once:
                at_once.add(message.text)
        self._marked.update(marked)
        self._texts.update(at_once)
        self._said.update(said)
        self._moments.update(moments)
        self._replied += replied

    def found(self, *, patterns: Iterable[str] = (), answers: Iterable[str] = ()) -> Automatic:
        """Tell what is automatic, with what the user said."""
        spared = tuple(answers)
        at_once = Counter(
            {
                text: count
                for text, count in self._texts.items()
                if self._usually(text, count) and not any(each in text for each in spared)
            }
        )
        texts = {text: count for text, count in at_once.items() if self._sure(text, count)}
        suspects = {
            text: count
            for text, count in at_once.most_common(_SUSPECTS + len(texts))
            if count > 1 and text not in texts and text not in self._marked
        }
        return Automatic(
            patterns=tuple(patterns),
            answers=spared,
            texts=texts
            | {
                text: count
                for text, count in self._marked.items()
                if not any(each in text for each in spared)
            },
            suspects=dict(list(suspects.items())[:_SUSPECTS]),
            broadcasts=frozenset(
                moment
                for moment, count in self._moments.items()
                if count >= BROADCAST_CONVERSATIONS
            ),
        )

    def _usually(self, text: str, count: int) -> bool:
        """A person's usual words come at once now and then, an automatic reply nearly always."""
        return self._guess and count * 2 >= self._said[hash(text)]

    def _sure(self, text: str, count: int) -> bool:
        if count >= ENOUGH_CONVERSATIONS:
            return True
        few = max(_FEWEST, min(ENOUGH_CONVERSATIONS, -(-self._replied // 2)))
        return self._fine and count >= few and len(text) >= _LONG_ENOUGH


def _moment(message: ExportedMessage) -> int:
    """A text and the minute it was sent in."""
    return hash((message.text, int(message.at.timestamp()) // 60))
