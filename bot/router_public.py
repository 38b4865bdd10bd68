"""Decide about comments: what everybody reads must be beyond doubt."""

from bot.config_sections import Answer, CommentAnswer
from bot.conversation import Decision, HandOff, Ignore, Respond
from bot.irony import irony, says_more
from bot.turn import Turn


def light_comment(turn: Turn) -> Decision | None:
    if turn.light_comment and not turn.untold:
        return Ignore(why="a comment of emoji, or meant for a tagged friend")
    return None


def doubtful(turn: Turn) -> Decision | None:
    """Hand over silently what is not surely understood."""
    doubt = _doubt(turn)
    if doubt is None:
        return None
    why = f"{doubt} in public: {turn.meaning}"
    return HandOff(reason="low_confidence", why=why, template=None)


def _doubt(turn: Turn) -> str | None:
    match, rules = turn.match, turn.rules
    if turn.untold:
        return "a mention whose words were not told"
    if turn.unclear:
        return "not understood"
    if match.source == "classifier":
        if match.confidence < rules.public_confidence:
            return "not sure enough"
        others = [score for intent, score in match.ranking if intent != match.intent]
        if others and match.confidence - max(others) < rules.public_margin:
            return "close to another intent"
    return _irony(turn) if rules.says_something(match.intent) else None


def _irony(turn: Turn) -> str | None:
    praise = turn.match.intent == "praise_comment"
    if sign := irony(turn.text, praise=praise):
        return f"perhaps not meant so ({sign})"
    if praise and turn.rules.praise and says_more(turn.text, turn.rules.praise):
        return "more than praise"
    return None


def by_comment_answer(turn: Turn) -> Decision | None:
    answer = turn.rules.comments.get(turn.match.intent)
    return None if answer is None else _comment_decision(answer, turn.meaning)


def _comment_decision(answer: CommentAnswer, meaning: str) -> Decision:
    if answer.handoff is not None:
        return HandOff(
            reason=answer.handoff,
            why=meaning,
            template=answer.template,
            private=answer.private,
            hide=answer.hide,
        )
    if answer.ignore and not answer.hide:
        return Ignore(why=meaning)
    return Respond(template=answer.template, why=meaning, private=answer.private, hide=answer.hide)


def private_matter(answer: Answer, meaning: str) -> Decision:
    """What looks into a customer's affairs never happens where everybody reads it."""
    if answer.handoff is not None:
        return HandOff(reason=answer.handoff, why=meaning, template="handoff")
    if answer.action is not None:
        return Respond(template="write_privately", why=f"{meaning}; not a matter for the public")
    return Respond(template=answer.template, why=meaning)
