"""Checks of the bodies that we send, narrower than the platforms' own: only what Antiphon may say.

Limits: Messenger "Send API" and LINE "Messaging API reference", 2026.
"""

from collections.abc import Iterator

from bot.simulation.shapes import (
    Fault,
    boolean,
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
        "attachment": shape(
            {
                "type": one_of("image", "audio", "video", "file"),
                "payload": shape({"url": _ADDRESS}, {"is_reusable": boolean}),
            }
        )
    },
    _MESSENGER_MORE,
)


def _messenger_message(value: object, path: str) -> Iterator[Fault]:
    file = isinstance(value, dict) and "attachment" in value
    yield from (_MESSENGER_FILE if file else _MESSENGER_TEXT)(value, path)


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


def _line_action(value: object, path: str) -> Iterator[Fault]:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "message":
        yield from _MESSAGE_ACTION(value, path)
    else:
        yield from _POSTBACK_ACTION(value, path)


_MESSAGE_ACTION = shape({"type": one_of("message"), "label": _LABEL, "text": _SPOKEN})
_POSTBACK_ACTION = shape(
    {"type": one_of("postback"), "label": _LABEL, "data": _SPOKEN}, {"displayText": _SPOKEN}
)
_LINE_QUICK = shape(
    {"items": items(shape({"type": one_of("action"), "action": _line_action}), most=13)}
)
_LINE_TEXT = shape(
    {"type": one_of("text"), "text": text(LINE_TEXT, length=utf16_length)},
    {"quickReply": _LINE_QUICK, "quoteToken": _ID},
)
_LINE_IMAGE = shape(
    {"type": one_of("image"), "originalContentUrl": _ADDRESS, "previewImageUrl": _ADDRESS},
    {"quickReply": _LINE_QUICK},
)


def _line_message(value: object, path: str) -> Iterator[Fault]:
    image = isinstance(value, dict) and value.get("type") == "image"
    yield from (_LINE_IMAGE if image else _LINE_TEXT)(value, path)


_LINE_MESSAGES = items(_line_message, most=5)
_LINE_REPLY = shape(
    {"replyToken": _ID, "messages": _LINE_MESSAGES}, {"notificationDisabled": boolean}
)
_LINE_PUSH = shape({"to": _ID, "messages": _LINE_MESSAGES}, {"notificationDisabled": boolean})
