"""What we say, as the Cloud API wants it.

https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages
"""

from collections.abc import Sequence

from channels.errors import Rejected, ReplyWindowClosed
from channels.messages import AgentMessage, Attachment, OutboundMessage, QuickReply, Row
from channels.whatsapp.people import GROUP
from channels.whatsapp.settings import Settings

CHANNEL = "whatsapp"
MOST_BUTTONS = 3
MOST_ROWS = 10
TEXT_BESIDE_BUTTONS = 1024
# Ours and WhatsApp's.
_MEDIA = {"image": "image", "video": "video", "audio": "audio", "file": "document"}

Json = dict[str, object]


def body(message: OutboundMessage, settings: Settings) -> Json:
    """The call that says *message*; our id goes along and returns in every status.

    Raise ReplyWindowClosed where only a template may be sent and none is configured.
    """
    return {
        "messaging_product": "whatsapp",
        **_address(message.thread),
        **_content(message, settings),
        "biz_opaque_callback_data": message.id,
    }


def _address(thread: str) -> Json:
    if thread.startswith(GROUP):
        return {"recipient_type": "group", "to": thread.removeprefix(GROUP)}
    if thread.isascii() and thread.isdecimal():
        return {"recipient_type": "individual", "to": f"+{thread}"}
    return {"recipient_type": "individual", "recipient": thread}


def _content(message: OutboundMessage, settings: Settings) -> Json:
    if isinstance(message, AgentMessage) and message.outside_window:
        return _template(message, settings)
    if message.attachments:
        return _media(message.attachments[0], message.text)
    choices = _choices(message)
    if message.menu is not None or len(choices) > MOST_BUTTONS:
        return _list(message, choices, settings)
    if choices and len(message.text) > TEXT_BESIDE_BUTTONS:
        return _list(message, choices, settings)
    if choices:
        return _buttons(message, choices)
    return {"type": "text", "text": {"body": message.text, "preview_url": False}}


def _choices(message: OutboundMessage) -> list[QuickReply]:
    return [
        *message.quick_replies,
        *(
            QuickReply(title=button.title, payload=button.payload)
            for button in message.buttons
            if button.payload is not None
        ),
    ]


def _template(message: AgentMessage, settings: Settings) -> Json:
    template = settings.template(message.language)
    if template is None:
        raise ReplyWindowClosed(CHANNEL, "after 24 hours WhatsApp takes only a template")
    # A parameter may hold no line break, tab or run of spaces.
    words = {"type": "text", "text": " ".join(message.text.split())}
    return {
        "type": "template",
        "template": {
            "name": template.name,
            "language": {"code": template.language},
            "components": [{"type": "body", "parameters": [words]}],
        },
    }


def _media(attachment: Attachment, caption: str) -> Json:
    kind = _MEDIA[attachment.type]
    shown: Json = {"link": attachment.url}
    if caption:
        shown["caption"] = caption
    if kind == "document" and attachment.title:
        shown["filename"] = attachment.title
    return {"type": kind, kind: shown}


def _buttons(message: OutboundMessage, choices: Sequence[QuickReply]) -> Json:
    buttons = [
        {"type": "reply", "reply": {"id": choice.payload, "title": choice.title}}
        for choice in choices
    ]
    return _interactive("button", message, {"buttons": buttons})


def _list(message: OutboundMessage, choices: Sequence[QuickReply], settings: Settings) -> Json:
    menu = message.menu
    rows = [*(menu.rows if menu else ()), *(Row(title=c.title, payload=c.payload) for c in choices)]
    if len(rows) > MOST_ROWS:
        raise Rejected(CHANNEL, f"{len(rows)} choices, {MOST_ROWS} are allowed", code="choices")
    button = menu.title if menu else settings.choose
    return _interactive(
        "list", message, {"button": button, "sections": [{"rows": [_row(row) for row in rows]}]}
    )


def _row(row: Row) -> Json:
    written: Json = {"id": row.payload, "title": row.title}
    return written | ({"description": row.text} if row.text else {})


def _interactive(kind: str, message: OutboundMessage, action: Json) -> Json:
    interactive = {"type": kind, "body": {"text": message.text}, "action": action}
    return {"type": "interactive", "interactive": interactive}
