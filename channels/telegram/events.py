"""Turns one Telegram update into our events."""

from dataclasses import dataclass
from datetime import datetime

from channels.messages import (
    Attachment,
    ChannelEvent,
    ChannelNotice,
    Contact,
    EchoedReply,
    EventFields,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Referral,
    Surface,
)
from channels.telegram.payloads import (
    CallbackQuery,
    Deleted,
    Membership,
    Message,
    Place,
    Reaction,
    Update,
    User,
)
from channels.telegram.threads import is_group, thread
from channels.webhook import digest, told_at

# An animation comes as a document, too: the first that is there counts.
_FILES = {
    "animation": "video",
    "video": "video",
    "video_note": "video",
    "voice": "audio",
    "audio": "audio",
    "sticker": "sticker",
    "document": "file",
}
# What else people send; all other messages are Telegram's own, such as "pinned a message".
_UNSUPPORTED = frozenset(
    {"checklist", "dice", "game", "live_photo", "paid_media", "poll", "rich_message", "story"}
)
_IN_PRIVATE = {"kicked": "user.block", "member": "user.unblock"}
_LEAVES = ("user.block", "group.leave")
_IN_GROUPS = {"kicked": "group.leave", "left": "group.leave"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Whose update is read, and when. *bot* is our own id, *start* the payload of /start."""

    channel: str
    account: str
    bot: str
    username: str | None
    start: str
    received_at: datetime

    def events(self, value: object) -> list[ChannelEvent]:
        """What *value* tells; raise ValidationError where it is no update."""
        update = Update.model_validate(value)
        match update:
            case Update(message=Message() as said) | Update(business_message=Message() as said):
                return [self._said(update, said)]
            case (
                Update(edited_message=Message() as said)
                | Update(edited_business_message=Message() as said)
            ):
                return [self._edited(update, said)]
            case Update(callback_query=CallbackQuery() as tap):
                return [self._tapped(tap)]
            case Update(my_chat_member=Membership() as change):
                kinds = _IN_PRIVATE if change.chat_type == "private" else _IN_GROUPS
                kind = kinds.get(change.status, "group.join" if kinds is _IN_GROUPS else "ignore")
                return [self._notice(kind, update, change, user=change.user, told=change.status)]
            case Update(message_reaction=Reaction() as reaction):
                told = _emoji(reaction)
                return [
                    self._notice("dm.reaction", update, reaction, user=reaction.user, told=told)
                ]
            case Update(deleted_business_messages=Deleted() as gone):
                return [
                    MessageDeleted(**self._fields("dm.delete", f"{update.id}:{id}", gone), id=id)
                    for id in gone.ids
                ]
        told = ", ".join(sorted(update.model_extra or ()))[:200]
        fields = self._fields("ignore", f"{update.id}:{digest(value)}", None)
        return [ChannelNotice(**fields, detail=told)]

    def _said(self, update: Update, said: Message) -> ChannelEvent:
        found, text = _attachment(said), said.text or said.caption or None
        key = f"{update.id}:{said.date}"
        command, _, ref = (text or "").partition(" ")
        started = command == "/start" and said.chat_type == "private"
        referral = Referral(ref=ref[:64], source="link") if started and ref else None
        kind = "dm.referral_message" if referral else _kind(said, found)
        if said.moved_to is not None:
            fields = self._fields("user.id_changed", key, said)
            fields["thread"], fields["thread_keys"] = said.moved_to, (said.moved_to, said.chat)
            return ChannelNotice(**fields, detail="became a supergroup")
        if kind == "ignore":
            told = ", ".join(sorted(said.model_extra or ()))
            return self._notice(kind, update, said, user=said.user, told=told)
        if _by_owner(said):
            return EchoedReply(**self._fields("dm.echo", key, said), id=said.id, text=text)
        return InboundMessage(
            **self._fields(kind, key, said),
            id=said.id,
            contact=_contact(said.user) if said.user else Contact(id=said.chat),
            text=text,
            payload=self.start if started else None,
            attachments=(found,) if found else (),
            reply_to=said.quoted,
            referral=referral,
            unanswerable=self._unanswerable(said),
        )

    def _edited(self, update: Update, said: Message) -> ChannelEvent:
        if said.latitude is not None or _by_owner(said):
            # A live location moves every few seconds; what the brand itself changes is no ask.
            return self._notice("ignore", update, said, user=said.user, told="edited")
        fields = self._fields("dm.edit", f"{update.id}:{said.edit_date}", said)
        return MessageEdited(**fields, id=said.id, text=said.text or said.caption)

    def _tapped(self, tap: CallbackQuery) -> InboundMessage:
        """A tap tells no time of its own; Telegram wants to hear of its id."""
        # Below a message sent by way of another chat there is only the person.
        place = tap.message or Place.model_validate({"chat": {"id": tap.user.id}})
        return InboundMessage(
            **self._fields("dm.postback", f"tap:{tap.id}", place, dated=False),
            id=tap.id,
            contact=_contact(tap.user),
            text=tap.title,
            payload=tap.data,
            unanswerable="another bot" if tap.user.bot else None,
        )

    def _notice(
        self, kind: str, update: Update, place: Place, *, user: User | None, told: str
    ) -> ChannelNotice:
        stamp = getattr(place, "edit_date", None) or place.date
        fields = self._fields(kind, f"{update.id}:{stamp}", place)
        return ChannelNotice(
            **fields,
            contact=_contact(user) if user else None,
            detail=told[:200],
            leaves=kind in _LEAVES,
        )

    def _fields(
        self, kind: str, key: str, place: Place | None, *, dated: bool = True
    ) -> EventFields:
        """What every event has. After a quiet week Telegram counts its updates anew, from anywhere:
        *key* needs more than their number.
        """
        told = (getattr(place, "edit_date", None) or place.date) if place and dated else None
        where = _thread(place) if place else ""
        return {
            "event_id": key,
            "kind": kind,
            "channel": self.channel,
            "account": self.account,
            "thread": where,
            "surface": Surface.DIRECT,
            "sent_at": told_at(told, per_second=1, received_at=self.received_at),
            "received_at": self.received_at,
            # A group's name changes when it becomes a supergroup.
            "thread_keys": (where,) if is_group(where) else (),
        }

    def _unanswerable(self, said: Message) -> str | None:
        if said.user is None or said.user.bot or said.sender_chat is not None:
            return "another bot"
        return None if said.chat_type == "private" or self._addressed(said) else "group"

    def _addressed(self, said: Message) -> bool:
        """Whether a group means us: by a reply, by our name, or by a command with it."""
        name = f"@{self.username}".casefold() if self.username else None
        spelled = (said.text or said.caption or "").encode("utf-16-le", "replace")
        for one in (*said.entities, *said.caption_entities):
            part = spelled[2 * one.offset : 2 * (one.offset + one.length)]
            words = part.decode("utf-16-le", "replace").casefold()
            if name and one.type in {"mention", "bot_command"} and words[words.find("@") :] == name:
                return True
            if one.user is not None and one.user.id == self.bot:
                return True
        return said.quoted_user == self.bot


def _thread(place: Place) -> str:
    topic = place.topic if isinstance(place, Message) and place.in_topic else None
    return thread(place.chat, topic=topic, connection=place.connection)


def _by_owner(said: Message) -> bool:
    """Whether the owner of a business account spoke, or a bot for them."""
    return said.connection is not None and said.user is not None and said.user.id != said.chat


def _contact(user: User) -> Contact:
    name = f"{user.first_name} {user.last_name}".strip()
    return Contact(id=user.id, name=name or None, username=user.username, language=user.language)


def _kind(said: Message, found: Attachment | None) -> str:
    if found is not None:
        return "dm.contact" if found.type == "share" else f"dm.{found.type}"
    if said.text or said.caption:
        return "dm.text"
    return "dm.unsupported" if _UNSUPPORTED & (said.model_extra or {}).keys() else "ignore"


def _attachment(said: Message) -> Attachment | None:
    if said.photo:
        # The same picture in several sizes, the largest last.
        return Attachment(type="image", id=said.photo[-1].id)
    for field, type in _FILES.items():
        if (file := getattr(said, field)) is not None:
            title = file.name or file.emoji
            return Attachment(type=type, id=file.id, title=title, mime_type=file.mime_type)
    if said.latitude is not None and said.longitude is not None:
        return Attachment(
            type="location", url=f"geo:{said.latitude},{said.longitude}", title=said.venue
        )
    if said.phone is not None:
        return Attachment(type="share", title=f"{said.named or ''} {said.phone}".strip())
    return None


def _emoji(reaction: Reaction) -> str:
    found = [one.get("emoji") for one in reaction.emoji if isinstance(one, dict)]
    return " ".join(str(each) for each in found if each)
