"""Turns one item of a direct messages' webhook into one of our events."""

from dataclasses import dataclass

from channels.messages import (
    Attachment,
    ChannelEvent,
    ChannelNotice,
    Contact,
    DeliveryReceipt,
    EchoedReply,
    EventFields,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Referral,
)
from channels.meta import attachments, payloads
from channels.meta.reading import Reading
from channels.meta.webhook import Item
from channels.webhook import Unreadable, digest, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectReading(Reading):
    """Reads the direct messages of one account. *app_id* is ours, where it is known."""

    app_id: str | None

    def event(self, item: Item) -> ChannelEvent:
        """The event that *item* tells of; raise ValidationError or Unreadable if it tells none."""
        if item.is_change and item.section != "messages":
            return self.ignored(item, f"unknown field: {item.section}")
        told = payloads.Messaging.model_validate(item.value)
        return _Told(reading=self, item=item, told=told).event()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    reading: DirectReading
    item: Item
    told: payloads.Messaging

    def event(self) -> ChannelEvent:
        told = self.told
        if told.message is not None:
            return self._message(told.message)
        if told.postback is not None:
            return self._postback(told.postback)
        if told.delivery is not None:
            return self._receipt("dm.delivery", told.delivery)
        if told.read is not None:
            return self._receipt("dm.read", told.read)
        if told.message_edit is not None:
            return self._edit(told.message_edit)
        return self._notice()

    def _message(self, message: payloads.Message) -> ChannelEvent:
        mid = message.mid or f"message:{self._anonymous_key()}"
        if message.is_self:
            return self.reading.ignored(self.item, "the account writes to itself")
        if message.is_deleted:
            return MessageDeleted(**self._fields("dm.delete", f"{mid}:deleted"), id=mid)
        if message.is_echo or self.reading.is_own(self.item, self._sender):
            return self._echo(message, mid)
        found = attachments.found_in(message)
        tapped = message.quick_reply
        customer = self._customer
        return InboundMessage(
            **self._fields(_kind(message, found), mid, thread=customer),
            id=mid,
            contact=Contact(id=customer),
            text=message.text or None,
            payload=tapped.payload if tapped else None,
            attachments=found,
            reply_to=message.reply_to.mid if message.reply_to else None,
            referral=_referral(message.referral) or _story(message),
            unanswerable=self._unanswerable,
        )

    def _echo(self, message: payloads.Message, mid: str) -> EchoedReply:
        app_id = self.reading.app_id
        foreign = app_id is not None and message.app_id != app_id
        return EchoedReply(
            **self._fields("dm.echo", mid),
            id=mid,
            text=message.text or None,
            outbound_id=None if foreign else message.metadata or None,
            app_id=message.app_id,
            reply_to=message.reply_to.mid if message.reply_to else None,
        )

    def _postback(self, postback: payloads.Postback) -> InboundMessage:
        # Buttons of older templates carry no mid.
        mid = postback.mid or f"postback:{self._anonymous_key()}"
        return InboundMessage(
            **self._fields("dm.postback", mid),
            id=mid,
            contact=Contact(id=self._customer),
            text=postback.title or None,
            payload=postback.payload,
            referral=_referral(postback.referral),
            unanswerable=self._unanswerable,
        )

    def _receipt(self, kind: str, receipt: payloads.Receipt) -> DeliveryReceipt:
        key = f"{kind}:{self._customer}:{receipt.watermark}"
        if not isinstance(receipt.watermark, int | float | str):
            key = f"{kind}:{self._anonymous_key()}"
        return DeliveryReceipt(
            **self._fields(kind, key),
            ids=tuple(receipt.mids or ()) or ((receipt.mid,) if receipt.mid else ()),
            until=moment(receipt.watermark, per_second=1000),
        )

    def _edit(self, edit: payloads.Edit) -> MessageEdited:
        version = edit.num_edit or digest(edit.text)
        return MessageEdited(
            **self._fields("dm.edit", f"{edit.mid}:edit:{version}"),
            id=edit.mid,
            text=edit.text,
        )

    def _notice(self) -> ChannelNotice:
        kind, detail = _notice(self.told)
        if kind == "ignore":
            return self.reading.ignored(self.item, detail or "")
        customer = self._customer_or_none
        return ChannelNotice(
            **self._fields(kind, f"{kind}:{self._anonymous_key()}", thread=customer or ""),
            contact=Contact(id=customer) if customer else None,
            detail=detail,
        )

    def _fields(self, kind: str, event_id: str, *, thread: str | None = None) -> EventFields:
        # The dashboard's test button sends seconds where live events have milliseconds.
        told_at = moment(self.told.timestamp, per_second=1 if self.item.is_change else 1000)
        thread = self._customer if thread is None else thread
        return self.reading.fields(kind, event_id, thread=thread, sent_at=told_at)

    @property
    def _people(self) -> tuple[str | None, str | None]:
        recipient = self.told.recipient
        return self._sender, recipient.id if recipient else None

    @property
    def _sender(self) -> str | None:
        return self.told.sender.id if self.told.sender else None

    @property
    def _customer_or_none(self) -> str | None:
        """Who is not the account: old echoes do not swap sender and recipient."""
        sender = self.told.sender
        for person in (sender, self.told.recipient):
            if person and person.id and not self.reading.is_own(self.item, person.id):
                return person.id
        return sender.user_ref if sender else None

    @property
    def _customer(self) -> str:
        customer = self._customer_or_none
        if not customer:
            raise Unreadable("sender and recipient: no customer")
        return customer

    @property
    def _unanswerable(self) -> str | None:
        if self.item.is_change or self._people == _TEST:
            return "test event"
        if self.item.section == "standby":
            return "standby"
        if not self._sender:
            return self.reading.elsewhere(self.item) or "unknown sender"
        return self.reading.elsewhere(self.item)

    def _anonymous_key(self) -> str:
        return digest([self.item.page, self.item.value])


