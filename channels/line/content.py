"""Writes what we say as one of LINE's message objects.

https://developers.line.biz/en/reference/messaging-api/#message-objects
"""

from collections.abc import Sequence

from channels.base import LengthUnit
from channels.messages import Button, Card, Content
from channels.text import shorten

LONGEST_ALT = 400


def written(message: Content) -> dict[str, object]:
    """The message object, with the quick replies that hang on it."""
    said = _said(message)
    if message.quick_replies:
        items = [
            {"type": "action", "action": _postback(reply.title, reply.payload)}
            for reply in message.quick_replies
        ]
        said["quickReply"] = {"items": items}
    return said


def _said(message: Content) -> dict[str, object]:
    if message.attachments:
        url = message.attachments[0].url
        return {"type": "image", "originalContentUrl": url, "previewImageUrl": url}
    if message.cards:
        return _carousel(message.cards)
    if message.buttons:
        actions = [_action(button) for button in message.buttons]
        template = {"type": "buttons", "text": message.text, "actions": actions}
        # Where no template can be shown: in the list of chats, on a watch.
        return {"type": "template", "altText": message.text, "template": template}
    return {"type": "text", "text": message.text}


def _carousel(cards: Sequence[Card]) -> dict[str, object]:
    """A flex message: LINE's carousel template wants as many buttons on each card."""
    contents = {"type": "carousel", "contents": [_bubble(card) for card in cards]}
    titles = shorten(
        " / ".join(card.title for card in cards), limit=LONGEST_ALT, unit=LengthUnit.UTF16
    )
    return {"type": "flex", "altText": titles, "contents": contents}


def _bubble(card: Card) -> dict[str, object]:
    told: list[object] = [{"type": "text", "text": card.title, "weight": "bold", "wrap": True}]
    if card.text:
        told.append({"type": "text", "text": card.text, "size": "sm", "wrap": True})
    bubble: dict[str, object] = {"type": "bubble", "body": _box(told)}
    if card.image_url is not None and card.image_url.startswith("https://"):
        bubble["hero"] = {
            "type": "image",
            "url": card.image_url,
            "size": "full",
            "aspectRatio": "20:13",
            "aspectMode": "cover",
        }
    if card.buttons:
        buttons = [{"type": "button", "action": _action(button)} for button in card.buttons]
        bubble["footer"] = _box(buttons)
    return bubble


def _box(contents: Sequence[object]) -> dict[str, object]:
    return {"type": "box", "layout": "vertical", "spacing": "sm", "contents": contents}


def _action(button: Button) -> dict[str, object]:
    if button.payload is None:
        return {"type": "uri", "label": button.title, "uri": button.url}
    return _postback(button.title, button.payload)


def _postback(title: str, payload: str) -> dict[str, object]:
    return {"type": "postback", "label": title, "displayText": title, "data": payload}
