"""Events as platforms tell them, for tests."""

from datetime import datetime

from channels.messages import Contact, InboundMessage, Surface


def message(
    id: str,
    *,
    at: datetime,
    thread: str = "psid-1",
    text: str | None = "hello",
    channel: str = "messenger",
    account: str = "shop",
    payload: str | None = None,
) -> InboundMessage:
    """A direct message of a customer."""
    return InboundMessage(
        event_id=id,
        kind="dm.text",
        channel=channel,
        account=account,
        thread=thread,
        surface=Surface.DIRECT,
        sent_at=at,
        received_at=at,
        id=id,
        contact=Contact(id=thread),
        text=text,
        payload=payload,
    )
