"""The fields of direct messages' webhooks that we read. Meta adds others without notice.

https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
"""

from pydantic import AliasChoices, BaseModel, ConfigDict, Field


class _Payload(BaseModel):
    # Ids come as numbers in older bodies.
    model_config = ConfigDict(coerce_numbers_to_str=True)


class Person(_Payload):
    """A customer or Page. A visitor of a plug-in has only a *user_ref*."""

    id: str | None = None
    user_ref: str | None = None


class Attachment(_Payload):
    """*payload* is an object, for a link sometimes a bare string."""

    type: str = ""
    title: str | None = None
    url: str | None = None
    payload: object = None


class QuickReply(_Payload):
    """The quick reply that the customer tapped."""

    payload: str | None = None


class Story(_Payload):
    """A story of the brand's that is answered."""

    id: str | None = None
    url: str | None = None


class ReplyTo(_Payload):
    """The message or story that this one answers."""

    mid: str | None = None
    story: Story | None = None


class AdContext(_Payload):
    """The advertisement that brought the customer."""

    ad_title: str | None = None
    post_id: str | None = None
    photo_url: str | None = None


class Referral(_Payload):
    """The link, advertisement or product through which the customer came."""

    ref: str | None = None
    source: str | None = None
    ad_id: str | None = None
    referer_uri: str | None = None
    ads_context_data: AdContext | None = None


class Postback(_Payload):
    """A tapped button. Without *payload* while another app has the thread."""

    mid: str | None = None
    title: str | None = None
    payload: str | None = None
    referral: Referral | None = None


class Message(_Payload):
    """A customer's message, or with *is_echo* one of the Page."""

    mid: str | None = None
    text: str | None = None
    quick_reply: QuickReply | None = None
    reply_to: ReplyTo | None = None
    attachments: list[Attachment] | None = None
    sticker_id: str | None = None
    is_echo: bool | None = None
    is_self: bool | None = None
    is_deleted: bool | None = None
    is_unsupported: bool | None = None
    app_id: str | None = None
    metadata: str | None = None
    referral: Referral | None = None


class Edit(_Payload):
    """A message's new text, and how often it has changed."""

    mid: str
    text: str | None = None
    num_edit: str | None = None


class Reaction(_Payload):
    """*emoji* is absent when a reaction is taken back."""

    mid: str | None = None
    action: str | None = None
    emoji: str | None = None


class Receipt(_Payload):
    """Delivered or read: *mids* and everything up to *watermark* (ms); on Instagram one *mid*."""

    mid: str | None = None
    mids: list[str] | None = None
    watermark: object = None


class Optin(_Payload):
    """Consent to messages, or with a STOP status its end."""

    ref: str | None = None
    type: str | None = None
    notification_messages_status: str | None = None


class Control(_Payload):
    """Which app had the thread, has it now, or asks for it."""

    previous_owner_app_id: str | None = None
    new_owner_app_id: str | None = None
    requested_owner_app_id: str | None = None


class Notice(_Payload):
    """What is told about an account, a link or an answer."""

    action: str | None = None
    reason: str | None = None
    status: str | None = None
    feedback: str | None = None


class Messaging(_Payload):
    """One item of `messaging` or `standby`. Exactly one thing happened in each."""

    sender: Person | None = None
    recipient: Person | None = None
    timestamp: object = None
    message: Message | None = None
    postback: Postback | None = None
    delivery: Receipt | None = None
    read: Receipt | None = None
    reaction: Reaction | None = None
    message_edit: Edit | None = None
    referral: Referral | None = None
    optin: Optin | None = None
    pass_thread_control: Control | None = None
    take_thread_control: Control | None = None
    request_thread_control: Control | None = None
    app_roles: dict[str, object] | None = None
    account_linking: Notice | None = None
    response_feedback: Notice | None = None
    policy_enforcement: Notice | None = Field(
        default=None, validation_alias=AliasChoices("policy_enforcement", "policy-enforcement")
    )
