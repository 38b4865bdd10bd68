"""The fields of LINE's webhook that we read. LINE adds others without notice.

https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects
"""

from pydantic import BaseModel, ConfigDict, Field


class _Payload(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)


class Source(_Payload):
    """Where it happened. In groups and rooms the *user* may be hidden."""

    type: str = ""
    user: str | None = Field(default=None, validation_alias="userId")
    group: str | None = Field(default=None, validation_alias="groupId")
    room: str | None = Field(default=None, validation_alias="roomId")


class DeliveryContext(_Payload):
    """Whether LINE delivers this event once more."""

    redelivery: bool = Field(default=False, validation_alias="isRedelivery")


class Mentionee(_Payload):
    """Somebody named with an @ in a text."""

    own: bool = Field(default=False, validation_alias="isSelf")


class Mention(_Payload):
    """Everybody named with an @ in a text."""

    mentionees: list[Mentionee] = []


class Content(_Payload):
    """Where an image, video or audio lies, unless with LINE."""

    url: str | None = Field(default=None, validation_alias="originalContentUrl")


class Message(_Payload):
    """What was sent. Which fields there are depends on *type*."""

    id: str
    type: str
    text: str | None = None
    mention: Mention | None = None
    quoted: str | None = Field(default=None, validation_alias="quotedMessageId")
    content: Content | None = Field(default=None, validation_alias="contentProvider")
    file_name: str | None = Field(default=None, validation_alias="fileName")
    title: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    package: str | None = Field(default=None, validation_alias="packageId")
    sticker: str | None = Field(default=None, validation_alias="stickerId")


class PickedTime(_Payload):
    """What a date picker returned, in the customer's local time."""

    date: str | None = None
    time: str | None = None
    datetime: str | None = None


class Postback(_Payload):
    """A tapped action."""

    data: str
    params: PickedTime | None = None


class Unsend(_Payload):
    """A message taken back."""

    message: str = Field(validation_alias="messageId")


class Event(_Payload):
    """One event. *mode* is "standby" while another module has the chat."""

    type: str
    mode: str = "active"
    timestamp: object = None
    source: Source | None = None
    id: str | None = Field(default=None, validation_alias="webhookEventId")
    delivery: DeliveryContext | None = Field(default=None, validation_alias="deliveryContext")
    reply_token: str | None = Field(default=None, validation_alias="replyToken")
    message: Message | None = None
    postback: Postback | None = None
    unsend: Unsend | None = None


class Webhook(_Payload):
    """Events of one bot, often of many customers. Empty when the console checks the address."""

    destination: str | None = None
    events: list[object]
