"""What is said, in Telegram's words."""

from channels.messages import Button, OutboundMessage, QuickReply
from channels.telegram.threads import address

_FIELDS = {"image": "photo", "video": "video"}


def written(message: OutboundMessage) -> tuple[str, dict[str, object]]:
    """The method that says *message*, and its parameters. Raises Rejected for no such thread.

    Text goes without marks of form: what a customer or a template says is never taken for one.
    """
    payload = address(message.thread)
    if message.attachments:
        first = message.attachments[0]
        field = _FIELDS[first.type]
        said = {"caption": message.text} if message.text else {}
        return f"send{field.capitalize()}", payload | {field: first.url} | said
    payload["text"] = message.text
    keyboard = [[_button(one)] for one in message.buttons]
    keyboard += [[_button(one)] for one in message.quick_replies]
    if keyboard:
        # One below the other: side by side Telegram cuts their titles.
        payload["reply_markup"] = {"inline_keyboard": keyboard}
    return "sendMessage", payload


def _button(choice: Button | QuickReply) -> dict[str, str | None]:
    if isinstance(choice, Button) and choice.payload is None:
        return {"text": choice.title, "url": choice.url}
    return {"text": choice.title, "callback_data": choice.payload}
