"""The vocabulary between platforms and the bot: what came in, what goes out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NotRequired, TypedDict


class Surface(StrEnum):
    """Where a conversation happens: in private, or under a post for all to read."""

    DIRECT = "direct"
    COMMENT = "comment"


class Action(StrEnum):
    """What an outgoing message does on its platform."""

    REPLY = "reply"
    PRIVATE_REPLY = "private_reply"
    HIDE = "hide"
    UNHIDE = "unhide"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A customer as one platform knows them. *id* is scoped to channel and account.

    *aliases* are other ids of the same person there: WhatsApp knows people by phone number, by
    business-scoped id, or by both. *language* is a BCP 47 tag of the app that they use.
    """

    id: str
    name: str | None = None
    username: str | None = None
    language: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """What came with a message, or goes with one.

    *type*: image, video, audio, file, sticker, location, share. *url* is good until *expires_at*;
    None means that the platform names no end. What goes out needs *url*, an https address; *size*
    in bytes and *mime_type* where we know them.
    """

    type: str
    url: str | None = None
    id: str | None = None
    title: str | None = None
    mime_type: str | None = None
    expires_at: datetime | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """What brought a customer here: an ad, a link with *ref*, a post.

    *ref* may be typed by anybody: treat it as untrusted. *source*: ad, post, link, story, …
    """

    ref: str | None = None
    source: str | None = None
    id: str | None = None
    url: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event from a platform carries.

    *event_id* is the platform's idempotency key: the same event delivered twice has the same one.
    *kind* is a word of our event list (dm.text, comment.add, ...). *thread* names the conversation
    within the account; it is empty where an event belongs to none. *sent_at* is the platform's
    clock (*received_at* where it tells none, or a time to come), *received_at* ours. *thread_keys*
    are all names of the same thread, its own among them, where the platform's name for a customer
    may change; the first is the one that belongs to nobody else.
    """

    event_id: str
    kind: str
    channel: str
    account: str
    thread: str
    surface: Surface
    sent_at: datetime
    received_at: datetime
    thread_keys: tuple[str, ...] = ()


class EventFields(TypedDict):
    """The fields of every Event, to be built once and passed on with `**`."""

    event_id: str
    kind: str
    channel: str
    account: str
    thread: str
    surface: Surface
    sent_at: datetime
    received_at: datetime
    thread_keys: NotRequired[tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage(Event):
    """A customer wrote, tapped or sent something.

    *unanswerable* says why a bot must leave it alone; None means that it may answer.
    *post*, *parent* and *root* place a comment: its post, the comment it replies to (None at the
    top level) and the top-level comment of its thread. *reply_token* is LINE's, good until
    *reply_token_until*.
    """

    id: str
    contact: Contact
    text: str | None = None
    payload: str | None = None
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None
    post: str | None = None
    parent: str | None = None
    root: str | None = None
    reply_token: str | None = None
    reply_token_until: datetime | None = None
    referral: Referral | None = None
    unanswerable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoedReply(Event):
    """The brand itself spoke: our own send coming back, or a person in the platform's own app.

    *outbound_id* is the id of our OutboundMessage where the platform returns it; None when the
    reply was not ours or the platform does not say.
    """

    id: str
    text: str | None = None
    outbound_id: str | None = None
    app_id: str | None = None
    reply_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReceipt(Event):
    """What became of our messages: those in *ids*, or all sent up to *until*.

    *outbound_id* is the id of our OutboundMessage where the platform returns it. *failure* says why
    a message that the platform had accepted will never arrive; None: it was delivered or shown.
    """

    ids: tuple[str, ...] = ()
    until: datetime | None = None
    outbound_id: str | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited(Event):
    """A customer changed a message that we may have seen before."""

    id: str
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted(Event):
    """A customer (or the platform) took a message back; its content must go."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelNotice(Event):
    """Anything else worth a line in the log and never an answer: reactions, follows, hand-overs.

    *leaves*: nothing can reach the contact any more, whatever the platform says of our sends.
    """

    contact: Contact | None = None
    detail: str | None = None
    leaves: bool = False


ChannelEvent = (
    InboundMessage | EchoedReply | DeliveryReceipt | MessageEdited | MessageDeleted | ChannelNotice
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickReply:
    """A tap instead of typing. *payload* comes back in InboundMessage.payload."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button that stays: a tap sends *payload* back, or opens *url*. One of the two is set."""

    title: str
    payload: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A picture with a title, a text and buttons; several can be leafed through."""

    title: str
    text: str = ""
    image_url: str | None = None
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a menu. *payload* comes back in InboundMessage.payload."""

    title: str
    payload: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """A list to choose one row from; *title* is on the button that opens it."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is said, apart from where and to whom.

    Whole, it is what we would like to say; `channels.rich.fitted` makes of it what one platform
    takes. *options* are choices that stand in the text as numbered words: the customer may type
    number n for the n-th, or its title. `channels.rich.offered` lists all choices of a Content.
    """

    text: str = ""
    quick_replies: tuple[QuickReply, ...] = ()
    buttons: tuple[Button, ...] = ()
    cards: tuple[Card, ...] = ()
    menu: Menu | None = None
    attachments: tuple[Attachment, ...] = ()
    options: tuple[QuickReply, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage(Content):
    """One call to a platform, already cut to its limits.

    *id* is a UUID: LINE's retry key and Messenger's metadata. *reply_to* is the comment that a
    comment reply, private reply or hide is about. *also* are further messages in the same call,
    where the platform takes several.
    """

    id: str
    channel: str
    account: str
    thread: str
    surface: Surface = Surface.DIRECT
    action: Action = Action.REPLY
    reply_to: str | None = None
    reply_token: str | None = None
    reply_token_until: datetime | None = None
    also: tuple[Content, ...] = ()

    @property
    def all_text(self) -> str:
        """The words of the whole call, a paragraph for each message."""
        return "\n\n".join(one.text for one in (self, *self.also) if one.text)

    @property
    def all_attachments(self) -> tuple[Attachment, ...]:
        """The attachments of the whole call."""
        return tuple(file for one in (self, *self.also) for file in one.attachments)


@dataclass(frozen=True, slots=True, kw_only=True)
class BotMessage(OutboundMessage):
    """Written by the bot: bound to the platform's reply window without exception."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMessage(OutboundMessage):
    """Written by a person. Only these may carry a platform's human-agent tag, or be a template.

    *language* is the customer's, a BCP 47 tag.
    """

    outside_window: bool = False
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A platform took a message. *ids* are its names for it; *thread* a conversation it revealed.

    *duplicate*: it had taken the same message before, and showed it once.

    A private reply to a comment is the only place where Meta tells who the author is in direct
    messages; that id comes back in *thread*.
    """

    ids: tuple[str, ...]
    thread: str | None = None
    duplicate: bool = False