# From whom to whom the dashboard's test button writes, whatever else its body looks like.
_TEST = ("12334", "23245")


def _kind(message: payloads.Message, found: tuple[Attachment, ...]) -> str:
    if message.is_unsupported:
        return "dm.unsupported"
    if message.quick_reply is not None:
        return "dm.quick_reply"
    if message.reply_to and message.reply_to.story:
        return "dm.story_reply"
    types = {attachment.type for attachment in message.attachments or ()}
    if "story_mention" in types:
        return "dm.story_mention"
    if types == {"unsupported_type"}:
        return "dm.unsupported"
    if message.text:
        return "dm.text"
    return f"dm.{found[0].type}" if found else "dm.unsupported"


def _referral(told: payloads.Referral | None) -> Referral | None:
    if told is None:
        return None
    ad = told.ads_context_data
    return Referral(
        ref=told.ref,
        source=told.source,
        id=told.ad_id or (ad.post_id if ad else None),
        url=told.referer_uri or (ad.photo_url if ad else None),
        title=ad.ad_title if ad else None,
    )


def _story(message: payloads.Message) -> Referral | None:
    """The brand's story that a customer answers."""
    story = message.reply_to.story if message.reply_to else None
    return Referral(source="story", id=story.id, url=story.url) if story else None


def _notice(told: payloads.Messaging) -> tuple[str, str | None]:
    """The kind of a notice and its detail: the new owner, the link, the reason."""
    if (reaction := told.reaction) is not None:
        return "dm.reaction", f"{reaction.action or ''} {reaction.emoji or ''}".strip() or None
    if (optin := told.optin) is not None:
        stopped = (optin.notification_messages_status or "").upper().startswith("STOP")
        return ("dm.optout" if stopped else "dm.optin"), optin.ref or optin.type
    if (policy := told.policy_enforcement) is not None:
        return "account.policy", f"{policy.action or ''}: {policy.reason or ''}"[:500]
    if (link := told.account_linking) is not None:
        return "dm.account_link", link.status
    if (response := told.response_feedback) is not None:
        return "dm.feedback", response.feedback
    if (referral := told.referral) is not None:
        return "dm.referral", referral.ref or referral.source
    return _control(told)


def _control(told: payloads.Messaging) -> tuple[str, str | None]:
    if (passed := told.pass_thread_control) is not None:
        return "thread.pass", passed.new_owner_app_id
    if (taken := told.take_thread_control) is not None:
        return "thread.take", taken.new_owner_app_id
    if (request := told.request_thread_control) is not None:
        return "thread.request", request.requested_owner_app_id
    if told.app_roles is not None:
        return "thread.roles", ", ".join(sorted(told.app_roles))[:200]
    return "ignore", "nothing that we know"
