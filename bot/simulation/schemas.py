"""Checks of the bodies that we send, narrower than the platforms' own: only what Antiphon may say.

Limits: Messenger "Send API" and LINE "Messaging API reference", 2026.
"""

from collections.abc import Iterator

from bot.simulation.shapes import (
    Check,
    Fault,
    boolean,
    either,
    items,
    one_of,
    shape,
    text,
    utf16_length,
)

MESSENGER_TEXT = 2000
COMMENT_TEXT = 8000
LINE_TEXT = 5000


def messenger_faults(body: object) -> list[Fault]:
    """What is wrong with a body for /{page}/messages."""
    faults = list(_MESSENGER(body, ""))
    return faults or list(_messenger_habits(body))


def comment_faults(body: object) -> list[Fault]:
    """What is wrong with a body for /{comment}/comments."""
    return list(_COMMENT(body, ""))


def hide_faults(body: object) -> list[Fault]:
    """What is wrong with a body that hides a comment."""
    return list(_HIDE(body, ""))


def line_reply_faults(body: object) -> list[Fault]:
    """What is wrong with a body for LINE's reply call."""
    return list(_LINE_REPLY(body, ""))


def line_push_faults(body: object) -> list[Fault]:
    """What is wrong with a body for LINE's push call."""
    return list(_LINE_PUSH(body, ""))


def _messenger_habits(body: object) -> Iterator[Fault]:
    """Rules that tie one parameter to another; *body* has the right shape."""
    if not isinstance(body, dict):
        return
    recipient = body["recipient"]
    if len(recipient) != 1:
        yield Fault(path="recipient", problem="must name exactly one recipient")
    if ("message" in body) == ("sender_action" in body):
        yield Fault(path="message", problem="must be non-empty")
    if "message" in body and "id" in recipient and "messaging_type" not in body:
        yield Fault(path="messaging_type", problem="is missing")
    if "sender_action" in body and "comment_id" in recipient:
        yield Fault(path="sender_action", problem="needs a person")
    if ("tag" in body) != (body.get("messaging_type") == "MESSAGE_TAG"):
        yield Fault(path="tag", problem="goes with messaging_type MESSAGE_TAG")


_ID = text(200)
_ADDRESS = text(2000, pattern=r"https://[^\s/]+/\S+")

_QUICK_REPLY = shape(
    {"content_type": one_of("text"), "title": text(20), "payload": text(1000)},
)

_MESSENGER_MORE = {
    "metadata": text(1000, least=0),
    "quick_replies": items(_QUICK_REPLY, most=13),
}
_MESSENGER_TEXT = shape({"text": text(MESSENGER_TEXT)}, _MESSENGER_MORE)
_MESSENGER_FILE = shape(
    {
        "type": one_of("image", "audio", "video", "file"),
        "payload": shape({"url": _ADDRESS}, {"is_reusable": boolean}),
    }
)
_MESSENGER_BUTTON = either(
    "type",
    {
        "postback": shape({"type": one_of("postback"), "title": text(20), "payload": text(1000)}),
        "web_url": shape({"type": one_of("web_url"), "title": text(20), "url": _ADDRESS}),
    },
)
_MESSENGER_BUTTONS = items(_MESSENGER_BUTTON, most=3)
_MESSENGER_CARD = shape(
    {"title": text(80)},
    {"subtitle": text(80), "image_url": _ADDRESS, "buttons": _MESSENGER_BUTTONS},
)
_MESSENGER_TEMPLATE = shape(
    {
        "type": one_of("template"),
        "payload": either(
            "template_type",
            {
                "button": shape(
                    {
                        "template_type": one_of("button"),
                        "text": text(640),
                        "buttons": _MESSENGER_BUTTONS,
                    }
                ),
                "generic": shape(
                    {
                        "template_type": one_of("generic"),
                        "elements": items(_MESSENGER_CARD, most=10),
                    }
                ),
            },
        ),
    }
)
_MESSENGER_ATTACHED = shape(
    {"attachment": either("type", {"template": _MESSENGER_TEMPLATE}, _MESSENGER_FILE)},
    _MESSENGER_MORE,
)


