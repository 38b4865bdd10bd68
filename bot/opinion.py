"""A brand's own model, asked what a message means where ours is not sure: off unless configured.

It may be heavy or far away, a language model among them: it has a time limit, is left alone for a
while after failures, reads no personal data that we can mask, and is never asked in public, where
nothing doubtful is answered. What it says counts only if it names one of the catalogue's intents.
"""

import asyncio
import importlib
import inspect
import logging
from collections.abc import Collection
from dataclasses import replace
from typing import Protocol, runtime_checkable

from bot.actions.breaker import Breaker
from bot.config_sections import SecondOpinion
from bot.conversation import Conversation, State
from channels.messages import InboundMessage, Surface
from intents.match import OUT_OF_SCOPE, IntentMatch
from intents.personal import masked_personal

log = logging.getLogger(__name__)

AT_ONCE = 16
_FAILURES, _REST = 5, 30.0
_BUSY = frozenset({State.WAITING, State.AGENT})


class UnknownOpinion(Exception):
    """There is no such class, or it cannot be asked."""


@runtime_checkable
class Opinion(Protocol):
    """What a brand's class has to be; it is made without arguments, once."""

    async def tell(
        self, text: str, *, language: str | None, intents: Collection[str]
    ) -> tuple[str, float] | None:
        """Name the intent of *text*, one of *intents*, with a confidence from 0 to 1.

        None where it is unsure, too.
        """


class Opinions:
    """Asks the brand's model. Raises UnknownOpinion if its class cannot be loaded."""

    def __init__(self, chosen: SecondOpinion, *, intents: Collection[str]) -> None:
        self._chosen = chosen
        self._intents = frozenset(intents) - {OUT_OF_SCOPE}
        self._opinion = loaded(chosen.of)
        self._breaker = Breaker(after=_FAILURES, rest=_REST)
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def on(
        self, match: IntentMatch, message: InboundMessage, before: Conversation
    ) -> IntentMatch:
        """What *message* means, *match* where nobody knows better. Never raises."""
        text = message.text
        unsure = match.rejected or match.intent == OUT_OF_SCOPE
        if not text or not unsure or message.surface is Surface.COMMENT:
            return match
        if before.state in _BUSY or before.opted_out_at is not None or not self._breaker.allows():
            return match
        told = await self._told(text, match.language)
        if told is None:
            return match
        intent, confidence = told
        return replace(
            match,
            intent=intent,
            confidence=confidence,
            source="opinion",
            evidence=(self._chosen.of,),
            rejected=False,
        )

    async def _told(self, text: str, language: str | None) -> tuple[str, float] | None:
        within = self._chosen.within.total_seconds()
        try:
            async with asyncio.timeout(within), self._turns:
                told = await self._opinion.tell(
                    masked_personal(text), language=language, intents=self._intents
                )
            found = None if told is None else self._checked(*told)
        except asyncio.CancelledError:
            self._breaker.broken_off()
            raise
        except Exception as exc:  # noqa: BLE001 - a brand's model must not stop an answer
            self._breaker.failed()
            log.warning("the second opinion %s failed: %s", self._chosen.of, type(exc).__name__)
            return None
        self._breaker.succeeded()
        return found

    def _checked(self, intent: str, confidence: float) -> tuple[str, float] | None:
        if intent not in self._intents or not 0 <= confidence <= 1:
            log.warning("the second opinion %s named no intent of ours", self._chosen.of)
            return None
        return (intent, float(confidence)) if confidence >= self._chosen.at_least else None


def loaded(path: str) -> Opinion:
    """Make the class at "module:Class". Raises UnknownOpinion."""
    module, _, name = path.partition(":")
    try:
        made = getattr(importlib.import_module(module), name)()
    except Exception as exc:
        raise UnknownOpinion(f"{path} cannot be loaded: {type(exc).__name__}: {exc}") from exc
    if not inspect.iscoroutinefunction(getattr(made, "tell", None)):
        raise UnknownOpinion(f"{path} has no method: async def tell(text, *, language, intents)")
    opinion: Opinion = made
    return opinion
