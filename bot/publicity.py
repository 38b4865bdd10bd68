"""What happens where the bot has said enough in public: other words, a person, or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.config_sections import PublicReplies
from bot.conversation import Decision, HandOff, Ignore, Respond
from bot.drafts import Said
from bot.store.bounds import PublicReply
from bot.store.outbox import Draft
from bot.store.settle import Settlement
from channels.messages import Action, InboundMessage, Surface
from channels.webhook import digest

# How many wordings of one template are tried.
WORDINGS = 3


def bounded(
    make: Callable[[Decision, int], Settlement],
    decision: Decision,
    *,
    asks: bool,
    in_private: bool,
) -> Settlement:
    """The settlement of *decision*, with what takes its place where a bound is reached.

    *make* settles a decision in the n-th wording; the rest is for `withheld`. Whether a bound is
    reached is known only in the commit, so everything that may come of it is made before.
    """
    first = make(decision, 0)
    if first.public is None:
        return first
    wordings = {first.public.said: first}
    for number in range(1, WORDINGS):
        other = make(decision, number)
        if other.public is not None:
            wordings.setdefault(other.public.said, other)
    settled = make(withheld(decision, asks=asks, in_private=in_private), 0)
    for one in reversed(wordings.values()):
        settled = replace(one, otherwise=settled)
    return settled


def withheld(decision: Decision, *, asks: bool, in_private: bool) -> Decision:
    """*decision* without its public word: who complains, or *asks* something, gets a person.

    *in_private* says whether the platform lets us answer the author there instead.
    """
    match decision:
        case HandOff():
            return replace(decision, template=None)
        case Respond(private=str()) if in_private:
            return replace(decision, template=None)
        case Respond(why=why, hide=hide) if asks:
            return HandOff(reason="rule", why=why, template=None, hide=hide)
        case Respond(hide=True):
            return replace(decision, template=None, private=None)
    return Ignore(why=decision.why)


def public_reply(
    message: InboundMessage,
    said: Sequence[Said],
    drafts: Sequence[Draft],
    bounds: PublicReplies,
    *,
    now: datetime,
) -> PublicReply | None:
    """What of *drafts* everybody would read; *said* is the same before it disclosed a bot."""
    spoken = [one for one in said if one.action is Action.REPLY and one.reply.parts]
    if message.surface is not Surface.COMMENT or not spoken:
        return None
    first = next(draft for draft in drafts if draft.message.action is Action.REPLY)
    words = " ".join(part.text for one in spoken for part in one.reply.parts).casefold().split()
    where = [message.channel, message.account]
    return PublicReply(
        outbox_id=first.message.id,
        post=digest([*where, message.post or ""]),
        author=digest([*where, message.contact.id]),
        said=digest(words),
        since=now - bounds.within,
        per_post=bounds.per_post,
        per_author=bounds.per_author,
        repeats=bounds.repeats,
    )