def _messenger_message(value: object, path: str) -> Iterator[Fault]:
    attached = isinstance(value, dict) and "attachment" in value
    yield from (_MESSENGER_ATTACHED if attached else _MESSENGER_TEXT)(value, path)


_MESSENGER = shape(
    {"recipient": shape({}, {"id": _ID, "comment_id": _ID})},
    {
        "messaging_type": one_of("RESPONSE", "UPDATE", "MESSAGE_TAG"),
        "tag": one_of("HUMAN_AGENT"),
        "message": _messenger_message,
        "sender_action": one_of("typing_on", "typing_off", "mark_seen"),
        "reply_to": shape({"mid": _ID}),
        "notification_type": one_of("REGULAR", "SILENT_PUSH", "NO_PUSH"),
        "access_token": text(1000),
    },
)

_COMMENT = shape({"message": text(COMMENT_TEXT)}, {"access_token": text(1000)})

_HIDE = shape({"is_hidden": boolean}, {"access_token": text(1000)})

_LABEL = text(20, length=utf16_length)
_SPOKEN = text(300, length=utf16_length)


_LINE_ACTION = either(
    "type",
    {
        "message": shape({"type": one_of("message"), "label": _LABEL, "text": _SPOKEN}),
        "uri": shape({"type": one_of("uri"), "label": _LABEL, "uri": _ADDRESS}),
    },
    shape({"type": one_of("postback"), "label": _LABEL, "data": _SPOKEN}, {"displayText": _SPOKEN}),
)
_LINE_QUICK = shape(
    {"items": items(shape({"type": one_of("action"), "action": _LINE_ACTION}), most=13)}
)
_LINE_TEXT = shape(
    {"type": one_of("text"), "text": text(LINE_TEXT, length=utf16_length)},
    {"quickReply": _LINE_QUICK, "quoteToken": _ID},
)
_LINE_IMAGE = shape(
    {"type": one_of("image"), "originalContentUrl": _ADDRESS, "previewImageUrl": _ADDRESS},
    {"quickReply": _LINE_QUICK},
)
_LINE_BUTTONS = shape(
    {
        "type": one_of("template"),
        "altText": text(400, length=utf16_length),
        "template": shape(
            {
                "type": one_of("buttons"),
                "text": text(160, length=utf16_length),
                "actions": items(_LINE_ACTION, most=4),
            }
        ),
    },
    {"quickReply": _LINE_QUICK},
)


def _flex_box(part: Check) -> Check:
    return shape(
        {"type": one_of("box"), "layout": one_of("vertical"), "contents": items(part, most=10)},
        {"spacing": one_of("sm", "md")},
    )


_FLEX_TEXT = shape(
    {"type": one_of("text"), "text": text(2000)},
    {"weight": one_of("bold"), "size": one_of("sm", "md"), "wrap": boolean},
)
_FLEX_IMAGE = shape(
    {"type": one_of("image"), "url": _ADDRESS},
    {"size": one_of("full"), "aspectRatio": text(12), "aspectMode": one_of("cover", "fit")},
)
_FLEX_BUBBLE = shape(
    {"type": one_of("bubble"), "body": _flex_box(_FLEX_TEXT)},
    {
        "hero": _FLEX_IMAGE,
        "footer": _flex_box(shape({"type": one_of("button"), "action": _LINE_ACTION})),
    },
)
_LINE_FLEX = shape(
    {
        "type": one_of("flex"),
        "altText": text(400, length=utf16_length),
        "contents": shape({"type": one_of("carousel"), "contents": items(_FLEX_BUBBLE, most=12)}),
    },
    {"quickReply": _LINE_QUICK},
)
_LINE_MESSAGE = either(
    "type", {"image": _LINE_IMAGE, "template": _LINE_BUTTONS, "flex": _LINE_FLEX}, _LINE_TEXT
)
_LINE_MESSAGES = items(_LINE_MESSAGE, most=5)
_LINE_REPLY = shape(
    {"replyToken": _ID, "messages": _LINE_MESSAGES}, {"notificationDisabled": boolean}
)
_LINE_PUSH = shape({"to": _ID, "messages": _LINE_MESSAGES}, {"notificationDisabled": boolean})
