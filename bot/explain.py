"""What the log keeps of a decision: the message, and why it was answered as it was."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bot.ask_back import chosen_from
from bot.choices import choices
from bot.conversation import Conversation, Decision, HandOff, Ignore, Respond, RunAction
from bot.drafts import Spoken
from bot.store.settle import Entry
from channels.messages import InboundMessage
from intents.match import IntentMatch


def entries(
    decision: Decision,
    match: IntentMatch,
    said: Sequence[Spoken],
    message: InboundMessage,
    before: Conversation,
    after: Conversation,
) -> tuple[Entry, ...]:
    """The log's lines for *decision*: what matched, which rule fired, what was said."""
    word = "ignored" if isinstance(decision, Ignore) else "decided"
    data = {**_why(decision, match, said, message), **_choice(decision, match, before)}
    decided = Entry(type=word, actor="bot", data=data)
    if not isinstance(decision, HandOff):
        return (decided,)
    data = {
        "message": message.id,
        "reason": decision.reason,
        "intent": match.intent,
        "confidence": match.confidence,
        "slots": after.slots,
    }
    return decided, Entry(type="handoff", actor="bot", data=data)


def logged(message: InboundMessage) -> dict[str, Any]:
    """Columns of the log's row for a customer's message."""
    return {
        "direction": "in",
        "author": "customer",
        "contact_id": message.contact.id,
        "visibility": "public",
        "kind": message.kind,
        "platform_id": message.id,
        "text": message.text if message.text is not None else message.payload,
        "attachments": [asdict(one) for one in message.attachments] or None,
        "post": message.post,
        "root": message.root,
        "reply_to": message.reply_to or message.parent,
        "answerable": message.unanswerable is None,
        "ack": False,
        "handoff": False,
        "expects_reply": False,
        "sent_at": message.sent_at,
        "received_at": message.received_at,
    }


def _choice(decision: Decision, match: IntentMatch, before: Conversation) -> dict[str, Any]:
    """What the customer was asked to choose from, and what they chose from."""
    told: dict[str, Any] = {}
    if isinstance(decision, Respond) and decision.offered:
        told["offered"] = decision.offered
    if offered := chosen_from(match, before):
        told["chosen_from"] = offered
    return told


def _why(
    decision: Decision, match: IntentMatch, said: Sequence[Spoken], message: InboundMessage
) -> dict[str, Any]:
    return {
        "message": message.id,
        "decision": type(decision).__name__,
        "rule": decision.rule,
        "why": decision.why,
        "intent": match.intent,
        "confidence": match.confidence,
        "source": match.source,
        "evidence": match.evidence,
        "ranking": match.ranking,
        "language": match.language,
        "entities": [entity.told() for entity in match.entities],
        "templates": [one.reply.template for one in said if one.reply.template],
        **_outcome(decision),
        "said": [_drawn(one) for one in said if one.reply.drawn],
    }


def _drawn(one: Spoken) -> dict[str, Any]:
    """Which variant was said, by which outbox item, and how much it offers to choose."""
    facts = {} if one.reply.drawn is None else asdict(one.reply.drawn)
    return {
        "template": one.reply.template,
        **facts,
        "choices": len(choices(one.reply.parts)),
        "asks": one.reply.expects_reply,
        "outbox": one.outbox,
    }


def _outcome(decision: Decision) -> dict[str, Any]:
    match decision:
        case RunAction(name=name):
            return {"action": name}
        case HandOff(reason=reason):
            return {"reason": reason}
        case _:
            return {}
