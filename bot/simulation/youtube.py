"""The YouTube Data API: lists of comments, replies, moderation, and what each costs.

Source: YouTube Data API v3 reference, "CommentThreads", "Comments", "Errors", "Quota".
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import parse_qs

from bot.simulation.accounts import PlatformAccount, account_of
from bot.simulation.call import Attempt, Call, Json, Taken, words
from bot.simulation.played import Played
from bot.simulation.refusals import Refused
from bot.simulation.shapes import shape, text
from bot.simulation.world import World
from bot.simulation.youtube_comments import (
    Said,
    YouTubeSpeaker,
    comment,
    page_of,
    thread,
    told,
)

UNITS = 10_000
_DEMO_CHANNEL = "UCdemo000000000000000001"
_COMMENT = shape({"snippet": shape({"parentId": text(200), "textOriginal": text(10_000)})})
_STATES = ("published", "heldForReview", "rejected")
# What each call is, what it costs, and which parameters it takes.
_CALLS: Mapping[tuple[str, str], tuple[str, int, frozenset[str]]] = {
    ("GET", "commentThreads"): (
        "threads",
        1,
        frozenset(
            {
                *("part", "allThreadsRelatedToChannelId", "id", "moderationStatus", "order"),
                *("maxResults", "pageToken", "textFormat"),
            }
        ),
    ),
    ("GET", "comments"): (
        "replies",
        1,
        frozenset({"part", "parentId", "maxResults", "pageToken", "textFormat"}),
    ),
    ("GET", "channels"): ("channels", 1, frozenset({"part", "id", "mine"})),
    ("POST", "comments"): ("reply", 50, frozenset({"part"})),
    ("POST", "comments/setModerationStatus"): (
        "hide",
        50,
        frozenset({"id", "moderationStatus", "banAuthor"}),
    ),
}


class YouTube:
    """The API for the accounts of *world*. *units* is what all of them used."""

    def __init__(self, world: World) -> None:
        self.units = 0
        self._world = world
        self._own: dict[str, list[Said]] = {}
        self._hidden: dict[str, bool] = {}

    def attempt(self, call: Call) -> Attempt:
        """Sign in, find the call, check its parameters and body."""
        if call.path.endswith("/token"):
            return self._token(call)
        account = self._account(call)
        path = call.path.partition("/v3/")[2]
        if (call.method, path) not in _CALLS:
            raise refused(404, "notFound", rule="path", detail=call.path)
        kind, cost, known = _CALLS[call.method, path]
        if odd := call.query.keys() - known:
            raise refused(400, "invalidParameter", rule="query", detail=", ".join(sorted(odd)))
        self._spend(cost)
        if kind == "reply":
            return self._reply(call, account)
        if kind == "hide":
            if call.query.get("moderationStatus") not in _STATES or call.body:
                raise refused(400, "invalidModerationStatus", rule="query")
            return Attempt(call=call, account=account, kind="hide", thread=call.query["id"])
        return Attempt(call=call, account=account, kind="other", thread=kind)

    def take(self, attempt: Attempt) -> Taken:
        """Apply the rules, and answer as YouTube does."""
        if attempt.thread == "token":
            return Taken(body={"access_token": attempt.account.token, "expires_in": 3599})
        match attempt.kind:
            case "reply":
                return self._take_reply(attempt)
            case "hide":
                self._known(attempt, attempt.thread, "commentNotFound")
                hidden = attempt.call.query["moderationStatus"] != "published"
                self._hidden[attempt.thread] = hidden
                return Taken(body={}, ids=(attempt.thread,), status=204)
        listed: dict[str, Callable[[Attempt], Json]] = {
            "threads": self._threads,
            "replies": self._replies,
            "channels": self._channels,
        }
        return Taken(body=listed[attempt.thread](attempt))

    def comments(self, account: PlatformAccount) -> dict[str, Said]:
        """All that stands under the videos of *account*, by id."""
        found = told(self._world.unasked, account)
        found |= {said.id: said for said in self._own.get(account.account, [])}
        for id, hidden in self._hidden.items():
            if id in found:
                found[id].hidden = hidden
        return found

    def _token(self, call: Call) -> Attempt:
        form = {name: found[0] for name, found in parse_qs(call.body.decode()).items()}
        for account in self._world.accounts:
            if account.channel == "youtube" and account.secret == form.get("refresh_token"):
                return Attempt(call=call, account=account, kind="other", thread="token")
        raise Refused(400, {"error": "invalid_grant"}, rule="auth")

    def _account(self, call: Call) -> PlatformAccount:
        account = self._world.account(call.bearer(), "youtube")
        if account is None or account.channel != "youtube":
            raise refused(401, "authError", rule="auth")
        return account

    def _spend(self, cost: int) -> None:
        self.units += cost
        if self.units > UNITS:
            raise refused(403, "quotaExceeded", rule="quota")

    def _reply(self, call: Call, account: PlatformAccount) -> Attempt:
        body = call.json()
        if faults := list(_COMMENT(body, "")):
            detail = "; ".join(f"{fault.path} {fault.problem}" for fault in faults)
            raise refused(400, "invalidCommentMetadata", rule="schema", detail=detail)
        return Attempt(
            call=call,
            account=account,
            kind="reply",
            thread=words(body, "snippet", "parentId"),
            text=words(body, "snippet", "textOriginal"),
        )

    def _take_reply(self, attempt: Attempt) -> Taken:
        top = self._known(attempt, attempt.thread, "parentCommentNotFound")
        if top.id != top.thread:
            raise refused(400, "invalidCommentMetadata", rule="parent", detail="not at the top")
        said = Said(
            id=f"{top.id}.{self._world.number()}",
            thread=top.id,
            video=top.video,
            author=attempt.account.page,
            name="@brand",
            text=attempt.text,
            wrote=attempt.call.at,
            changed=attempt.call.at,
        )
        self._own.setdefault(attempt.account.account, []).append(said)
        return Taken(body=comment(said, attempt.account.page), ids=(said.id,))

    def _known(self, attempt: Attempt, id: str, reason: str) -> Said:
        found = self.comments(attempt.account).get(id)
        if found is None:
            raise refused(404, reason, rule=None if id in self._world.removed else "comment")
        return found

    def _threads(self, attempt: Attempt) -> Json:
        query, page = attempt.call.query, attempt.account.page
        everything = self.comments(attempt.account).values()
        held = query.get("moderationStatus") == "heldForReview"
        wanted = set(query.get("id", "").split(",")) - {""}
        tops = [
            said
            for said in everything
            if said.id == said.thread
            and (said.id in wanted if wanted else said.hidden is held)
            and not (wanted and said.hidden)
        ]
        tops.sort(key=lambda said: said.wrote, reverse=True)
        below: dict[str, list[Said]] = {}
        for said in everything:
            if said.id != said.thread and not said.hidden:
                below.setdefault(said.thread, []).append(said)
        found = [thread(top, below.get(top.id, []), page) for top in tops]
        # Threads that are asked for by their ids come on one page.
        size = str(len(found) or 1) if wanted else _size(query)
        return page_of("commentThread", found, query.get("pageToken", ""), size)

    def _replies(self, attempt: Attempt) -> Json:
        query = attempt.call.query
        found = [
            said
            for said in self.comments(attempt.account).values()
            if said.thread == query.get("parentId") != said.id and not said.hidden
        ]
        found.sort(key=lambda said: said.wrote, reverse=True)
        written = [comment(said, attempt.account.page) for said in found]
        return page_of("comment", written, query.get("pageToken", ""), _size(query))

    def _channels(self, attempt: Attempt) -> Json:
        query = attempt.call.query
        id = attempt.account.page if "mine" in query else query.get("id", "")
        names = {s.author: s.name for s in self.comments(attempt.account).values()}
        snippet = {"title": names.get(id, "Demo"), "customUrl": names.get(id, "@demo")}
        channel: Json = {"kind": "youtube#channel", "id": id, "snippet": snippet}
        return {"kind": "youtube#channelListResponse", "items": [channel]}


def refused(
    status: int,
    reason: str,
    *,
    rule: str | None = None,
    detail: str = "",
    headers: Mapping[str, str] | None = None,
) -> Refused:
    """An error of Google's; *reason* is what a client should look at."""
    errors = [{"message": reason, "domain": "youtube.comment", "reason": reason}]
    error: Json = {"code": status, "message": reason, "errors": errors}
    return Refused(status, {"error": error}, rule=rule, detail=detail or reason, headers=headers)


def misbehaved(kind: str, headers: Mapping[str, str]) -> Refused:
    """YouTube's refusal when it is overloaded, broken, or thinks our token bad."""
    if kind == "429":
        return refused(403, "rateLimitExceeded", headers=headers)
    if kind == "unauthorized":
        return refused(401, "authError")
    return refused(500, "backendError")


def _size(query: Mapping[str, str]) -> str:
    return query.get("maxResults", "")


def _account_of(channel: str, settings: object, webhook: str) -> PlatformAccount:
    made = account_of(
        channel, settings, webhook, page="channel", otherwise=_DEMO_CHANNEL, secret="refresh_token"
    )
    return made if made.token else replace(made, token=f"access-{made.account}")


PLAYED = Played(
    speakers={"youtube": YouTubeSpeaker},
    public=frozenset({"youtube"}),
    account=_account_of,
    claims=lambda call, world: call.path.startswith("/youtube/"),
    api=YouTube,
    misbehaved=misbehaved,
    weights={"youtube": 1.0},
)
