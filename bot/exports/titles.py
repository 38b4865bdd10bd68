"""What customers are called on a page that somebody forwards: initials and a number."""

import unicodedata
from collections.abc import Set

from bot.exports.export import Export
from bot.exports.message import Conversation

_HIDDEN = "○"


class Titles:
    """Names the *wanted* conversations; by initials and the conversation's place unless *names*."""

    def __init__(self, export: Export, wanted: Set[str], *, names: bool) -> None:
        self._titles: dict[str, str] = {}
        if not wanted:
            return
        for place, conversation in enumerate(export.conversations(), 1):
            if conversation.id in wanted:
                name = customer_of(conversation)
                shown = name if names and name else f"{initials(name)} #{place}".strip()
                self._titles[conversation.id] = shown

    def of(self, conversation: str) -> str:
        """The title of a conversation."""
        return self._titles.get(conversation, "")


def customer_of(conversation: Conversation) -> str:
    """The customer's name: the chat's title, or who wrote first."""
    if conversation.title:
        return conversation.title
    return next((each.sender for each in conversation.messages if each.author == "customer"), "")


def initials(name: str) -> str:
    """Make A. L. of Amy Lin, and 王○○ of 王小明; nothing of a number."""
    words = [word for word in name.split() if word[0].isalpha()]
    if not words:
        return ""
    if unicodedata.east_asian_width(words[0][0]) in {"W", "F"}:
        return words[0][0] + _HIDDEN * max(min(len(words[0]) - 1, 3), 1)
    return " ".join(f"{word[0]}." for word in words[:3])
