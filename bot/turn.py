"""One message on its way to a decision, and the questions every rule may ask about it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from bot.conversation import Conversation, Decision
from bot.reports.light import Light
from bot.rules import Rules
from channels.messages import InboundMessage, Surface
from intents.match import OUT_OF_SCOPE, IntentMatch


@dataclass(frozen=True, slots=True)
class Turn:
    """A message, what it means, and the conversation as it was before."""

    match: IntentMatch
    message: InboundMessage
    conversation: Conversation
    rules: Rules
    now: datetime

    @property
    def public(self) -> bool:
        return self.message.surface is Surface.COMMENT

    @property
    def text(self) -> str:
        return self.message.text or ""

    @property
    def unclear(self) -> bool:
        """Whether no intent fits, or none surely enough."""
        return self.match.rejected or self.match.intent == OUT_OF_SCOPE

    @property
    def too_old(self) -> bool:
        return self.now - self.message.sent_at > self.rules.answer_within

    @property
    def wordless(self) -> bool:
        """Whether there is no letter, digit or question mark in it."""
        return _light(frozenset()).is_light(self.text) and not self._asks

    @property
    def light_comment(self) -> bool:
        """Whether it is emoji only, or starts with a tag of somebody other than the brand."""
        return _light(self.rules.brand_handles).is_light_comment(self.text) and not (
            self._asks and self.text.strip(" ?？") == ""
        )

    @property
    def untold(self) -> bool:
        """Whether the platform told that the brand was mentioned, but not with which words."""
        return self.message.kind == "comment.mention" and not self.text

    @property
    def meaning(self) -> str:
        """Intent, score and source in words, for the *why* of a decision."""
        match = self.match
        return f"{match.intent} at {match.confidence:.2f} by {match.source}"

    @property
    def _asks(self) -> bool:
        return "?" in self.text or "？" in self.text


Rule = Callable[[Turn], Decision | None]


@lru_cache(maxsize=64)
def _light(brand_handles: frozenset[str]) -> Light:
    return Light((), brand_handles)
