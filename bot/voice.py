"""Put into words what was decided: templates, what actions say, and that a machine speaks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.actions import ActionResult
from bot.conversation import Conversation, Decision, HandOff, Respond
from bot.drafts import Said
from bot.replies import Replies, Reply, opening, wait
from bot.reports.hours import OpeningHours
from channels.base import Capabilities
from channels.messages import Action, InboundMessage, QuickReply, Surface
from intents.match import IntentMatch

HOURS_FRESH = timedelta(seconds=30)


@dataclass(slots=True, kw_only=True)
class Voice:
    """How one brand speaks: on every channel as far as its *capabilities* go.

    *usual_wait* is what customers are told; None when nobody knows. *labels* are what intents are
    called, by intent and language.
    """

    replies: Replies
    capabilities: Mapping[str, Capabilities]
    default_language: str
    labels: Mapping[str, Mapping[str, str]]
    hours: OpeningHours | None
    usual_wait: Callable[[], timedelta | None]
    _opening: dict[str, tuple[datetime, dict[str, Any]]] = field(default_factory=dict)

    def said(
        self,
        message: InboundMessage,
        heard: Conversation,
        match: IntentMatch,
        decision: Decision,
        now: datetime,
        *,
        wording: int = 0,
    ) -> list[Said]:
        """The replies that *decision* names. Raises ReplyError."""
        if not isinstance(decision, Respond | HandOff):
            return []
        said = []
        if decision.template is not None:
            offered = decision.offered if isinstance(decision, Respond) else ()
            reply = self._rendered(
                *(decision.template, message, heard, match, now), wording=wording, offered=offered
            )
            if isinstance(decision, HandOff):
                reply = replace(reply, handoff=True)
            opts_out = isinstance(decision, Respond) and decision.opts_out
            said.append(Said(reply=reply, opts_out=opts_out))
        known = self.capabilities[message.channel]
        if decision.private is not None and known.private_reply:
            reply = self._rendered(decision.private, message, heard, match, now, private=True)
            said.append(Said(reply=reply, action=Action.PRIVATE_REPLY))
        if decision.hide and known.hide:
            said.append(Said(reply=Reply(parts=()), action=Action.HIDE))
        return said

    def acted(
        self,
        result: ActionResult,
        message: InboundMessage,
        heard: Conversation,
        match: IntentMatch,
        now: datetime,
    ) -> list[Said]:
        """The replies that an action gave. Raises ReplyError."""
        known = self.capabilities[message.channel]
        said = []
        for utterance in result.utterances:
            if utterance.template is not None:
                variables = dict(utterance.variables)
                reply = self._rendered(
                    utterance.template, message, heard, match, now, variables=variables
                )
            else:
                reply = self.replies.plain(
                    utterance.text or "", capabilities=known, quick_replies=utterance.quick_replies
                )
            if result.asked_slot:
                reply = replace(reply, expects_reply=True)
            said.append(Said(reply=reply))
        return said

    def disclosed(
        self, said: Sequence[Said], message: InboundMessage, after: Conversation, *, first: bool
    ) -> list[Said]:
        """Say that a machine speaks: in the *first* reply, and where a private talk begins."""
        known = self.capabilities[message.channel]
        told: list[Said] = []
        for one in said:
            direct = one.action is Action.PRIVATE_REPLY
            if one.reply.parts and (direct or first):
                reply = self.replies.with_disclosure(
                    one.reply,
                    language=after.language or self.default_language,
                    capabilities=replace(known, surface=Surface.DIRECT) if direct else known,
                    conversation_seed=after.key,
                    channel=message.channel,
                )
                told.append(replace(one, reply=reply))
                first = first and direct
            else:
                told.append(one)
        return told

    def _rendered(
        self,
        template: str,
        message: InboundMessage,
        heard: Conversation,
        match: IntentMatch,
        now: datetime,
        *,
        variables: Mapping[str, Any] | None = None,
        private: bool = False,
        wording: int = 0,
        offered: Sequence[str] = (),
    ) -> Reply:
        language = heard.language or self.default_language
        known = self.capabilities[message.channel]
        if private:
            known = replace(known, surface=Surface.DIRECT, max_quick_replies=0)
        return self.replies.render(
            template,
            language=language,
            capabilities=known,
            variables={
                "hours": self._hours(language, now),
                "wait": wait(self.usual_wait(), language=language),
                "customer": {"name": message.contact.name} if message.contact.name else {},
                # Of several the first, as actions take it.
                "entities": {one.name: one.value for one in reversed(match.entities)},
                **(variables or {}),
            },
            conversation_seed=heard.key,
            wording=wording,
            channel=message.channel,
            quick_replies=[self._choice(intent, language) for intent in offered],
        )

    def _choice(self, intent: str, language: str) -> QuickReply:
        label = self.labels[intent]
        return QuickReply(title=label.get(language) or label[self.default_language], payload=intent)

    def _hours(self, language: str, now: datetime) -> dict[str, Any]:
        kept = self._opening.get(language)
        if kept is None or not kept[0] <= now < kept[0] + HOURS_FRESH:
            kept = now, opening(self.hours, now=now, language=language)
            self._opening[language] = kept
        return kept[1]
