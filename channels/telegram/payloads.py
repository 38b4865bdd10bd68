"""The fields of Telegram's updates that we read. Telegram adds others without notice.

https://core.telegram.org/bots/api#update
"""

from pydantic import AliasPath, BaseModel, ConfigDict, Field


class _Payload(BaseModel):
    # Kept by name: what a message is may show in nothing but a field that we do not read.
    model_config = ConfigDict(coerce_numbers_to_str=True, extra="allow")


class User(_Payload):
    """A person or a bot."""

    id: str
    bot: bool = Field(default=False, validation_alias="is_bot")
    first_name: str = ""
    last_name: str = ""
    username: str | None = None
    language: str | None = Field(default=None, validation_alias="language_code")


class Entity(_Payload):
    """A part of a text that means something, counted in UTF-16 units."""

    type: str
    offset: int
    length: int
    user: User | None = None


class File(_Payload):
    """A photo, sticker, video, audio or document."""

    id: str = Field(validation_alias="file_id")
    name: str | None = Field(default=None, validation_alias="file_name")
    mime_type: str | None = None
    emoji: str | None = None


class Place(_Payload):
    """Where something happened: a private chat has its person's id, groups have negative ones."""

    chat: str = Field(validation_alias=AliasPath("chat", "id"))
    chat_type: str = Field(default="", validation_alias=AliasPath("chat", "type"))
    connection: str | None = Field(default=None, validation_alias="business_connection_id")
    date: object = None


class Message(Place):
    """What was said. Which fields there are depends on what it is."""

    id: str = Field(validation_alias="message_id")
    edit_date: object = None
    user: User | None = Field(default=None, validation_alias="from")
    # Speaks for a channel or for a group's anonymous administrators.
    sender_chat: object = None
    topic: int | None = Field(default=None, validation_alias="message_thread_id")
    in_topic: bool = Field(default=False, validation_alias="is_topic_message")
    moved_to: str | None = Field(default=None, validation_alias="migrate_to_chat_id")
    quoted: str | None = Field(
        default=None, validation_alias=AliasPath("reply_to_message", "message_id")
    )
    quoted_user: str | None = Field(
        default=None, validation_alias=AliasPath("reply_to_message", "from", "id")
    )
    text: str | None = None
    caption: str | None = None
    entities: list[Entity] = []
    caption_entities: list[Entity] = []
    photo: list[File] = []
    animation: File | None = None
    video: File | None = None
    video_note: File | None = None
    voice: File | None = None
    audio: File | None = None
    sticker: File | None = None
    document: File | None = None
    latitude: float | None = Field(default=None, validation_alias=AliasPath("location", "latitude"))
    longitude: float | None = Field(
        default=None, validation_alias=AliasPath("location", "longitude")
    )
    venue: str | None = Field(default=None, validation_alias=AliasPath("venue", "title"))
    phone: str | None = Field(default=None, validation_alias=AliasPath("contact", "phone_number"))
    named: str | None = Field(default=None, validation_alias=AliasPath("contact", "first_name"))


class Choice(_Payload):
    """One button below a message."""

    text: str = ""
    data: str | None = Field(default=None, validation_alias="callback_data")


class CallbackQuery(_Payload):
    """A tap on a button below *message*, which may be too old to be shown."""

    id: str
    user: User = Field(validation_alias="from")
    message: Message | None = None
    keyboard: list[list[Choice]] = Field(
        default=[], validation_alias=AliasPath("message", "reply_markup", "inline_keyboard")
    )
    data: str | None = None

    @property
    def title(self) -> str | None:
        """What stands on the button."""
        choices = (choice for row in self.keyboard for choice in row)
        return next((one.text or None for one in choices if one.data == self.data), None)


class Membership(Place):
    """Somebody let us in or shut us out; *status* is what we are there now."""

    user: User = Field(validation_alias="from")
    status: str = Field(validation_alias=AliasPath("new_chat_member", "status"))


class Reaction(Place):
    """All of somebody's reactions to one message."""

    user: User | None = None
    emoji: list[object] = Field(default=[], validation_alias="new_reaction")


class Deleted(Place):
    """Messages that were deleted in a chat of a connected business account."""

    ids: list[str] = Field(validation_alias="message_ids")


class Update(_Payload):
    """One thing that happened: at most one of the fields is set."""

    id: str = Field(validation_alias="update_id")
    message: Message | None = None
    business_message: Message | None = None
    edited_message: Message | None = None
    edited_business_message: Message | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: Membership | None = None
    message_reaction: Reaction | None = None
    deleted_business_messages: Deleted | None = None
