"""A talk with a brand as it would answer on one channel, without any platform or store."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from bot.answers import Answers
from bot.choices import utterance
from bot.conversation import Conversation, Decision
from bot.store.inbox import Pending, conversation_key
from bot.store.settle import Settlement
from bot.understanding import Understand
from channels.base import Capabilities
from channels.messages import Contact, InboundMessage, Surface
from intents.match import IntentMatch

ACCOUNT = "talk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message, what it meant, what was decided, and all that follows.

    Seconds: *understood_in* until the intent was known, *answered_in* from there to the replies.
    """

    message: InboundMessage
    match: IntentMatch
    decision: Decision
    settlement: Settlement
    understood_in: float
    answered_in: float


class Talk:
    """One customer on one channel. What was said before counts, as it does with a real one.

    The same *customer* of the same *account* reads the variants that the service would choose.
    """

    def __init__(
        self,
        understand: Understand,
        answers: Answers,
        *,
        channel: str,
        capabilities: Capabilities,
        clock: Callable[[], datetime],
        customer: str = "customer",
        account: str = ACCOUNT,
    ) -> None:
        self._understand = understand
        self._answers = answers
        self._channel = channel
        self._surface = capabilities.surface
        self._clock = clock
        self._customer = customer
        self._account = account
        self._said = 0
        # An action server may remember what it answered to a message of this name.
        self._life = uuid4().hex
        self.conversation: Conversation | None = None

    async def says(self, text: str | None, *, payload: str | None = None) -> Turn:
        """The brand's answer to *text*, or to a tap that carries *payload*."""
        message = self._message(text, payload)
        now = self._clock()
        present = self.conversation or self._answers.opened(message, self._key)
        before = self._answers.current(present, now)
        began = time.perf_counter()
        match = self._understand([utterance(message, before)])[0]
        match = await self._answers.reconsidered(match, message, before)
        match = self._answers.read(match, message)
        understood = time.perf_counter()
        decision = self._answers.decide(match, message, before, now=now)
        row = Pending(id=0, partition=0, conversation=self._key, event=message, tries=0)
        if self._answers.acts(decision, before):
            settlement = await self._answers.act(
                row, message, before, match, decision, clock=self._clock
            )
        else:
            settlement = self._answers.settlement(row, message, before, match, decision, now=now)
        self.conversation = settlement.after
        return Turn(
            message=message,
            match=match,
            decision=decision,
            settlement=settlement,
            understood_in=understood - began,
            answered_in=time.perf_counter() - understood,
        )

    @property
    def _key(self) -> str:
        return conversation_key(self._channel, self._account, self._customer)

    def _message(self, text: str | None, payload: str | None) -> InboundMessage:
        self._said += 1
        now = self._clock()
        kind = "comment" if self._surface is Surface.COMMENT else "dm"
        return InboundMessage(
            event_id=f"{self._customer}:{self._life}:{self._said}",
            kind=f"{kind}.postback" if payload else f"{kind}.text",
            channel=self._channel,
            account=self._account,
            thread=self._customer,
            surface=self._surface,
            sent_at=now,
            received_at=now,
            id=f"{self._customer}:{self._said}",
            contact=Contact(id=self._customer),
            text=text,
            payload=payload,
            post="post" if self._surface is Surface.COMMENT else None,
        )
