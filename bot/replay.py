"""What a changed brand would have answered to messages that customers really wrote."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import Any

from bot.answers import Answers
from bot.conversation import Conversation, RunAction, State
from bot.store.decided import Decided
from bot.store.inbox import Pending
from bot.understanding import Understand
from channels.messages import Contact, InboundMessage, Surface
from intents.match import IntentMatch, Utterance

# What an action asked is not in the log, and actions are not run: they may change things.
_DEPENDS = ("the question for ", "an agent has the word", "; but it failed: ")
_ASKED_BY_ACTION = "; the action asks for a person"


class Verdict(StrEnum):
    """SKIPPED: it depends on what an action said, or a person had the word."""

    SAME = "same"
    CHANGED = "changed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One message; *was* and *now* are what was done and would be done, in a few words."""

    message: Decided
    verdict: Verdict
    was: str
    now: str
    why: str


def replay(past: Iterable[Decided], understand: Understand, answers: Answers) -> Iterator[Replayed]:
    """Decide anew on the messages of *past*, which come conversation by conversation.

    Nothing is stored or sent, and no action is run.
    """
    for _, conversation in groupby(past, key=lambda one: one.conversation):
        yield from _Conversation(understand, answers).replay(conversation)


class _Conversation:
    def __init__(self, understand: Understand, answers: Answers) -> None:
        self._understand = understand
        self._answers = answers
        self._present: Conversation | None = None

    def replay(self, past: Iterable[Decided]) -> Iterator[Replayed]:
        for number, one in enumerate(past):
            was = _told(one.said)
            if any(words in one.said["why"] for words in _DEPENDS):
                skipped = Verdict.SKIPPED
                yield Replayed(message=one, verdict=skipped, was=was, now=was, why="")
                continue
            said = self._said(one, number)
            now = _told(said)
            verdict = Verdict.SAME if now == was else Verdict.CHANGED
            yield Replayed(message=one, verdict=verdict, was=was, now=now, why=said["why"])

    def _said(self, one: Decided, number: int) -> Mapping[str, Any]:
        """What the log would say of the decision on *one* today."""
        message = _message(one, number)
        before = self._present or self._answers.opened(message, one.conversation)
        # Whoever took over then may not have to today.
        before = replace(before, state=State.BOT, asked_slot=None, asked_by=None)
        match = self._understand([_utterance(one, before)])[0]
        match = self._answers.read(match, message)
        decision = self._answers.decide(match, message, before, now=one.sent_at)
        if isinstance(decision, RunAction):
            self._present = replace(before, language=match.language or before.language, misses=0)
            return _run(decision, match)
        row = Pending(id=0, partition=0, conversation=one.conversation, event=message, tries=0)
        settled = self._answers.settlement(row, message, before, match, decision, now=one.sent_at)
        self._present = settled.after
        return settled.entries[0].data


def _told(said: Mapping[str, Any]) -> str:
    templates = said.get("templates") or []
    by_action = _ASKED_BY_ACTION in said["why"]
    match "RunAction" if by_action else said["decision"]:
        case "Respond":
            return f"answer {templates[0]}" if templates else "hide"
        case "RunAction":
            return f"action for {said['intent']}"
        case "HandOff":
            return "a person"
        case _:
            return "silence"


def _run(decision: RunAction, match: IntentMatch) -> Mapping[str, Any]:
    return {"decision": "RunAction", "intent": match.intent, "why": decision.why}


def _utterance(one: Decided, before: Conversation) -> Utterance:
    chosen = one.said.get("source") == "payload"
    return Utterance(
        text=one.text or "",
        language=before.language,
        public=one.surface == Surface.COMMENT,
        payload=next(iter(one.said.get("evidence") or ()), None) if chosen else None,
    )


def _message(one: Decided, number: int) -> InboundMessage:
    return InboundMessage(
        event_id=f"{number}",
        kind=one.kind,
        channel=one.channel,
        account="",
        thread="",
        surface=Surface(one.surface),
        sent_at=one.sent_at,
        received_at=one.sent_at,
        id=f"{number}",
        contact=Contact(id=""),
        text=one.text,
        attachments=one.attachments,
    )
