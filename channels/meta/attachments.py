"""What came with a direct message, by the names that all our channels share."""

from channels.messages import Attachment
from channels.meta import payloads


def found_in(message: payloads.Message) -> tuple[Attachment, ...]:
    """The attachments of *message*, stickers first.

    Until 2026-08-30 Meta sent each sticker twice, also as an image with the same sticker id; older
    still, only as such an image.
    """
    if not message.attachments and not message.sticker_id:
        return ()
    read = [_attachment(attachment) for attachment in message.attachments or ()]
    stickers = {found.id: found for found in read if found.type == "sticker"}
    if message.sticker_id and not stickers:
        stickers = {message.sticker_id: Attachment(type="sticker", id=message.sticker_id)}
    return (*stickers.values(), *(found for found in read if found.type != "sticker"))


# Everything that is none of these is content of somebody else's that the customer shows us.
_IDS = ("id", "reel_video_id", "ig_post_media_id", "story_media_id")
_TYPES = {"image", "video", "audio", "file", "sticker", "location"}


def _attachment(attachment: payloads.Attachment) -> Attachment:
    payload = attachment.payload if isinstance(attachment.payload, dict) else {}
    sticker = _text(payload.get("sticker_id"))
    title = attachment.title or _text(payload.get("title"))
    if attachment.type == "sticker" or sticker:
        return Attachment(type="sticker", id=sticker, url=_text(payload.get("url")), title=title)
    if attachment.type == "location":
        return Attachment(type="location", url=_place(payload.get("coordinates")), title=title)
    return Attachment(
        type=attachment.type if attachment.type in _TYPES else "share",
        url=_text(payload.get("url")) or _text(payload.get("story_media_url")) or attachment.url,
        id=next((found for key in _IDS if (found := _text(payload.get(key)))), None),
        title=title,
    )


def _place(coordinates: object) -> str | None:
    """The coordinates as an address (RFC 5870)."""
    if not isinstance(coordinates, dict):
        return None
    latitude, longitude = coordinates.get("lat"), coordinates.get("long")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    return f"geo:{latitude},{longitude}"


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) or None
