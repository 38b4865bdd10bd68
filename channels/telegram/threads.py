"""A thread's name: the chat, its topic where it has some, and on whose behalf we speak there."""

from channels.errors import Rejected


def thread(chat: str, *, topic: int | None = None, connection: str | None = None) -> str:
    """CHAT, CHAT/TOPIC or CHAT@CONNECTION.

    A business account's chat with a customer has the id that the customer's chat with the bot has.
    """
    named = chat if topic is None else f"{chat}/{topic}"
    return named if connection is None else f"{named}@{connection}"


def address(thread: str) -> dict[str, object]:
    """The parameters that lead a call to *thread*."""
    place, _, connection = thread.partition("@")
    chat, _, topic = place.partition("/")
    if topic and not topic.isdecimal():
        raise Rejected("telegram", "no such thread", code="thread")
    found: dict[str, object] = {"chat_id": chat}
    if topic:
        found["message_thread_id"] = int(topic)
    if connection:
        found["business_connection_id"] = connection
    return found


def is_group(thread: str) -> bool:
    """Whether several people read there: Telegram gives groups negative ids."""
    return thread.startswith("-")
