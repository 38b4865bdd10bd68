"""Decide what happens with a customer's message. Pure: the first rule with an opinion wins."""

from dataclasses import replace
from datetime import datetime

from bot.ask_back import ask_back, neither
from bot.conversation import (
    Conversation,
    Decision,
    HandOff,
    Ignore,
    Respond,
    RunAction,
    State,
)
from bot.grave import UNKIND, grave
from bot.optout import is_opt_out
from bot.router_public import by_comment_answer, doubtful, light_comment, private_matter
from bot.rules import GRAVE_INTENTS, SMALL_TALK, Rules
from bot.slots import answer_to_question, cancels_question
from bot.turn import Rule, Turn
from channels.messages import InboundMessage
from intents.match import IntentMatch

__all__ = ["Rules", "decide", "keeps_question", "next_misses"]

_ASK_AGAIN = frozenset({"not_sure", "did_you_mean", "attachment_received"})
_KEEP_ASKING = _ASK_AGAIN | {"sticker_received", "repeat_or_unclear"}
# So likely, 0 to 1, that a person looks: of 794 ordinary messages two came so near.
_PERHAPS_GRAVE = 0.3


def decide(
    match: IntentMatch,
    message: InboundMessage,
    conversation: Conversation,
    *,
    rules: Rules,
    now: datetime,
) -> Decision:
    """Decide on *message*, which *match* explains, in *conversation* as it was before it.

    Nothing doubtful is answered where everybody reads it. Every decision says why.
    """
    turn = Turn(match, message, conversation, rules, now)
    for rule in _IN_PUBLIC if turn.public else _IN_PRIVATE:
        decision = rule(turn)
        if decision is not None:
            return replace(decision, rule=rule.__name__.lstrip("_"))
    return replace(_by_intent(turn), rule="by_intent")


def next_misses(decision: Decision, conversation: Conversation) -> int:
    """How many messages in a row were not understood, once *decision* is carried out."""
    match decision:
        case Ignore():
            return conversation.misses
        case Respond(template=template) if template in _ASK_AGAIN:
            return conversation.misses + 1
        case _:
            return 0


def keeps_question(decision: Decision) -> bool:
    """Tell whether the slot an action asked for stays asked: the customer was only unclear.

    After any other decision the conversation waits for what the action asks next, or nothing.
    """
    match decision:
        case Ignore():
            return True
        case Respond(template=template):
            return template in _KEEP_ASKING
        case _:
            return False


def _unanswerable(turn: Turn) -> Decision | None:
    reason = turn.message.unanswerable
    return None if reason is None else Ignore(why=f"the platform allows no answer: {reason}")


def _agent_has_the_word(turn: Turn) -> Decision | None:
    if turn.conversation.state in {State.WAITING, State.AGENT}:
        return Ignore(why=f"an agent has the word: the conversation is {turn.conversation.state}")
    return None


def _opt_out(turn: Turn) -> Decision | None:
    if not is_opt_out(turn.text, words=turn.rules.opt_out_words):
        return None
    if turn.conversation.opted_out_at is not None:
        return Ignore(why="an opt-out that was confirmed before")
    if turn.public or turn.too_old:
        return Respond(template=None, why="an opt-out, heard without a word", opts_out=True)
    return Respond(template="opted_out", why="an opt-out word", opts_out=True)


def _opt_out_unless_asked(turn: Turn) -> Decision | None:
    # "Cancel" right after our own question is about that question.
    return None if cancels_question(turn.message, turn.conversation) else _opt_out(turn)


def _stale(turn: Turn) -> Decision | None:
    if not turn.too_old:
        return None
    minutes = (turn.now - turn.message.sent_at).total_seconds() / 60
    return HandOff(
        reason="stale", why=f"sent {minutes:.0f} minutes ago, too old for a bot", template=None
    )


def _grave(turn: Turn) -> Decision | None:
    """Law, harm, threats and insults are never a bot's business, whatever else is said."""
    template = None if turn.public else "handoff"
    if found := grave(turn.text):
        reason = "abuse" if found.kind in UNKIND else "rule"
        return HandOff(reason=reason, why=f"{found.kind}: {found.words}", template=template)
    for intent, sure in turn.match.ranking:
        if intent in GRAVE_INTENTS and sure >= _PERHAPS_GRAVE:
            why = f"perhaps {intent} at {sure:.2f}: {turn.meaning}"
            return HandOff(reason="rule", why=why, template=template)
    return None


def _asked(turn: Turn) -> Decision | None:
    slot, action = turn.conversation.asked_slot, turn.conversation.asked_by
    # What the bot offered means what the offer says, "no" and "cancel" as well.
    if slot is None or action is None or turn.match.source == "payload":
        return None
    if cancels_question(turn.message, turn.conversation):
        return Respond(template="never_mind", why=f"the question for {slot} was called off")
    if answer_to_question(turn.match, turn.message, turn.conversation) is not None:
        return RunAction(name=action, why=f"an answer to the question for {slot}")
    if turn.match.intent == "deny" and not turn.unclear:
        return Respond(template="never_mind", why=f"no to the question for {slot}: {turn.meaning}")
    return None


def _wordless(turn: Turn) -> Decision | None:
    if turn.message.payload is not None or not turn.wordless:
        return None
    types = {attachment.type for attachment in turn.message.attachments}
    if types - {"sticker"}:
        return _missed(turn, "attachment_received", why=f"only {', '.join(sorted(types))}")
    if types or turn.text.strip():
        return Respond(template="sticker_received", why="only a sticker or emoji")
    return None


def _opted_out_before(turn: Turn) -> Decision | None:
    if turn.conversation.opted_out_at is None:
        return None
    if turn.unclear or turn.match.intent in SMALL_TALK or turn.wordless:
        return Ignore(why=f"opted out, and this is no fresh question: {turn.meaning}")
    return None


def _not_understood(turn: Turn) -> Decision | None:
    if not turn.unclear:
        return None
    return _missed(turn, "not_sure", why=f"not understood: {turn.meaning}")


def _missed(turn: Turn, template: str, *, why: str) -> Decision:
    misses = turn.conversation.misses + 1
    if misses >= turn.rules.after_misses:
        return HandOff(reason="low_confidence", why=f"{why}; number {misses} in a row")
    return Respond(template=template, why=why)


def _by_intent(turn: Turn) -> Decision:
    answer = turn.rules.answers.get(turn.match.intent)
    if answer is None:
        return Respond(template=turn.match.intent, why=turn.meaning)
    if answer.ignore:
        return Ignore(why=turn.meaning)
    if turn.public:
        return private_matter(answer, turn.meaning)
    if answer.handoff is not None:
        return HandOff(
            reason=answer.handoff, why=turn.meaning, template=answer.template or "handoff"
        )
    if answer.action is not None:
        return RunAction(name=answer.action, why=turn.meaning)
    return Respond(template=answer.template, why=turn.meaning)


_IN_PRIVATE: tuple[Rule, ...] = (
    _unanswerable,
    _agent_has_the_word,
    _opt_out_unless_asked,
    _stale,
    _grave,
    _opted_out_before,
    _asked,
    _wordless,
    neither,
    ask_back,
    _not_understood,
)
_IN_PUBLIC: tuple[Rule, ...] = (
    _unanswerable,
    _agent_has_the_word,
    _opt_out,
    _stale,
    light_comment,
    _grave,
    _opted_out_before,
    doubtful,
    by_comment_answer,
)
