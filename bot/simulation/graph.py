"""Meta's Graph API: the Send API, comments and private replies, with their rules and refusals.

Sources: Messenger Platform "Send API", "Policy overview"; Graph API "Comment", "Error handling".
"""

import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from bot.simulation.accounts import PlatformAccount
from bot.simulation.call import Attempt, Call, Json, Taken, words
from bot.simulation.graph_lists import EDGES, listed
from bot.simulation.refusals import Refused, graph_refused
from bot.simulation.schemas import comment_faults, hide_faults, messenger_faults
from bot.simulation.shapes import Fault
from bot.simulation.world import Comment, World

WINDOW_SECONDS = 24 * 3600.0
AGENT_WINDOW_SECONDS = 7 * 24 * 3600.0
PRIVATE_REPLY_SECONDS = 7 * 24 * 3600.0

_VERSION = re.compile(r"v\d+\.\d+")
_ENDED_TAGS = ("CONFIRMED_EVENT_UPDATE", "ACCOUNT_UPDATE", "POST_PURCHASE_UPDATE")


class Graph:
    """graph.facebook.com for the Pages of *world*.

    *edge* takes replies to comments, *hides_by* is the parameter that hides one.
    """

    direct: ClassVar[str] = "messenger"
    public: ClassVar[str] = "page_comments"
    edge: ClassVar[str] = "comments"
    hides_by: ClassVar[str] = "is_hidden"

    def __init__(self, world: World) -> None:
        self._world = world

    def attempt(self, call: Call) -> Attempt:
        """Sign in, find the edge, check the body's shape."""
        steps = [step for step in call.path.split("/") if step]
        if steps and _VERSION.fullmatch(steps[0]):
            steps = steps[1:]
        match call.method, steps:
            case "POST", [page, "messages"]:
                return self._message(call, page)
            case "POST", [comment, edge] if edge == self.edge:
                return self._comment(call, comment)
            case "POST", [comment]:
                return self._hide(call, comment)
            case "GET", [node, *edge] if not edge or (len(edge) == 1 and edge[0] in EDGES):
                return Attempt(
                    call=call,
                    account=self._account(call, {}, self.direct),
                    kind="other",
                    thread="/".join((node, *edge)),
                )
        raise graph_refused(
            2500, f"Unknown path components: {call.path}", rule="path", detail=call.path
        )

    def take(self, attempt: Attempt) -> Taken:
        """Apply the rules, and answer as Graph does."""
        match attempt.kind:
            case "private_reply":
                return self._take_private_reply(attempt)
            case "hide":
                self._known_comment(attempt.thread, attempt)
                self._world.comments[attempt.thread].hidden = attempt.body[self.hides_by] is True
                return Taken(body={"success": True})
            case "reply" if "recipient" in attempt.body:
                return self._take_message(attempt)
            case "reply":
                return self._take_comment(attempt)
        if "recipient" in attempt.body:
            return Taken(body={"recipient_id": attempt.thread})
        return Taken(body=self._node(attempt))

    def message_faults(self, body: object) -> list[Fault]:
        """What is wrong with a body for the messages edge."""
        return messenger_faults(body)

    def comment_faults(self, body: object) -> list[Fault]:
        """What is wrong with a reply to a comment."""
        return comment_faults(body)

    def hide_faults(self, body: object) -> list[Fault]:
        """What is wrong with a body that hides a comment."""
        return hide_faults(body)

    def _message(self, call: Call, page: str) -> Attempt:
        body = _object(call)
        comment = words(body, "recipient", "comment_id")
        account = self._account(call, body, self.public if comment else self.direct)
        if page not in (account.page, "me"):
            raise _gone(page)
        _check_tag(words(body, "tag"))
        _check(self.message_faults(body))
        sent = Attempt(
            call=call,
            account=account,
            kind="private_reply" if comment else "reply",
            thread=comment or words(body, "recipient", "id"),
            text=words(body, "message", "text")
            or words(body, "message", "attachment", "payload", "url"),
            outbound_id=words(body, "message", "metadata") or None,
            tag=words(body, "tag") or None,
            body=body,
        )
        return replace(sent, kind="other") if "sender_action" in body else sent

    def _comment(self, call: Call, comment: str) -> Attempt:
        return self._under_post(call, comment, kind="reply", faults=self.comment_faults)

    def _hide(self, call: Call, comment: str) -> Attempt:
        return self._under_post(call, comment, kind="hide", faults=self.hide_faults)

    def _under_post(
        self, call: Call, comment: str, *, kind: str, faults: Callable[[object], list[Fault]]
    ) -> Attempt:
        body = _object(call)
        account = self._account(call, body, self.public)
        _check(faults(body))
        return Attempt(
            call=call,
            account=account,
            kind=kind,
            thread=comment,
            text=words(body, "message"),
            body=body,
        )

    def _account(self, call: Call, body: Json, channel: str) -> PlatformAccount:
        token = call.bearer() or call.query.get("access_token") or words(body, "access_token")
        account = self._world.account(token, channel)
        if account is None or account.channel not in (self.direct, self.public):
            message = "Invalid OAuth access token - Cannot parse access token"
            raise graph_refused(190, message, status=401, rule="auth")
        return account

    def _take_message(self, attempt: Attempt) -> Taken:
        self._check_recipient(attempt)
        self._check_rate(attempt)
        message = f"m_{self._world.number()}"
        return Taken(
            body={"recipient_id": attempt.thread, "message_id": message},
            ids=(message,),
            person=attempt.thread,
        )

    def _check_recipient(self, attempt: Attempt) -> None:
        person = self._world.people.get((self.direct, attempt.account.page, attempt.thread))
        if person is None:
            if self._world.strangers:
                return
            raise graph_refused(
                100, "(#100) No matching user found", subcode=2018001, rule="recipient"
            )
        if person.blocked:
            raise graph_refused(551, "This person isn't available right now.", subcode=1545041)
        allowed = WINDOW_SECONDS if attempt.tag is None else AGENT_WINDOW_SECONDS
        if person.wrote is None or attempt.call.at - person.wrote > allowed:
            message = "(#10) This message is sent outside of allowed window."
            raise graph_refused(10, message, subcode=2018278, status=400, rule="window")

    def _check_rate(self, attempt: Attempt) -> None:
        if self._world.too_fast(attempt.account, attempt.call.at):
            message = "(#613) Calls to this api have exceeded the rate limit."
            raise graph_refused(613, message, rule="rate")

    def _take_private_reply(self, attempt: Attempt) -> Taken:
        comment = self._known_comment(attempt.thread, attempt)
        self._check_rate(attempt)
        if attempt.call.at - comment.wrote > PRIVATE_REPLY_SECONDS:
            message = "(#10) This message is sent outside of allowed window."
            raise graph_refused(10, message, subcode=2018278, rule="window")
        if comment.private_replies:
            message = "(#10900) Activity already replied to"
            raise graph_refused(10900, message, rule="private_reply")
        comment.private_replies += 1
        # Only here does Meta tell who a commenter is in Messenger; they have not written there.
        person = f"8{zlib.crc32(comment.author.encode()):015d}"
        self._world.person(self.direct, attempt.account.page, person)
        message = f"m_{self._world.number()}"
        body: Json = {"recipient_id": person, "message_id": message}
        return Taken(body=body, ids=(message,), person=person)

    def _take_comment(self, attempt: Attempt) -> Taken:
        comment = self._known_comment(attempt.thread, attempt)
        self._check_rate(attempt)
        new = self._new_comment(comment.post)
        self._world.comments[new] = Comment(
            author=attempt.account.page,
            post=comment.post,
            parent=attempt.thread,
            wrote=attempt.call.at,
            text=attempt.text,
        )
        return Taken(body={"id": new}, ids=(new,))

    def _new_comment(self, post: str) -> str:
        return f"{post.split('_')[-1] or '0'}_{self._world.number()}"

    def _known_comment(self, id_: str, attempt: Attempt) -> Comment:
        comment = self._world.comments.get(id_)
        if comment is not None:
            return comment
        if id_ in self._world.removed or not self._world.strangers:
            raise _gone(id_, rule=None if id_ in self._world.removed else "recipient")
        post = f"{attempt.account.page}_{id_.split('_')[0]}"
        stranger = Comment(author=f"author-of-{id_}", post=post, parent=post, wrote=attempt.call.at)
        return self._world.comments.setdefault(id_, stranger)

    def _node(self, attempt: Attempt) -> Json:
        (node, _, edge), account = attempt.thread.partition("/"), attempt.account
        if edge:
            return listed(self._world, account.page, node, edge)
        if node in ("me", account.page):
            return {"id": account.page, "name": f"Demo page {account.account}"}
        person = self._world.people.get((self.direct, account.page, node))
        if person is not None:
            return {"id": node, "name": person.name}
        raise _gone(node)


def _object(call: Call) -> Json:
    body = call.json()
    if not isinstance(body, dict):
        raise graph_refused(100, "(#100) The body must be a JSON object", rule="schema")
    return body


def _check(faults: list[Fault]) -> None:
    if faults:
        first = faults[0]
        message = f"(#100) Param {first.path} {first.problem}"
        detail = "; ".join(f"{fault.path} {fault.problem}" for fault in faults)
        raise graph_refused(100, message, rule="schema", detail=detail)


def _check_tag(tag: str) -> None:
    if tag in _ENDED_TAGS:
        message = f"(#100) Message tag {tag} is no longer supported"
        raise graph_refused(100, message, rule="tag")


def _gone(id_: str, rule: str | None = "recipient") -> Refused:
    message = (
        f"Unsupported post request. Object with ID '{id_}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation"
    )
    return graph_refused(100, message, subcode=33, rule=rule)
