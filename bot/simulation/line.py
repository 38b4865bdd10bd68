"""LINE's Messaging API: reply, push and their rules. Source: LINE "Messaging API reference"."""

import re
from collections.abc import Mapping
from uuid import UUID

from bot.simulation.accounts import PlatformAccount, account_of
from bot.simulation.call import Attempt, Call, Json, Taken, words
from bot.simulation.played import Played
from bot.simulation.refusals import LINE_UNAUTHORIZED, Refused, line_refused
from bot.simulation.schemas import line_push_faults, line_reply_faults
from bot.simulation.shapes import Fault
from bot.simulation.speakers import LineSpeaker
from bot.simulation.world import REPLY_TOKEN_SECONDS, RETRY_KEY_SECONDS, TakenPush, World

_USER = re.compile(r"[UCR][0-9a-f]{32}")
_RETRY_KEY = "X-Line-Retry-Key"
_DEMO_BOT = "U" + "0" * 31 + "1"


class Line:
    """api.line.me for the accounts of *world*."""

    def __init__(self, world: World) -> None:
        self._world = world

    def attempt(self, call: Call) -> Attempt:
        """Sign in, find the call, check the body's shape."""
        account = self._account(call)
        match call.method, [step for step in call.path.split("/") if step][2:]:
            case "POST", ["message", "reply"]:
                return self._reply(call, account)
            case "POST", ["message", "push"]:
                return self._push(call, account)
            case "POST", ["chat", "loading", "start"]:
                return Attempt(call=call, account=account, kind="other", thread="loading")
            case "GET", ["info"]:
                return Attempt(call=call, account=account, kind="other", thread="info")
            case "GET", ["profile", user]:
                return Attempt(call=call, account=account, kind="other", thread=user)
            case _, [*steps] if call.method != "DELETE" and "/".join(steps) in _ABOUT:
                return Attempt(call=call, account=account, kind="other", thread="/".join(steps))
        raise line_refused(404, "Not found", rule="path", detail=call.path)

    def take(self, attempt: Attempt) -> Taken:
        """Apply the rules, and answer as LINE does."""
        if attempt.kind == "other":
            return Taken(body=self._about(attempt))
        self._check_rate(attempt)
        if "replyToken" in attempt.body:
            return self._take_reply(attempt)
        return self._take_push(attempt)

    def _account(self, call: Call) -> PlatformAccount:
        account = self._world.account(call.bearer(), "line")
        if account is None or account.channel != "line":
            raise line_refused(401, LINE_UNAUTHORIZED, rule="auth")
        return account

    def _reply(self, call: Call, account: PlatformAccount) -> Attempt:
        body = _object(call)
        if _RETRY_KEY in call.headers:
            message = f"The request header '{_RETRY_KEY}' is not allowed for this API"
            raise line_refused(400, message, rule="retry_key")
        _check(line_reply_faults(body))
        token = self._world.tokens.get(words(body, "replyToken"))
        thread = token.user if token is not None else words(body, "replyToken")
        return Attempt(
            call=call, account=account, kind="reply", thread=thread, text=_said(body), body=body
        )

    def _push(self, call: Call, account: PlatformAccount) -> Attempt:
        body = _object(call)
        _check(line_push_faults(body))
        key = call.headers.get(_RETRY_KEY)
        if key is not None and not _is_uuid(key):
            raise line_refused(400, f"The header '{_RETRY_KEY}' is invalid", rule="retry_key")
        return Attempt(
            call=call,
            account=account,
            kind="reply",
            thread=words(body, "to"),
            text=_said(body),
            outbound_id=key,
            body=body,
        )

    def _take_reply(self, attempt: Attempt) -> Taken:
        token = self._world.tokens.get(words(attempt.body, "replyToken"))
        if token is None:
            if not self._world.strangers:
                raise line_refused(400, "Invalid reply token", rule="reply_token", detail="unknown")
            return self._taken(attempt)
        # The same words once more are how a client settles a doubtful reply: refused, but no fault.
        settling, token.tried = token.tried == attempt.call.body, attempt.call.body
        late = attempt.call.at - token.given > REPLY_TOKEN_SECONDS
        if token.used or late:
            detail = "used twice" if token.used else "too late"
            rule = None if settling else "reply_token"
            raise line_refused(400, "Invalid reply token", rule=rule, detail=detail)
        token.used = True
        return self._taken(attempt)

    def _take_push(self, attempt: Attempt) -> Taken:
        key = (attempt.account.account, attempt.outbound_id or "")
        known = self._world.pushes.get(key)
        if known is not None and attempt.call.at - known.taken <= RETRY_KEY_SECONDS:
            raise _repeated(known, attempt)
        self._check_recipient(attempt)
        taken = self._taken(attempt)
        if attempt.outbound_id is not None:
            self._world.pushes[key] = TakenPush(
                taken=attempt.call.at,
                request_id=taken.headers["x-line-request-id"],
                said=attempt.call.body,
                ids=taken.ids,
            )
        return taken

    def _check_recipient(self, attempt: Attempt) -> None:
        if self._world.strangers:
            return
        if not _USER.fullmatch(attempt.thread):
            message = "The property, 'to', in the request body is invalid (line: -, column: -)"
            raise line_refused(400, message, rule="recipient")
        if ("line", attempt.account.page, attempt.thread) not in self._world.people:
            raise line_refused(400, "Failed to send messages", rule="recipient")

    def _check_rate(self, attempt: Attempt) -> None:
        if self._world.too_fast(attempt.account, attempt.call.at):
            message = "The API rate limit has been exceeded. Try again later."
            raise line_refused(429, message, rule="rate")

    def _taken(self, attempt: Attempt) -> Taken:
        messages = attempt.body.get("messages")
        count = len(messages) if isinstance(messages, list) else 1
        ids = tuple(str(int(self._world.number(), 16) % 10**18) for _ in range(count))
        person = self._world.people.get(("line", attempt.account.page, attempt.thread))
        return Taken(
            body=_sent(ids),
            ids=ids,
            headers={"x-line-request-id": f"r{self._world.number()}"},
            person=attempt.thread,
            # LINE says 200 all the same.
            swallowed=person is not None and person.blocked,
        )

    def _about(self, attempt: Attempt) -> Json:
        if attempt.thread in _ABOUT:
            return _ABOUT[attempt.thread]
        if attempt.thread == "loading":
            return {}
        if attempt.thread == "info":
            page = attempt.account.page
            return {"userId": page, "basicId": "@demo", "displayName": "Demo", "chatMode": "bot"}
        person = self._world.people.get(("line", attempt.account.page, attempt.thread))
        if person is None or person.blocked:
            raise line_refused(404, "Not found")
        return {"userId": attempt.thread, "displayName": person.name}


