"""Hear the answer to a question that an action asked."""

import re
from typing import get_args

from bot.conversation import Conversation
from channels.messages import InboundMessage
from intents.features import tokens
from intents.match import OUT_OF_SCOPE, IntentMatch, NamingEntity
from intents.normalize import half_width, normalized

_NAMING = frozenset(get_args(NamingEntity))
_MAX_VALUE = 200
# "M" answers "which size?", though an intent may see itself in it; "refund" surely asks for one.
_FEW_WORDS, _SURELY = 2, 0.9
_BARE_CODE = re.compile(
    r"\W*(?:(?:是|單號|编号|編號|it'?s|it is|order)\W{0,3})?"
    r"(?P<code>[A-Za-z]{0,5}-?[0-9]{3,24}(?:-[0-9A-Za-z]{1,12}){0,3})\W*(?:謝謝|thanks|thx)?\W*",
    re.IGNORECASE,
)
_CANCELLED = frozenset(
    normalized(word)
    for word in (
        *("取消", "算了", "不用了", "不用", "先不用", "不要了", "不查了", "沒事", "沒事了", "跳過"),
        *("cancel", "never mind", "nevermind", "forget it", "skip", "no thanks", "nvm"),
    )
)


def answer_to_question(
    match: IntentMatch, message: InboundMessage, conversation: Conversation
) -> str | None:
    """The value for the slot that the conversation waits for; None if the message is about else.

    An order number, phone or e-mail is found wherever it stands, and an order number also when
    it is all that was written. Another entity of the slot's name is taken where no intent claims
    the message or where it is half of it; other slots take any text that no intent claims. One word
    or two are claimed only surely.
    """
    slot = conversation.asked_slot
    # A button that stands for words of its own is as good as typed.
    if slot is None or match.source == "payload":
        return None
    text = (message.text or "").strip()
    claimed = _is_claimed(match, text)
    for entity in match.entities:
        most = 2 * (entity.end - entity.start) >= len(text)
        if entity.name == slot and (slot in _NAMING or most or not claimed):
            return entity.value
    if slot == "order_number":
        bare = _BARE_CODE.fullmatch(half_width(text))
        return bare["code"].upper() if bare else None
    if slot in _NAMING or claimed:
        return None
    return text[:_MAX_VALUE] or None


def _is_claimed(match: IntentMatch, text: str) -> bool:
    """Tell whether an intent other than yes and no claims *text*."""
    if match.intent in {OUT_OF_SCOPE, "affirm", "deny"} or match.rejected:
        return False
    few = len(tokens(normalized(text))) <= _FEW_WORDS
    return not few or match.source != "classifier" or match.confidence >= _SURELY


def cancels_question(message: InboundMessage, conversation: Conversation) -> bool:
    """Tell whether the customer does not want to answer what was asked."""
    if conversation.asked_slot is None:
        return False
    return normalized((message.text or "").strip(" .!。！~～")) in _CANCELLED
