"""What all readers of Meta's webhooks share: whose webhook it is, and fields of every event."""

from dataclasses import dataclass
from datetime import datetime

from channels.messages import ChannelEvent, ChannelNotice, EventFields, Surface
from channels.meta.webhook import Item
from channels.webhook import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Whose webhook is read, and when. *own* is Meta's id of the account where we know it."""

    channel: str
    account: str
    surface: Surface
    own: str | None
    received_at: datetime

    def event(self, item: Item) -> ChannelEvent:
        """The event that *item* tells of; raise ValidationError or Unreadable if it tells none."""
        raise NotImplementedError

    def unreadable(self, item: Item, reason: str) -> ChannelNotice:
        """A line for the log about an *item* that broke Meta's own rules."""
        return self.ignored(item, f"unreadable: {reason}")

    def ignored(self, item: Item, why: str) -> ChannelNotice:
        """A line for the log about an *item* that means nothing to us."""
        key = f"ignore:{digest([item.page, item.section, item.value])}"
        return ChannelNotice(
            **self.fields("ignore", key, thread="", sent_at=None), detail=why[:200]
        )

    def fields(
        self, kind: str, event_id: str, *, thread: str, sent_at: datetime | None
    ) -> EventFields:
        """The fields of every event; Meta does not always tell *sent_at*, and may run ahead."""
        return {
            "event_id": event_id,
            "kind": kind,
            "channel": self.channel,
            "account": self.account,
            "thread": thread,
            "surface": self.surface,
            "sent_at": min(sent_at or self.received_at, self.received_at),
            "received_at": self.received_at,
        }

    def is_own(self, item: Item, id: str | None) -> bool:
        """Whether *id* is the account that *item* was delivered for, or ours."""
        return bool(id) and id in (item.page, self.own)

    def elsewhere(self, item: Item) -> str | None:
        """Why *item* is not for our account to answer; None if it is."""
        return "another page" if self.own is not None and item.page != self.own else None
