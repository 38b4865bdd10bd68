"""The X API: direct messages, posts and their limits. Source: X API v2 reference."""

from collections import deque
from collections.abc import Iterator, Mapping

from bot.simulation.accounts import PlatformAccount, account_of
from bot.simulation.call import Attempt, Call, Json, Taken, words
from bot.simulation.played import Played
from bot.simulation.refusals import Refused
from bot.simulation.shapes import Check, boolean, shape, text
from bot.simulation.webhook import Webhook
from bot.simulation.world import Comment, World
from bot.simulation.x_lists import Desk, checked, refused
from bot.simulation.x_people import XDirectSpeaker, XPerson, XPostSpeaker
from channels.weight import weight

QUARTER_SECONDS = 900.0
LIMITS = {"x": 15, "x_posts": 100}

_DEMO_USER = "1710000000000000001"
_ID = r"[0-9]{1,19}"
_DIRECT = shape({"text": text(10_000)})
_POST = shape(
    {
        "text": text(280, length=weight),
        "reply": shape({"in_reply_to_tweet_id": text(19, pattern=_ID)}),
    }
)
_HIDDEN = shape({"hidden": boolean})


class X:
    """api.x.com for the accounts of *world*. An app's own token is "app-" and the account's."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._calls: dict[tuple[str, str], deque[float]] = {}
        self._desk = Desk(world)

    def attempt(self, call: Call) -> Attempt:
        """Sign in, find the call, check the body's shape."""
        match call.method, call.path.split("/")[2:]:
            case "POST", ["dm_conversations", "with", user, "messages"]:
                return self._speech(call, "x", "reply", user, _DIRECT)
            case "POST", ["tweets"]:
                post = words(call.json(), "reply", "in_reply_to_tweet_id")
                return self._speech(call, "x_posts", "reply", post, _POST)
            case "PUT", ["tweets", post, "hidden"]:
                return self._speech(call, "x_posts", "hide", post, _HIDDEN)
            case "GET", ["users" | "dm_events", *_]:
                return self._other(call, self._account(call, "x"))
            case _, ["webhooks", *_]:
                return self._other(call, self._app(call))
            case _, ["activity", "subscriptions"]:
                return self._other(call, self._account(call, "x"))
        raise refused(404, "Not Found Error", rule="path", detail=call.path)

    def take(self, attempt: Attempt) -> Taken:
        """Apply the rules, and answer as X does."""
        match attempt.kind, attempt.account.channel:
            case "hide", _:
                post = self._known(attempt)
                post.hidden = attempt.body["hidden"] is True
                return Taken(body={"data": {"hidden": post.hidden}})
            case "reply", "x":
                return self._take_direct(attempt)
            case "reply", _:
                return self._take_post(attempt)
        return Taken(body=self._desk.told(attempt))

    def _account(self, call: Call, channel: str) -> PlatformAccount:
        account = self._world.account(call.bearer(), channel)
        if account is None or account.channel not in LIMITS:
            raise refused(401, "Unauthorized", rule="auth")
        return account

    def _app(self, call: Call) -> PlatformAccount:
        account = self._world.account(call.bearer().removeprefix("app-"), "x")
        if account is None or not call.bearer().startswith("app-"):
            raise refused(403, "Forbidden", rule="auth", detail="needs the app's own token")
        return account

    def _speech(
        self,
        call: Call,
        channel: str,
        kind: str,
        thread: str,
        check: Check,
    ) -> Attempt:
        account, body = self._account(call, channel), checked(call, check)
        return Attempt(
            call=call,
            account=account,
            kind=kind,
            thread=thread,
            text=words(body, "text"),
            body=body,
        )

    def _other(self, call: Call, account: PlatformAccount) -> Attempt:
        return Attempt(call=call, account=account, kind="other", thread=call.path)

    def _take_direct(self, attempt: Attempt) -> Taken:
        page = attempt.account.page
        person = self._world.people.get(("x", page, attempt.thread))
        if person is None and not self._world.strangers:
            raise refused(400, "Invalid Request", rule="recipient")
        if person is not None and person.blocked:
            raise refused(403, "Forbidden", detail="You cannot send messages to this user.")
        headers = self._counted(attempt)
        new = self._number()
        body: Json = {"dm_conversation_id": f"{page}-{attempt.thread}", "dm_event_id": new}
        return Taken(body={"data": body}, ids=(new,), headers=headers, person=attempt.thread)

    def _take_post(self, attempt: Attempt) -> Taken:
        parent = self._known(attempt)
        headers = self._counted(attempt)
        new = self._number()
        self._world.comments[new] = Comment(
            author=attempt.account.page,
            post=parent.post,
            parent=attempt.thread,
            wrote=attempt.call.at,
            text=attempt.text,
        )
        body: Json = {"data": {"id": new, "text": f"@customer {attempt.text}"}}
        return Taken(body=body, ids=(new,), headers=headers)

    def _known(self, attempt: Attempt) -> Comment:
        post = self._world.comments.get(attempt.thread)
        if post is None and self._world.strangers:
            post = self._world.comments[attempt.thread] = Comment(
                author="1", post=attempt.thread, parent=attempt.thread, wrote=attempt.call.at
            )
        if post is None:
            detail = "You attempted to reply to a Tweet that is deleted or not visible to you."
            raise refused(403, "Forbidden", rule="recipient", detail=detail)
        return post

    def _counted(self, attempt: Attempt) -> dict[str, str]:
        """Count the call; the headers that tell how many are left in this quarter of an hour."""
        account, now = attempt.account, attempt.call.at
        limit = LIMITS[account.channel]
        calls = self._calls.setdefault((account.channel, account.account), deque())
        if calls and calls[0] <= now - QUARTER_SECONDS:
            calls.clear()
        reset = (calls[0] if calls else now) + QUARTER_SECONDS
        left = limit - len(calls)
        headers = {
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(max(left - 1, 0)),
            "x-rate-limit-reset": str(int(reset) + 1),
        }
        if left <= 0:
            raise refused(429, "Too Many Requests", rule="rate", headers=headers)
        calls.append(now)
        return headers

    def _number(self) -> str:
        return str(int(self._world.number(), 16))[-19:]


