"""Turn one message and the decision on it into all that must be stored and sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.actions import ActionResult, ActionRunner
from bot.aside import asked_again, leaves_open
from bot.choices import choices
from bot.conversation import Conversation, Decision, HandOff, Ignore, Respond, RunAction, State
from bot.counted import Counting, counted
from bot.drafts import Said, drafts, must_disclose, spoken, unheard
from bot.explain import entries, logged
from bot.opinion import Opinions
from bot.publicity import bounded, public_reply
from bot.replies import ReplyError
from bot.router import Rules, decide, keeps_question, next_misses
from bot.rules import SMALL_TALK
from bot.store import outcomes
from bot.store.inbox import Pending
from bot.store.settle import Settlement
from bot.voice import Voice
from channels.messages import Contact, InboundMessage, MessageEdited, Surface
from intents.match import IntentMatch
from intents.values import Values


@dataclass(slots=True, kw_only=True)
class Answers:
    """How one brand answers."""

    rules: Rules
    voice: Voice
    actions: ActionRunner | None
    values: Values
    answer_within: timedelta
    silence: timedelta
    return_after: timedelta
    links: Counting | None = None
    opinions: Opinions | None = None

    def read(self, match: IntentMatch, message: InboundMessage) -> IntentMatch:
        """*match* with what else *message* tells: amounts, times, entries of the brand's lists.

        Not found while messages are matched, since times need the message's and few messages tell
        any.
        """
        if not message.text or match.source == "payload":
            return match
        more = self.values.found(
            message.text,
            at=message.sent_at,
            language=match.language or self.voice.default_language,
            taken=match.entities,
        )
        return replace(match, entities=(*match.entities, *more)) if more else match

    async def reconsidered(
        self, match: IntentMatch, message: InboundMessage, before: Conversation
    ) -> IntentMatch:
        """*match*, or what the brand's own model knows better."""
        if self.opinions is None:
            return match
        return await self.opinions.on(match, message, _awake(before))

    def opened(self, message: InboundMessage, key: str) -> Conversation:
        """The conversation *key*, which *message* opens."""
        return Conversation(
            key=key,
            channel=message.channel,
            account=message.account,
            thread=message.thread,
            surface=message.surface,
            contact_id=message.contact.id,
            contact_name=message.contact.name,
            post=message.post,
        )

    def edited(self, event: MessageEdited, present: Conversation) -> InboundMessage:
        """A changed message, to be decided on anew."""
        return InboundMessage(
            event_id=event.event_id,
            kind=event.kind,
            channel=event.channel,
            account=event.account,
            thread=event.thread,
            surface=event.surface,
            sent_at=event.sent_at,
            received_at=event.received_at,
            id=event.id,
            contact=Contact(id=present.contact_id, name=present.contact_name),
            text=event.text,
            post=present.post,
        )

    def decide(
        self, match: IntentMatch, message: InboundMessage, before: Conversation, *, now: datetime
    ) -> Decision:
        """Decide by the brand's rules; a message that was deleted before it came is ignored."""
        if message.id in before.gone:
            return Ignore(why="the customer deleted it")
        return decide(match, message, _awake(before), rules=self.rules, now=now)

    def acts(self, decision: Decision, before: Conversation) -> bool:
        """Whether one of the brand's actions has something to say after *decision*."""
        return isinstance(decision, RunAction) or leaves_open(decision, before, self.actions)

    async def act(
        self,
        row: Pending,
        message: InboundMessage,
        before: Conversation,
        match: IntentMatch,
        decision: Decision,
        *,
        clock: Callable[[], datetime],
    ) -> Settlement:
        """Let the brand's action answer, within its time; or a form ask again after *decision*."""
        if not isinstance(decision, RunAction):
            return await self._aside(row, message, before, match, decision, clock=clock)
        if self.actions is None:
            return self._failed(row, message, before, match, decision, "no actions", clock())
        result = await self.actions.run(
            decision.name, conversation=before, message=message, match=match
        )
        now = clock()
        if result.failed is not None:
            return self._unacted(row, message, before, match, decision, result, now)
        heard = self._heard(message, before, match)
        try:
            said = self.voice.acted(result, message, heard, match, now)
        except ReplyError as exc:
            return self._failed(row, message, before, match, decision, str(exc), now)
        after = replace(
            heard,
            slots={**before.slots, **result.slots},
            asked_slot=result.asked_slot,
            asked_by=(result.asked_by or decision.name) if result.asked_slot else None,
            misses=0,
        )
        if result.pauses:
            called = HandOff(
                reason="rule",
                why=f"{decision.why}; the action asks for a person",
                rule=decision.rule,
            )
            after = outcomes.waiting(after, reason=called.reason, at=min(now, message.sent_at))
            return self._settled(row, message, before, after, match, called, said, now=now)
        return self._settled(row, message, before, after, match, decision, said, now=now)

    async def _aside(
        self,
        row: Pending,
        message: InboundMessage,
        before: Conversation,
        match: IntentMatch,
        decision: Decision,
        *,
        clock: Callable[[], datetime],
    ) -> Settlement:
        """What *decision* says, and then the form that asks puts its question again."""
        asked = self.actions and await asked_again(self.actions, message, before, match)
        now = clock()
        if not asked:
            return self.settlement(row, message, before, match, decision, now=now)
        heard = self._heard(message, before, match)
        try:
            said = [
                *self.voice.said(message, heard, match, decision, now),
                *self.voice.acted(asked, message, heard, match, now),
            ]
        except ReplyError as exc:
            return self._failed(row, message, before, match, decision, str(exc), now)
        after = replace(
            heard,
            slots={**before.slots, **asked.slots},
            asked_slot=asked.asked_slot,
            asked_by=asked.asked_by or before.asked_by,
            misses=0,
        )
        return self._settled(row, message, before, after, match, decision, said, now=now)

    def current(self, before: Conversation, now: datetime) -> Conversation:
        """*before*, without a question that was asked a long silence ago: nobody answers it."""
        last = max((at for at in (before.last_in_at, before.last_out_at) if at), default=now)
        if now - last < self.silence:
            return before
        return before.changed(asked_slot=None, asked_by=None)

    def settlement(
        self,
        row: Pending,
        message: InboundMessage,
        before: Conversation,
        match: IntentMatch,
        decision: Decision,
        *,
        now: datetime,
    ) -> Settlement:
        """What *decision* means: the new state, the lines for the log, the replies."""
        return bounded(
            lambda one, wording: self._settlement(
                row, message, before, match, one, wording=wording, now=now
            ),
            decision,
            asks=match.intent not in SMALL_TALK,
            in_private=self.voice.capabilities[message.channel].private_reply,
        )

    def _settlement(
        self,
        row: Pending,
        message: InboundMessage,
        before: Conversation,
        match: IntentMatch,
        decision: Decision,
        *,
        wording: int,
        now: datetime,
    ) -> Settlement:
        heard = self._heard(message, before, match)
        try:
            said = self.voice.said(message, heard, match, decision, now, wording=wording)
            return self._answered(row, message, before, heard, match, decision, said, now=now)
        except ReplyError as exc:
            return self._failed(row, message, before, match, decision, str(exc), now)

    def _answered(
        self,
        row: Pending,
        message: InboundMessage,
        before: Conversation,
        heard: Conversation,
        match: IntentMatch,
        decision: Decision,
        said: Sequence[Said],
        *,
        now: datetime,
    ) -> Settlement:
        after = heard.changed(misses=next_misses(decision, before))
        if not keeps_question(decision):
            after = after.changed(asked_slot=None, asked_by=None)
        if isinstance(decision, HandOff):
            after = outcomes.waiting(after, reason=decision.reason, at=min(now, message.sent_at))
        if isinstance(decision, Respond) and decision.opts_out:
            after = replace(after, opted_out_at=now)
        return self._settled(row, message, before, after, match, decision, said, now=now)

    def _unacted(
        self,
        row: Pending,
        message: InboundMessage,
        before: Conversation,
        match: IntentMatch,
        decision: RunAction,
        result: ActionResult,
        now: datetime,
    ) -> Settlement:
        """The action failed: the brand's fallback is said, else a person called.

        Nobody gets the fallback again and again: it counts as a miss.
        """
        why = result.failed or ""
        if result.fallback is None or before.misses + 1 >= self.rules.after_misses:
            return self._failed(row, message, before, match, decision, why, now)
        heard = self._heard(message, before, match)
        told = Respond(template=result.fallback, why=f"{decision.why}; but it failed: {why}"[:500])
        try:
            said = self.voice.said(message, heard, match, told, now)
        except ReplyError:
            return self._failed(row, message, before, match, decision, why, now)
        after = heard.changed(asked_slot=None, asked_by=None, misses=before.misses + 1)
        return self._settled(row, message, before, after, match, told, said, now=now)

    def _failed(
        self,
        row: Pending,
        message: InboundMessage,
        before: Conversation,
        match: IntentMatch,
        decision: Decision,
        detail: str,
        now: datetime,
    ) -> Settlement:
        """Nothing fit to say came out: a person takes over, and the customer is told if we can."""
        why = f"{decision.why}; but it failed: {detail}"[:500]
        public = message.surface is Surface.COMMENT
        called = HandOff(
            reason="action_failed",
            why=why,
            template=None if public else "action_failed",
            rule=decision.rule,
        )
        heard = self._heard(message, before, match)
        try:
            said = self.voice.said(message, heard, match, called, now)
        except ReplyError:
            said = []
        idle = replace(heard, asked_slot=None, asked_by=None, misses=0)
        after = outcomes.waiting(idle, reason=called.reason, at=min(now, message.sent_at))
        return self._settled(row, message, before, after, match, called, said, now=now)

    def _heard(
        self, message: InboundMessage, before: Conversation, match: IntentMatch
    ) -> Conversation:
        awake = _awake(before)
        last = before.last_in_at
        latest = last is None or message.sent_at >= last
        return replace(
            awake,
            thread=message.thread if latest else before.thread,
            language=match.language or before.language,
            contact_name=message.contact.name or before.contact_name,
            post=before.post or message.post,
            last_in_at=message.sent_at if last is None else max(last, message.sent_at),
            gone=tuple(id for id in before.gone if id != message.id),
        )

    def _settled(
        self,
        row: Pending,
        message: InboundMessage,
        before: Conversation,
        after: Conversation,
        match: IntentMatch,
        decision: Decision,
        said: Sequence[Said],
        *,
        now: datetime,
    ) -> Settlement:
        speaks = any(one.reply.parts for one in said)
        discloses = speaks and (
            must_disclose(before, silence=self.silence, now=now)
            # An opt-out cancels what still waits, the disclosure with it.
            or (after.opted_out_at == now and unheard(before))
        )
        bare, said = said, self.voice.disclosed(said, message, after, first=discloses)
        if discloses:
            after = replace(after, disclosed_at=now)
        if said:
            after = after.changed(
                choices=choices([part for one in said for part in one.reply.parts])
            )
        known = self.voice.capabilities[message.channel]
        sent = drafts(
            message,
            said,
            known=known,
            discloses=discloses,
            answer_within=self.answer_within,
            now=now,
        )
        sent = counted(
            sent, self.links, can=known, intent=match.intent, language=after.language, at=now
        )
        return Settlement(
            inbox_id=row.id,
            partition=row.partition,
            before=before,
            after=after,
            at=now,
            # An edited message is in the log already.
            message=None
            if isinstance(row.event, MessageEdited)
            else logged(_emptied(message) if message.id in before.gone else message),
            entries=entries(
                decision, match, spoken(said, sent, known=known), message, before, after
            ),
            drafts=tuple(sent),
            public=public_reply(message, bare, sent, self.rules.public_replies, now=now),
        )


def _emptied(message: InboundMessage) -> InboundMessage:
    """What is kept of a message that was deleted before it came: that there was one."""
    return replace(message, text=None, payload=None, attachments=())


def _awake(conversation: Conversation) -> Conversation:
    """A closed conversation is the bot's again as soon as the customer writes."""
    if conversation.state is not State.CLOSED:
        return conversation
    return replace(conversation, state=State.BOT, handoff_reason=None, misses=0)
