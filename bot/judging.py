"""What is done with labelled messages, beside what would be if they were surely understood."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.conversation import Conversation, Decision, HandOff, Respond
from bot.router import Rules, decide
from bot.understanding import Understand
from channels.messages import Contact, InboundMessage, Surface
from intents.labelled import UNDETERMINED, Labelled
from intents.match import OUT_OF_SCOPE, IntentMatch, Utterance

VERDICTS = ("right", "offered", "asked", "wrong")
# What is only ever meant under a post; everything else is judged as said in private.
_PUBLIC = frozenset({"negative_comment", "praise_comment", "tag_friend_or_giveaway", "competitor"})
_AT = datetime(2026, 1, 1, tzinfo=UTC)


def verdicts(
    messages: Sequence[Labelled], understand: Understand, rules: Rules
) -> dict[str, Counter[str]]:
    """Count what is decided on *messages*, by language.

    ``right``: what would be, had the message been surely understood; what is foreign is rejected.
    ``offered``: a question back that names the intent, so that a tap is enough. ``asked``: another
    question back, or a person called in doubt. ``wrong``: what another intent gets.
    """
    matches = understand([Utterance(text=each.text, public=_public(each)) for each in messages])
    counted: dict[str, Counter[str]] = {}
    for each, match in zip(messages, matches, strict=True):
        language = each.language or UNDETERMINED
        counted.setdefault(language, Counter())[verdict(each, match, rules)] += 1
    return counted


def verdict(message: Labelled, found: IntentMatch, rules: Rules) -> str:
    """One of VERDICTS on what is decided about *message*, which was understood as *found*."""
    decision = _decided(message, found, rules)
    if decision == _decided(message, _surely(message.intent), rules):
        return "right"
    match decision:
        case Respond(offered=offered) if message.intent in offered:
            return "offered"
        case Respond(template="not_sure" | "did_you_mean") | HandOff(reason="low_confidence"):
            return "asked"
        case _:
            return "wrong"


def lines(counted: dict[str, Counter[str]]) -> Iterable[str]:
    """Lay *counted* out in percent."""
    yield f"{'language':10}  {'messages':>8}  " + "  ".join(f"{name:>7}" for name in VERDICTS)
    for language, counts in sorted(counted.items()):
        shares = (100 * counts[name] / counts.total() for name in VERDICTS)
        told = "  ".join(f"{share:5.1f} %" for share in shares)
        yield f"{language:10}  {counts.total():8}  {told}"


def _decided(message: Labelled, match: IntentMatch, rules: Rules) -> Decision:
    said = _said(message)
    opened = Conversation(
        key="",
        channel="",
        account="",
        thread="",
        surface=said.surface,
        contact_id="",
    )
    return replace(decide(match, said, opened, rules=rules, now=_AT), why="")


def _said(message: Labelled) -> InboundMessage:
    public = _public(message)
    return InboundMessage(
        event_id="",
        kind="comment.add" if public else "dm.text",
        channel="",
        account="",
        thread="",
        surface=Surface.COMMENT if public else Surface.DIRECT,
        sent_at=_AT,
        received_at=_AT,
        id="",
        contact=Contact(id=""),
        text=message.text,
    )


def _surely(intent: str) -> IntentMatch:
    return IntentMatch(
        intent=intent,
        confidence=1.0,
        source="exact",
        evidence=(),
        ranking=((intent, 1.0),) if intent != OUT_OF_SCOPE else (),
        language=None,
        entities=(),
        rejected=False,
    )


def _public(message: Labelled) -> bool:
    return message.intent in _PUBLIC
