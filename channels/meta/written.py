"""What we say, as the Send API wants it written.

https://developers.facebook.com/docs/messenger-platform/reference/send-api
"""

from channels.messages import AgentMessage, Button, Card, OutboundMessage


def content(message: OutboundMessage, **written: object) -> dict[str, object]:
    """The `message` of the Send API, beside what is *written* already."""
    if message.attachments:
        first = message.attachments[0]
        written["attachment"] = {"type": first.type, "payload": {"url": first.url}}
    elif message.cards:
        written["attachment"] = _template("generic", elements=[_element(c) for c in message.cards])
    elif message.buttons:
        buttons = [_button(button) for button in message.buttons]
        written["attachment"] = _template("button", text=message.text, buttons=buttons)
    else:
        written["text"] = message.text
    if message.quick_replies:
        written["quick_replies"] = [
            {"content_type": "text", "title": reply.title, "payload": reply.payload}
            for reply in message.quick_replies
        ]
    return written


def purpose(message: OutboundMessage) -> dict[str, str]:
    """Why we may write. The tag is for people: Meta closes bots that use it."""
    match message:
        case AgentMessage(outside_window=True):
            return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        case _:
            return {"messaging_type": "RESPONSE"}


def _template(kind: str, **payload: object) -> dict[str, object]:
    return {"type": "template", "payload": {"template_type": kind, **payload}}


def _element(card: Card) -> dict[str, object]:
    written = {
        "title": card.title,
        "subtitle": card.text,
        "image_url": card.image_url,
        "buttons": [_button(button) for button in card.buttons],
    }
    return {name: value for name, value in written.items() if value}


def _button(button: Button) -> dict[str, object]:
    if button.payload is None:
        return {"type": "web_url", "title": button.title, "url": button.url}
    return {"type": "postback", "title": button.title, "payload": button.payload}
