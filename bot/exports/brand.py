"""Who the brand is, where an export only names people."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bot.exports.errors import NoBrand
from bot.exports.message import Conversation

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """Name the brand; *present* of *conversations* have it. *given* when the user said so."""

    name: str
    present: int
    conversations: int
    given: bool = False


class Guests:
    """Counts in how many conversations each person takes part."""

    def __init__(self) -> None:
        self._present: Counter[str] = Counter()
        self._conversations = 0

    def see(self, conversation: Conversation) -> None:
        """Count those who take part; whom the chat is named after is the customer."""
        people = {message.sender for message in conversation.messages} | conversation.people
        self._present.update(people - {conversation.title, ""})
        self._conversations += 1

    def brand(self, wanted: str | None) -> Brand:
        """Tell who the brand is: who is in most conversations. Raises NoBrand."""
        if wanted is not None:
            return self._given(wanted)
        first, second = [*self._by_presence(), ("", 0), ("", 0)][:2]
        if first[1] <= second[1] or first[1] * 2 < self._conversations:
            raise NoBrand(f"nobody is in most of the conversations; {self._who()}")
        return self._made(first[0])

    def _by_presence(self) -> list[tuple[str, int]]:
        return sorted(self._present.items(), key=lambda item: (-item[1], item[0]))

    def _given(self, wanted: str) -> Brand:
        if self._present and wanted not in self._present:
            raise NoBrand(f"nobody is called {wanted!r}; {self._who()}")
        return self._made(wanted, given=True)

    def _made(self, name: str, *, given: bool = False) -> Brand:
        return Brand(
            name=name,
            present=self._present[name],
            conversations=self._conversations,
            given=given,
        )

    def _who(self) -> str:
        names = ", ".join(repr(name) for name, _ in self._by_presence()[:_NAMED])
        return f"say who the brand is with --brand{f', such as {names}' if names else ' NAME'}"


def brands(conversations: Iterable[Conversation], wanted: str | None) -> Brand:
    """Find the brand of all *conversations*. Raises NoBrand."""
    guests = Guests()
    for each in conversations:
        guests.see(each)
    return guests.brand(wanted)
