"""Instagram as it is played: an account's direct messages and comments, behind a Graph of its own.

Sources: Instagram Platform "Messaging API", "Comment moderation", "Webhooks" (Instagram Login).
"""

from collections.abc import Iterator

from bot.simulation.accounts import PlatformAccount, account_of
from bot.simulation.call import Attempt, Call, Taken
from bot.simulation.graph import Graph
from bot.simulation.instagram_people import (
    InstagramCommenter,
    InstagramCommentSpeaker,
    InstagramCustomer,
    InstagramSpeaker,
)
from bot.simulation.meta import misbehaved
from bot.simulation.played import Played
from bot.simulation.shapes import Fault, boolean, items, one_of, shape, text
from bot.simulation.webhook import Webhook
from bot.simulation.world import World

MESSAGE_BYTES = 1000
COMMENT_TEXT = 2200

_DIRECT, _PUBLIC = "instagram", "instagram_comments"
_DEMO_USER = "17841400000000001"
_EDGES = ("replies", "mentions")


class InstagramGraph(Graph):
    """graph.instagram.com for the accounts of *world*."""

    direct = _DIRECT
    public = _PUBLIC
    edge = "replies"
    hides_by = "hide"

    def message_faults(self, body: object) -> list[Fault]:
        """Text is counted in bytes, and no message goes without a purpose but a private reply."""
        faults = list(_MESSAGE(body, ""))
        if faults or not isinstance(body, dict):
            return faults
        private = "comment_id" in body["recipient"]
        if len(body["recipient"]) != 1:
            return [Fault(path="recipient", problem="must name exactly one recipient")]
        if ("tag" in body) != (body.get("messaging_type") == "MESSAGE_TAG"):
            return [Fault(path="tag", problem="goes with messaging_type MESSAGE_TAG")]
        if private == ("messaging_type" in body):
            return [Fault(path="messaging_type", problem="is for people, not comments")]
        return []

    def comment_faults(self, body: object) -> list[Fault]:
        """A reply to a comment."""
        return list(_COMMENT(body, ""))

    def hide_faults(self, body: object) -> list[Fault]:
        """Hiding one, or showing it again."""
        return list(_HIDE(body, ""))

    def _new_comment(self, post: str) -> str:
        return f"179{self._world.number()}"


def follows(world: World, attempt: Attempt, taken: Taken) -> Iterator[Webhook]:
    """The echo and the receipt of what was said in private, and the account's own comments."""
    sent = attempt.call.at
    if attempt.kind == "other" or attempt.kind == "hide":
        return
    if taken.person is not None:
        account = world.of_page(_DIRECT, attempt.account.page) or attempt.account
        customer = InstagramCustomer(account=account, id=taken.person)
        yield customer.hears_back(attempt.text, message=taken.ids[0], sent=sent)
        if attempt.kind == "reply":
            yield customer.reads(sent=sent + 0.8, message=taken.ids[0])
        return
    account, comment = attempt.account, world.comments[attempt.thread]
    brand = InstagramCommenter(account=account, id=account.page, name="demo", post=comment.post)
    yield brand.adds(attempt.text, comment=taken.ids[0], sent=sent, root=attempt.thread)


def _claims(call: Call, world: World) -> bool:
    """Whether the path names an account or an edge of Instagram's, or only it knows the token."""
    steps = [step for step in call.path.split("/") if step][1:]
    if any(step in _EDGES for step in steps):
        return True
    if steps and any(world.of_page(channel, steps[0]) for channel in (_DIRECT, _PUBLIC)):
        return True
    account = world.account(call.bearer(), "messenger")
    return account is not None and account.channel in (_DIRECT, _PUBLIC)


def _account(channel: str, settings: object, webhook: str) -> PlatformAccount:
    return account_of(channel, settings, webhook, page="user", otherwise=_DEMO_USER)


def _bytes(text: str) -> int:
    return len(text.encode())


_ID = text(200)
_QUICK_REPLY = shape({"content_type": one_of("text"), "title": text(20), "payload": text(1000)})
_MESSAGE = shape(
    {
        "recipient": shape({}, {"id": _ID, "comment_id": _ID}),
        "message": shape(
            {"text": text(MESSAGE_BYTES, length=_bytes)},
            {"quick_replies": items(_QUICK_REPLY, most=13)},
        ),
    },
    {"messaging_type": one_of("RESPONSE", "MESSAGE_TAG"), "tag": one_of("HUMAN_AGENT")},
)
_COMMENT = shape({"message": text(COMMENT_TEXT)})
_HIDE = shape({"hide": boolean})

PLAYED = Played(
    speakers={_DIRECT: InstagramSpeaker, _PUBLIC: InstagramCommentSpeaker},
    public=frozenset({_PUBLIC}),
    account=_account,
    claims=_claims,
    api=InstagramGraph,
    misbehaved=misbehaved,
    follows=follows,
    rates={_DIRECT: 100},
    weights={_DIRECT: 3.0, _PUBLIC: 2.0},
)
