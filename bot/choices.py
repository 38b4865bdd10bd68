"""What a customer chooses by typing: the number or the words of something we just offered."""

import re
from collections.abc import Sequence

from bot.conversation import Conversation
from channels.messages import Content, InboundMessage, Surface
from channels.rich import offered
from intents.match import Utterance
from intents.normalize import normalized

# A choice as it is kept with the conversation: what was shown, and what a tap would have sent.
Choice = tuple[str, str]
MOST = 30

_NUMBER = re.compile(
    r"(?:no\.?|option|number|#|第|選項|选项|選|选|我要|我選|我选)?\s*"
    r"([1-9][0-9]?|[一二三四五六七八九十])\s*(?:個|个|項|项|號|号|th|st|nd|rd)?[.。、)!~]*"
)
_SPELLED = {digit: at for at, digit in enumerate("一二三四五六七八九十", start=1)}


def choices(parts: Sequence[Content]) -> tuple[Choice, ...]:
    """Everything that *parts* of one reply offer, in the order of its numbers."""
    found = (each for part in parts for each in offered(part))
    return tuple((each.title, each.payload) for each in found)[:MOST]


def chosen(text: str, open_choices: Sequence[Choice]) -> str | None:
    """The payload of what *text* chooses among *open_choices*; None if it chooses nothing.

    A payload that is typed is only text: nothing but a number or a title chooses.
    """
    if not open_choices or len(text) > 200:
        return None
    said = _bare(text)
    for title, payload in open_choices:
        if said == _bare(title):
            return payload
    number = _NUMBER.fullmatch(normalized(text))
    if number is None:
        return None
    at = _SPELLED.get(number[1]) or int(number[1])
    return open_choices[at - 1][1] if at <= len(open_choices) else None


def utterance(message: InboundMessage, present: Conversation | None) -> Utterance:
    """*message* for the intent pipeline, as it is heard in the conversation as it stands."""
    text = message.text or ""
    return Utterance(
        text=text,
        language=present.language if present else None,
        public=message.surface is Surface.COMMENT,
        payload=message.payload or (chosen(text, present.choices) if present else None),
    )


def _bare(text: str) -> str:
    return re.sub(r"[^\w]+", " ", normalized(text)).strip()
