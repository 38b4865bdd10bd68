"""Which of the bot's decisions a person should look at, and why. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.rules import SMALL_TALK
from intents.match import OUT_OF_SCOPE
from intents.normalize import normalized

SOON = timedelta(minutes=5)
# Share of pairs of letters that two wordings of one question have in common.
ALIKE = 0.5

# A tap is beyond doubt, and without a word there is nothing to learn.
_SURE = frozenset({"payload", "none"})
# Age and broken actions say nothing about what a message means.
_OTHER_TROUBLE = frozenset({"stale", "action_failed"})
# These answer no meaning.
_HEARD = frozenset({"opted_out", "never_mind", "attachment_received", "sticker_received"})
_QUESTION = "the question for "


class Reason(StrEnum):
    """Why a message waits to be reviewed, the most telling first."""

    UNTAPPED = "untapped"
    AGAIN = "again"
    UNSURE = "unsure"
    HANDED_OVER = "handed_over"


class Verdict(StrEnum):
    """What a person said of a message, and of all that say the same."""

    TAUGHT = "taught"
    DISMISSED = "dismissed"
    RIGHT = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A message and what the log *said* of the decision on it (`bot.explain`)."""

    text: str
    sent_at: datetime
    said: Mapping[str, Any]


def doubt(past: Past) -> Reason | None:
    """Why the decision on *past* wants a look, by itself; None if it does not."""
    said = past.said
    if said.get("source") in _SURE:
        return None
    match said.get("decision"):
        case "HandOff":
            return _called(said)
        case "Respond" if _asked_back(said):
            return Reason.UNSURE
        case _:
            return None


def hindsight(past: Past, then: Past) -> Reason | None:
    """What the customer's next message *then* tells about the answer to *past*."""
    answered = past.said.get("decision") in {"Respond", "RunAction"}
    if not answered or past.said.get("source") in _SURE or not _soon(past, then):
        return None
    if doubt(past) is Reason.UNSURE:
        return Reason.UNTAPPED if _none_tapped(then.said) else None
    if then.said.get("source") in _SURE or not _same_matter(past, then):
        return None
    return Reason.AGAIN


def _soon(past: Past, then: Past) -> bool:
    return timedelta() <= then.sent_at - past.sent_at <= SOON


def _none_tapped(said: Mapping[str, Any]) -> bool:
    """Whether none of the meanings was chosen, or the button which says that none is meant."""
    if said.get("source") == "payload":
        return said.get("intent") == OUT_OF_SCOPE
    return said.get("source") != "none"


def _called(said: Mapping[str, Any]) -> Reason | None:
    # Before a hand-off's reason was kept, only what was not understood tells.
    unclear = "low_confidence" if said.get("intent") == OUT_OF_SCOPE else None
    why = said.get("reason", unclear)
    if why in _OTHER_TROUBLE:
        return None
    return Reason.UNSURE if why == "low_confidence" else Reason.HANDED_OVER


def _asked_back(said: Mapping[str, Any]) -> bool:
    templates = set(said.get("templates") or ())
    spoke = bool(templates) and not templates & _HEARD
    return bool(said.get("offered")) or (said.get("intent") == OUT_OF_SCOPE and spoke)


def _same_matter(past: Past, then: Past) -> bool:
    intent = past.said.get("intent")
    if intent in SMALL_TALK or intent == OUT_OF_SCOPE or _QUESTION in (then.said.get("why") or ""):
        return False
    return then.said.get("intent") == intent or _alike(past.text, then.text) >= ALIKE


def _alike(one: str, other: str) -> float:
    ours, theirs = _pairs(one), _pairs(other)
    return 2 * len(ours & theirs) / ((len(ours) + len(theirs)) or 1)


def _pairs(text: str) -> set[str]:
    plain = normalized(text[:500])
    return {plain[at : at + 2] for at in range(len(plain) - 1)}
