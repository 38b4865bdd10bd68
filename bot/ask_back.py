"""Ask back where two intents are as likely as each other: a tap is better than a guess."""

from collections.abc import Sequence

from bot.conversation import Conversation, Decision, HandOff, Respond
from bot.rules import Rules
from bot.turn import Turn
from intents.match import OUT_OF_SCOPE, SCREENED, IntentMatch

TEMPLATE = "did_you_mean"
# Rejected favourites are offered if one of them is right more often than not: of those whose
# confidences come to this, the catalogue's cross-validation found 66 of 116 right.
_EITHER = 0.6


def ask_back(turn: Turn) -> Decision | None:
    """Offer the two intents that the classifier cannot tell apart.

    A person is called instead where one of them is a matter for people, since neither a wrong
    answer nor one more question helps there; and where the last turn was not understood either.
    """
    two = _torn(turn.match, turn.rules)
    if two is None or any(intent in SCREENED for intent in two):
        return None
    why = f"torn between {two[0]} and {two[1]}: {turn.meaning}"
    if any(map(turn.rules.is_for_people, two)):
        return None if turn.unclear else HandOff(reason="low_confidence", why=why)
    if not all(intent in turn.rules.labels for intent in two):
        return None
    misses = turn.conversation.misses + 1
    if misses >= turn.rules.after_misses or asked_back(turn.conversation):
        return HandOff(reason="low_confidence", why=f"{why}; number {misses} in a row")
    return Respond(template=TEMPLATE, why=why, offered=two)


def neither(turn: Turn) -> Decision | None:
    """Call a person for who taps that none of the two is meant, or is unclear once more."""
    offered = asked_back(turn.conversation)
    if offered and turn.unclear:
        why = f"none of {', '.join(offered)}: {turn.meaning}"
        return HandOff(reason="low_confidence", why=why)
    return None


def asked_back(conversation: Conversation) -> tuple[str, ...]:
    """The intents that the bot's last reply asked to choose from; none if it asked nothing."""
    payloads = [payload for _, payload in conversation.choices]
    if OUT_OF_SCOPE not in payloads:
        return ()
    return tuple(payload for payload in payloads if payload != OUT_OF_SCOPE)


def chosen_from(match: IntentMatch, before: Conversation) -> Sequence[str] | None:
    """What *match* was chosen from, if it answers our question; ``oos`` means none of them.

    That makes the message before, which we could not tell, an example of *match*'s intent.
    """
    offered = asked_back(before)
    chosen = match.source == "payload" and match.intent in {*offered, OUT_OF_SCOPE}
    return offered if offered and chosen else None


def _torn(match: IntentMatch, rules: Rules) -> tuple[str, str] | None:
    if match.source != "classifier" or len(match.ranking) < 2 or not rules.margin:
        return None
    (first, sure), (second, other) = match.ranking[:2]
    torn = sure + other >= _EITHER if match.rejected else sure - other < rules.margin
    # What may be foreign to the shop is none of two things that we know.
    return (first, second) if torn and OUT_OF_SCOPE not in {first, second} else None
