"""Why a template gave no reply. The caller hands the conversation to a person.

ReplyError
├── UnknownTemplate
├── BrokenTemplate
├── MissingVariable
├── ReplyTooLong
└── EmptyReply
"""


class ReplyError(Exception):
    """The template gave no reply."""

    def __init__(self, template: str, detail: str = "") -> None:
        self.template = template
        self.detail = detail
        message = (type(self).__doc__ or "").splitlines()[0]
        super().__init__(f"{template}: {message}" + (f" {detail}" if detail else ""))


class UnknownTemplate(ReplyError):
    """There is no such template."""


class BrokenTemplate(ReplyError):
    """The template cannot be read, or does what templates may not."""


class MissingVariable(ReplyError):
    """The template needs something that nobody told it."""


class ReplyTooLong(ReplyError):
    """The reply is longer than any reply should be."""


class EmptyReply(ReplyError):
    """The template came out empty."""
