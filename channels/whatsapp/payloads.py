"""The fields of WhatsApp's webhook that we read. Meta adds others without notice.

https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components
"""

from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field


def _named(value: object) -> object:
    # Since usernames, a phone number that is withheld is absent or "".
    return None if value == "" else value


Id = Annotated[str | None, BeforeValidator(_named)]


class _Payload(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)


class Metadata(_Payload):
    """Whose webhook it is: the id of the brand's phone number."""

    phone_number_id: str = ""


class Profile(_Payload):
    """What a customer calls themselves."""

    name: Id = None
    username: Id = None


class Person(_Payload):
    """A customer: by phone number, by an id of this business, by an id of its parent company."""

    wa_id: Id = None
    user_id: Id = None
    parent_user_id: Id = None
    profile: Profile | None = None


class Value(_Payload):
    """What a change holds. One list of it is filled."""

    metadata: Metadata = Metadata()
    contacts: list[Person] | None = None
    messages: list[object] | None = None
    statuses: list[object] | None = None
    message_echoes: list[object] | None = None
    user_preferences: list[object] | None = None
    user_id_update: list[object] | None = None
    errors: list[object] | None = None


class Text(_Payload):
    """Words."""

    body: str | None = None


class Media(_Payload):
    """A file, by an id that is good for seven days."""

    id: Id = None
    mime_type: str | None = None
    caption: str | None = None
    filename: str | None = None


class Location(_Payload):
    """A place."""

    latitude: float | None = None
    longitude: float | None = None
    name: str | None = None
    address: str | None = None


class Chosen(_Payload):
    """A reply button or a row of a list."""

    id: str | None = None
    title: str | None = None


class Form(_Payload):
    """A flow that was filled in; *response_json* is JSON inside JSON."""

    body: str | None = None
    response_json: str | None = None


class Interactive(_Payload):
    """What was tapped."""

    button_reply: Chosen | None = None
    list_reply: Chosen | None = None
    nfm_reply: Form | None = None


class TemplateButton(_Payload):
    """A quick reply of a template."""

    payload: str | None = None
    text: str | None = None


class Reaction(_Payload):
    """*emoji* is empty or absent when a reaction is taken back."""

    message_id: str | None = None
    emoji: str | None = None


class CardName(_Payload):
    """The name on a contact card."""

    formatted_name: str | None = None


class CardPhone(_Payload):
    """A number on a contact card."""

    phone: str | None = None


class Card(_Payload):
    """A contact card that a customer sent."""

    name: CardName | None = None
    phones: list[CardPhone] | None = None


class Product(_Payload):
    """One line of an order."""

    product_retailer_id: str | None = None
    quantity: str | None = None


class Order(_Payload):
    """A basket from the brand's catalogue."""

    text: str | None = None
    product_items: list[Product] | None = None


class System(_Payload):
    """What WhatsApp says of a customer: a new number (*wa_id*), a new *user_id*."""

    type: str | None = None
    wa_id: Id = Field(default=None, validation_alias=AliasChoices("wa_id", "new_wa_id"))
    user_id: Id = None
    parent_user_id: Id = None
    previous_user_id: Id = None


class Context(_Payload):
    """The message that this one quotes; a forwarded one names none."""

    id: Id = None


class Referral(_Payload):
    """The advertisement or post that led here."""

    source_url: str | None = None
    source_id: str | None = None
    source_type: str | None = None
    headline: str | None = None
    ctwa_clid: str | None = None


class Edit(_Payload):
    """A message's new wording."""

    original_message_id: str
    message: "Message | None" = None


class Revoke(_Payload):
    """A message that was taken back."""

    original_message_id: str


class Message(_Payload):
    """A customer's message; in an echo, with *to*, one that a person of the brand wrote."""

    id: Id = None
    type: str | None = None
    timestamp: object = None
    from_: Id = Field(default=None, alias="from")
    from_user_id: Id = None
    from_parent_user_id: Id = None
    to: Id = None
    to_user_id: Id = None
    to_parent_user_id: Id = None
    group_id: Id = None
    context: Context | None = None
    referral: Referral | None = None
    text: Text | None = None
    image: Media | None = None
    video: Media | None = None
    audio: Media | None = None
    document: Media | None = None
    sticker: Media | None = None
    location: Location | None = None
    contacts: list[Card] | None = None
    interactive: Interactive | None = None
    button: TemplateButton | None = None
    reaction: Reaction | None = None
    order: Order | None = None
    system: System | None = None
    edit: Edit | None = None
    revoke: Revoke | None = None


class ErrorData(_Payload):
    """The longer words for an error."""

    details: str | None = None


class Error(_Payload):
    """Why a message did not arrive."""

    code: int | None = None
    title: str | None = None
    error_data: ErrorData | None = None


class Status(_Payload):
    """What became of a message of ours. *biz_opaque_callback_data* is what we sent along."""

    id: str
    status: str
    timestamp: object = None
    recipient_id: Id = None
    recipient_user_id: Id = None
    parent_recipient_user_id: Id = None
    recipient_type: str | None = None
    biz_opaque_callback_data: Id = None
    errors: list[Error] | None = None


class Preference(_Payload):
    """Whether a customer wants marketing."""

    wa_id: Id = None
    user_id: Id = None
    value: str | None = None
    detail: str | None = None
    timestamp: object = None


class Succession(_Payload):
    """An id and the one that it replaces."""

    previous: Id = None
    current: Id = None


class IdUpdate(_Payload):
    """A customer's ids before and after. Its shape is not documented in full: unverified."""

    wa_id: Id = None
    user_id: Succession = Succession()
    parent_user_id: Succession = Succession()
    timestamp: object = None
