"""Checks of the bodies that we send, narrower than the platforms' own: only what Antiphon may say.

Limits: Messenger "Send API" and LINE "Messaging API reference", 2026.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

MESSENGER_TEXT = 2000
COMMENT_TEXT = 8000
LINE_TEXT = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong at *path*, written as message.quick_replies[0].title."""

    path: str
    problem: str


Check = Callable[[object, str], Iterator[Fault]]


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


def utf16_length(text: str) -> int:
    """Length as LINE counts it: a character beyond the basic plane counts twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def _text(
    most: int, *, least: int = 1, length: Callable[[str], int] = len, pattern: str | None = None
) -> Check:
    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield Fault(path=path, problem="must be a string")
        elif length(value) < least:
            yield Fault(path=path, problem="must be non-empty")
        elif length(value) > most:
            yield Fault(path=path, problem=f"must be at most {most} long, is {length(value)}")
        elif pattern is not None and not re.fullmatch(pattern, value):
            yield Fault(path=path, problem="has the wrong form")

    return check


def _one_of(*values: object) -> Check:
    def check(value: object, path: str) -> Iterator[Fault]:
        if value not in values:
            yield Fault(path=path, problem=f"must be one of {', '.join(map(str, values))}")

    return check


def _boolean(value: object, path: str) -> Iterator[Fault]:
    if not isinstance(value, bool):
        yield Fault(path=path, problem="must be true or false")


def _items(item: Check, *, most: int) -> Check:
    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield Fault(path=path, problem="must be a list")
            return
        if not 1 <= len(value) <= most:
            yield Fault(path=path, problem=f"must have 1 to {most} items, has {len(value)}")
        for index, each in enumerate(value):
            yield from item(each, f"{path}[{index}]")

    return check


def _shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    known = {**required, **(optional or {})}

    def check(value: object, path: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield Fault(path=path, problem="must be an object")
            return
        prefix = f"{path}." if path else ""
        for key in required.keys() - value.keys():
            yield Fault(path=prefix + key, problem="is missing")
        for key, each in value.items():
            if key in known:
                yield from known[key](each, prefix + key)
            else:
                yield Fault(path=f"{prefix}{key}", problem="is not a parameter")

    return check


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


_ID = _text(200)

_QUICK_REPLY = _shape(
    {"content_type": _one_of("text"), "title": _text(20), "payload": _text(1000)},
)

_MESSENGER = _shape(
    {"recipient": _shape({}, {"id": _ID, "comment_id": _ID})},
    {
        "messaging_type": _one_of("RESPONSE", "UPDATE", "MESSAGE_TAG"),
        "tag": _one_of("HUMAN_AGENT"),
        "message": _shape(
            {"text": _text(MESSENGER_TEXT)},
            {"metadata": _text(1000, least=0), "quick_replies": _items(_QUICK_REPLY, most=13)},
        ),
        "sender_action": _one_of("typing_on", "typing_off", "mark_seen"),
        "reply_to": _shape({"mid": _ID}),
        "notification_type": _one_of("REGULAR", "SILENT_PUSH", "NO_PUSH"),
        "access_token": _text(1000),
    },
)

_COMMENT = _shape({"message": _text(COMMENT_TEXT)}, {"access_token": _text(1000)})

_HIDE = _shape({"is_hidden": _boolean}, {"access_token": _text(1000)})

_LABEL = _text(20, length=utf16_length)
_SPOKEN = _text(300, length=utf16_length)


def _line_action(value: object, path: str) -> Iterator[Fault]:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "message":
        yield from _MESSAGE_ACTION(value, path)
    else:
        yield from _POSTBACK_ACTION(value, path)


_MESSAGE_ACTION = _shape({"type": _one_of("message"), "label": _LABEL, "text": _SPOKEN})
_POSTBACK_ACTION = _shape(
    {"type": _one_of("postback"), "label": _LABEL, "data": _SPOKEN}, {"displayText": _SPOKEN}
)
_LINE_MESSAGE = _shape(
    {"type": _one_of("text"), "text": _text(LINE_TEXT, length=utf16_length)},
    {
        "quickReply": _shape(
            {"items": _items(_shape({"type": _one_of("action"), "action": _line_action}), most=13)}
        ),
        "quoteToken": _ID,
    },
)
_LINE_MESSAGES = _items(_LINE_MESSAGE, most=5)
_LINE_REPLY = _shape(
    {"replyToken": _ID, "messages": _LINE_MESSAGES}, {"notificationDisabled": _boolean}
)
_LINE_PUSH = _shape({"to": _ID, "messages": _LINE_MESSAGES}, {"notificationDisabled": _boolean})
