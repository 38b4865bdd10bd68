"""Meta as it is played: Messenger and Page comments behind one Graph."""

from collections.abc import Iterator, Mapping

from bot.simulation.accounts import PlatformAccount, account_of
from bot.simulation.call import Attempt, Taken
from bot.simulation.commenters import Commenter
from bot.simulation.customers import MessengerCustomer
from bot.simulation.graph import Graph
from bot.simulation.played import Played
from bot.simulation.refusals import Refused, graph_refused
from bot.simulation.speakers import CommentSpeaker, MessengerSpeaker
from bot.simulation.webhook import Webhook
from bot.simulation.world import World

_DEMO_PAGE = "100000000000001"


def misbehaved(kind: str, headers: Mapping[str, str]) -> Refused:
    """Graph's refusal when it is overloaded, broken, or thinks our token bad."""
    if kind == "429":
        return graph_refused(
            613, "(#613) Calls to this api have exceeded the rate limit.", headers=headers
        )
    if kind == "unauthorized":
        message = "Error validating access token: Session has expired"
        return graph_refused(190, message, subcode=463, status=401)
    message = "An unexpected error has occurred. Please retry your request later."
    return graph_refused(2, message, status=500)


def follows(world: World, attempt: Attempt, taken: Taken) -> Iterator[Webhook]:
    """Echoes and receipts of what was said in private, and the page's own comments."""
    if attempt.kind == "other":
        return
    if taken.person is not None:
        yield from _private(world, attempt, taken, taken.person)
    else:
        yield _public(world, attempt, taken)


def _private(world: World, attempt: Attempt, taken: Taken, person: str) -> Iterator[Webhook]:
    account = world.of_page("messenger", attempt.account.page) or attempt.account
    customer = MessengerCustomer(account=account, id=person)
    sent = attempt.call.at
    yield customer.hears(
        attempt.text,
        message=taken.ids[0],
        sent=sent,
        metadata=attempt.outbound_id,
        app_id=account.app_id,
    )
    yield customer.gets(taken.ids, sent=sent + 0.2)
    if attempt.kind == "reply":
        yield customer.reads(sent=sent + 0.8, message=taken.ids[0])


def _public(world: World, attempt: Attempt, taken: Taken) -> Webhook:
    account, comment = attempt.account, world.comments[attempt.thread]
    page = Commenter(account=account, id=account.page, name="Demo page", post=comment.post)
    if attempt.kind == "hide":
        return page.hides(attempt.thread, comment.text, sent=attempt.call.at, hidden=comment.hidden)
    return page.adds(
        attempt.text, comment=taken.ids[0], sent=attempt.call.at, parent=attempt.thread
    )


def _account(channel: str, settings: object, webhook: str) -> PlatformAccount:
    return account_of(channel, settings, webhook, page="page", otherwise=_DEMO_PAGE)


PLAYED = Played(
    speakers={"messenger": MessengerSpeaker, "page_comments": CommentSpeaker},
    public=frozenset({"page_comments"}),
    account=_account,
    claims=lambda call, world: True,
    api=Graph,
    misbehaved=misbehaved,
    follows=follows,
    rates={"messenger": 300},
    weights={"messenger": 4.0, "page_comments": 2.0},
)