def misbehaved(kind: str, headers: Mapping[str, str]) -> Refused:
    """X's refusal when it is overloaded, broken, or thinks our token bad."""
    if kind == "429":
        return refused(429, "Too Many Requests", headers=headers)
    if kind == "unauthorized":
        return refused(401, "Unauthorized")
    return refused(503, "Service Unavailable")


def follows(world: World, attempt: Attempt, taken: Taken) -> Iterator[Webhook]:
    """What we said, as X shows it to us."""
    account, at = attempt.account, attempt.call.at
    if attempt.kind != "reply":
        return
    if taken.person is not None:
        person = XPerson(account=account, id=taken.person)
        yield person.hears(attempt.text, message=taken.ids[0], sent=at)
        return
    asked = world.comments[attempt.thread]
    yield XPerson(account=account, id=account.page).answers(
        attempt.text,
        post=taken.ids[0],
        sent=at,
        conversation=asked.post,
        parent=attempt.thread,
        to=asked.author,
    )


def _account_of(channel: str, settings: object, webhook: str) -> PlatformAccount:
    return account_of(channel, settings, webhook, page="user_id", otherwise=_DEMO_USER)


PLAYED = Played(
    speakers={"x": XDirectSpeaker, "x_posts": XPostSpeaker},
    public=frozenset({"x_posts"}),
    account=_account_of,
    claims=lambda call, world: call.path.startswith("/2/"),
    api=X,
    misbehaved=misbehaved,
    follows=follows,
    weights={"x": 1.0, "x_posts": 1.0},
)
