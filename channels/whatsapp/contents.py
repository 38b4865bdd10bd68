"""What a customer's message says: its kind, words, payload and attachments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from channels.messages import Attachment
from channels.whatsapp.payloads import Card, Chosen, Form, Location, Media, Message, Order

MEDIA_KEPT = timedelta(days=7)
# WhatsApp's word and ours.
MEDIA: Mapping[str, str] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "document": "file",
    "sticker": "sticker",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said."""

    kind: str
    text: str | None = None
    payload: str | None = None
    attachments: tuple[Attachment, ...] = ()


def said(message: Message, at: datetime) -> Said:
    """What *message*, sent *at*, says. What we cannot show is "dm.unsupported"."""
    if message.type in MEDIA:
        return _media(message, at)
    read = _READ.get(message.type or "")
    return (read and read(message)) or Said(kind="dm.unsupported")


def _media(message: Message, at: datetime) -> Said:
    kind = MEDIA[message.type or ""]
    media: Media | None = getattr(message, message.type or "")
    if media is None:
        return Said(kind=f"dm.{kind}")
    # The address that may come along needs our token as well, and ends within minutes; the id gives
    # a new one each time.
    attachment = Attachment(
        type=kind,
        id=media.id,
        title=media.filename,
        mime_type=media.mime_type,
        expires_at=at + MEDIA_KEPT,
    )
    return Said(kind=f"dm.{kind}", text=media.caption or None, attachments=(attachment,))


def _text(message: Message) -> Said | None:
    return Said(kind="dm.text", text=message.text.body or None) if message.text else None


def _tapped(message: Message) -> Said | None:
    if (taps := message.interactive) is None:
        return None
    if taps.nfm_reply is not None:
        return Said(kind="dm.form_reply", text=_form(taps.nfm_reply))
    chosen: Chosen | None = taps.button_reply or taps.list_reply
    if chosen is None:
        return None
    return Said(kind="dm.quick_reply", text=chosen.title or None, payload=chosen.id)


def _form(form: Form) -> str | None:
    """What the customer filled in, line by line."""
    try:
        answers = orjson.loads(form.response_json or "")
    except orjson.JSONDecodeError:
        return form.body
    if not isinstance(answers, dict):
        return form.body
    lines = [f"{name}: {told}" for name, told in answers.items() if name != "flow_token"]
    return "\n".join(lines) or form.body


def _template_button(message: Message) -> Said | None:
    if (button := message.button) is None:
        return None
    return Said(
        kind="dm.quick_reply", text=button.text or None, payload=button.payload or button.text
    )


def _place(message: Message) -> Said | None:
    place: Location | None = message.location
    if place is None:
        return None
    known = place.latitude is not None and place.longitude is not None
    title = ", ".join(part for part in (place.name, place.address) if part)
    # An address by RFC 5870.
    url = f"geo:{place.latitude},{place.longitude}" if known else None
    return Said(
        kind="dm.location",
        attachments=(Attachment(type="location", url=url, title=title or None),),
    )


def _cards(message: Message) -> Said | None:
    if not message.contacts:
        return None
    return Said(
        kind="dm.contact",
        attachments=tuple(
            Attachment(type="share", title=_card(one) or None) for one in message.contacts
        ),
    )


def _card(card: Card) -> str:
    name = card.name.formatted_name if card.name else None
    phones = (one.phone for one in card.phones or ())
    return " ".join(part for part in (name, *phones) if part)


def _basket(message: Message) -> Said | None:
    order: Order | None = message.order
    if order is None:
        return None
    lines = [
        f"{item.product_retailer_id or '?'} x {item.quantity or '1'}"
        for item in order.product_items or ()
    ]
    return Said(
        kind="dm.order",
        text=order.text or None,
        attachments=(Attachment(type="share", title=", ".join(lines) or None),),
    )


_READ: Mapping[str, Callable[[Message], Said | None]] = {
    "text": _text,
    "interactive": _tapped,
    "button": _template_button,
    "location": _place,
    "contacts": _cards,
    "order": _basket,
}
