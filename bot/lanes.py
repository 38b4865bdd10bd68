"""A lane per conversation: its messages one after another, beside all the others."""

from collections import deque
from collections.abc import Iterable

from bot.store.inbox import Pending
from channels.messages import MessageDeleted


class Lanes:
    """Rows that wait, by conversation. A lane is busy from `take` until `leave`."""

    def __init__(self) -> None:
        self._lanes: dict[str, deque[Pending]] = {}
        self._known: set[int] = set()
        self._ready: deque[str] = deque()

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, id: int) -> bool:
        return id in self._known

    def join(self, rows: Iterable[Pending]) -> list[str]:
        """Append rows to their lanes; rows that are already here are left out.

        Returns the conversations whose lanes were empty until now.
        """
        opened = []
        for row in rows:
            if row.id in self._known:
                continue
            self._known.add(row.id)
            lane = self._lanes.get(row.conversation)
            if lane is None:
                self._lanes[row.conversation] = deque((row,))
                self._ready.append(row.conversation)
                opened.append(row.conversation)
            else:
                lane.append(row)
        return opened

    def take(self, limit: int) -> list[Pending]:
        """The heads of up to *limit* lanes that are not busy; these lanes become busy."""
        return [self._lanes[self._ready.popleft()][0] for _ in range(min(limit, len(self._ready)))]

    def deleted_later(self, row: Pending, message_id: str) -> bool:
        """Whether the customer already took the message back that *row* brought."""
        return any(
            isinstance(later.event, MessageDeleted) and later.event.id == message_id
            for later in self._lanes[row.conversation]
        )

    def forget(self, row: Pending) -> None:
        """Drop the busy lane of *row*: what waits behind it must not go before it."""
        for each in self._lanes.pop(row.conversation):
            self._known.discard(each.id)

    def leave(self, row: Pending) -> None:
        """The head of a busy lane is finished: the next may go."""
        lane = self._lanes[row.conversation]
        lane.popleft()
        self._known.discard(row.id)
        if lane:
            self._ready.append(row.conversation)
        else:
            del self._lanes[row.conversation]
