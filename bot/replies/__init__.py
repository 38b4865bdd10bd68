"""What customers read: templates in their language, cut to what the platform takes."""

from bot.replies.check import check, untold_facts
from bot.replies.draw import Drawn
from bot.replies.errors import (
    BrokenTemplate,
    EmptyReply,
    MissingVariable,
    ReplyError,
    ReplyTooLong,
    UnknownTemplate,
)
from bot.replies.notes import shortened, unlike
from bot.replies.opening import opening, wait
from bot.replies.render import Preview, Replies, Reply

__all__ = [
    "BrokenTemplate",
    "Drawn",
    "EmptyReply",
    "MissingVariable",
    "Preview",
    "Replies",
    "Reply",
    "ReplyError",
    "ReplyTooLong",
    "UnknownTemplate",
    "check",
    "opening",
    "shortened",
    "unlike",
    "untold_facts",
    "wait",
]