# What a channel may ask and tell about itself.
_ABOUT: Mapping[str, Json] = {
    "channel/webhook/endpoint": {"endpoint": "https://shop.example/webhooks/line", "active": True},
    "channel/webhook/endpoint/test": {"success": True, "statusCode": 200, "reason": "OK"},
    "message/quota": {"type": "limited", "value": 200},
    "message/quota/consumption": {"totalUsage": 3},
}


def _repeated(known: TakenPush, attempt: Attempt) -> Refused:
    same = known.said == attempt.call.body
    refused = line_refused(
        409,
        "The retry key is already accepted",
        rule=None if same else "retry_key",
        detail="" if same else "one retry key for two different messages",
        headers={"x-line-accepted-request-id": known.request_id},
    )
    refused.body.update(_sent(known.ids))
    return refused


def _sent(ids: tuple[str, ...]) -> Json:
    return {"sentMessages": [{"id": id_, "quoteToken": f"q{id_}"} for id_ in ids]}


def _object(call: Call) -> Json:
    body = call.json()
    if not isinstance(body, dict):
        raise line_refused(400, "The request body could not be parsed as JSON", rule="schema")
    return body


def _check(faults: list[Fault]) -> None:
    if faults:
        details = [{"message": fault.problem, "property": fault.path} for fault in faults]
        message = f"The request body has {len(faults)} error(s)"
        detail = "; ".join(f"{fault.path} {fault.problem}" for fault in faults)
        raise line_refused(400, message, rule="schema", detail=detail, details=details)


def _said(body: Json) -> str:
    messages = body.get("messages")
    said = messages if isinstance(messages, list) else []
    keys = ("text", "originalContentUrl", "altText")
    return "\n".join(next(filter(None, (words(each, key) for key in keys)), "") for each in said)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def misbehaved(kind: str, headers: Mapping[str, str]) -> Refused:
    """LINE's refusal when it is overloaded, broken, or thinks our token bad."""
    if kind == "429":
        return line_refused(
            429, "The API rate limit has been exceeded. Try again later.", headers=headers
        )
    if kind == "unauthorized":
        return line_refused(401, LINE_UNAUTHORIZED)
    return line_refused(500, "Internal server error")


def _account_of(channel: str, settings: object, webhook: str) -> PlatformAccount:
    return account_of(channel, settings, webhook, page="destination", otherwise=_DEMO_BOT)


PLAYED = Played(
    speakers={"line": LineSpeaker},
    account=_account_of,
    claims=lambda call, world: call.path.startswith("/v2/bot/"),
    api=Line,
    misbehaved=misbehaved,
    rates={"line": 2000},
    weights={"line": 4.0},
)
