"""Telegram's Bot API and its rules. Source: "Telegram Bot API" 10.1 and its FAQ for bots."""

from collections import deque
from collections.abc import Iterator, Mapping

from bot.simulation.accounts import PlatformAccount, account_of
from bot.simulation.call import Attempt, Call, Json, Taken, words
from bot.simulation.played import Played
from bot.simulation.refusals import Refused
from bot.simulation.shapes import Check, Fault, items, shape, text, utf16_length
from bot.simulation.telegram_people import TelegramSpeaker
from bot.simulation.world import World

IN_A_GROUP_PER_MINUTE = 20
_BOT = "6000000001"
_TOO_MANY = "Too Many Requests: retry after {:g}"


class Telegram:
    """api.telegram.org for the bots of *world*."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._in_groups: dict[str, deque[float]] = {}

    def attempt(self, call: Call) -> Attempt:
        """Sign in by the address, find the method, check the body's shape.

        What is refused is never named by its address, where the token stands.
        """
        root, _, method = call.path.removeprefix("/bot").rpartition("/")
        account = self._world.account(root, "telegram")
        if account is None or account.channel != "telegram":
            raise refused(401, "Unauthorized", rule="auth")
        body = call.json()
        if not isinstance(body, dict):
            raise refused(400, "Bad Request: can't parse JSON", rule="schema")
        if method in _TOLD:
            return Attempt(call=call, account=account, kind="other", thread=method, body=body)
        if method not in _METHODS:
            raise refused(404, "Not Found", rule="path", detail=method)
        _check(list(_METHODS[method](body, "")))
        said = words(body, "text") or words(body, "caption")
        thread = words(body, "chat_id")
        return Attempt(
            call=call, account=account, kind="reply", thread=thread, text=said, body=body
        )

    def take(self, attempt: Attempt) -> Taken:
        """Apply the rules, and answer as Telegram does."""
        if attempt.kind == "other":
            return Taken(body={"ok": True, "result": self._told(attempt)})
        self._check_rate(attempt)
        self._check_person(attempt)
        id = int(self._world.number(), 16) % 10**9
        result: Json = {"message_id": id, "date": int(attempt.call.at)}
        return Taken(body={"ok": True, "result": result}, ids=(str(id),), person=attempt.thread)

    def _told(self, attempt: Attempt) -> object:
        match attempt.thread:
            case "getMe":
                return {"id": int(_BOT), "is_bot": True, "username": attempt.account.page}
            case "getWebhookInfo":
                return {"url": attempt.account.webhook or "", "pending_update_count": 0}
            case "getChat":
                key = ("telegram", attempt.account.page, words(attempt.body, "chat_id"))
                person = self._world.people.get(key)
                if person is None:
                    raise refused(400, "Bad Request: chat not found")
                return {"id": int(key[2]), "type": "private", "first_name": person.name}
        return True

    def _check_rate(self, attempt: Attempt) -> None:
        at = attempt.call.at
        wait = 1.0 if self._world.too_fast(attempt.account, at) else self._group_wait(attempt)
        if wait:
            raise overloaded(wait, rule="rate")

    def _group_wait(self, attempt: Attempt) -> float:
        """Seconds until the group may hear of us again; counts what it hears."""
        if not attempt.thread.startswith("-"):
            return 0.0
        at, heard = attempt.call.at, self._in_groups.setdefault(attempt.thread, deque())
        while heard and heard[0] <= at - 60:
            heard.popleft()
        if len(heard) >= IN_A_GROUP_PER_MINUTE:
            return heard[0] + 60 - at
        heard.append(at)
        return 0.0

    def _check_person(self, attempt: Attempt) -> None:
        person = self._world.people.get(("telegram", attempt.account.page, attempt.thread))
        if person is not None and person.blocked:
            # Nobody is to blame: we learn of it by this answer.
            raise refused(403, "Forbidden: bot was blocked by the user")
        if person is None and not self._world.strangers:
            raise refused(400, "Bad Request: chat not found", rule="recipient")


def refused(
    status: int,
    description: str,
    *,
    rule: str | None = None,
    detail: str = "",
    headers: Mapping[str, str] | None = None,
    **parameters: object,
) -> Refused:
    """Telegram's refusal, with *parameters* such as retry_after."""
    body: Json = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    return Refused(status, body, rule=rule, detail=detail or description, headers=headers)


def overloaded(wait: float, *, rule: str | None = None) -> Refused:
    """Telegram's wish to be left alone for *wait* seconds, which stands in the body."""
    return refused(429, _TOO_MANY.format(wait), rule=rule, retry_after=max(1, round(wait)))


def misbehaved(kind: str, headers: Mapping[str, str]) -> Refused:
    """Telegram's refusal when it is overloaded, broken, or thinks our token bad."""
    if kind == "429":
        return overloaded(float(headers.get("Retry-After", "1")))
    if kind == "unauthorized":
        return refused(401, "Unauthorized")
    return refused(500, "Internal Server Error")


def _check(faults: list[Fault]) -> None:
    if faults:
        detail = "; ".join(f"{fault.path} {fault.problem}" for fault in faults)
        raise refused(400, "Bad Request: wrong parameters", rule="schema", detail=detail)


def _topic(value: object, path: str) -> Iterator[Fault]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield Fault(path=path, problem="must be a number")


def _bytes(words: str) -> int:
    return len(words.encode())


_CHOICE = shape(
    {"text": text(64, length=utf16_length)},
    {"callback_data": text(64, length=_bytes), "url": text(2048)},
)
_WHERE: Mapping[str, Check] = {"chat_id": text(64, pattern=r"-?\d+")}
_MORE: Mapping[str, Check] = {
    "business_connection_id": text(200),
    "message_thread_id": _topic,
    "reply_markup": shape({"inline_keyboard": items(items(_CHOICE, most=8), most=100)}),
}
_SAID = text(4096, length=utf16_length)
_CAPTION: Mapping[str, Check] = {"caption": text(1024, length=utf16_length), **_MORE}
_LINK = text(2048, pattern=r"https?://\S+")
_METHODS: Mapping[str, Check] = {
    "sendMessage": shape({**_WHERE, "text": _SAID}, _MORE),
    "sendPhoto": shape({**_WHERE, "photo": _LINK}, _CAPTION),
    "sendVideo": shape({**_WHERE, "video": _LINK}, _CAPTION),
}
_TOLD = frozenset({"getMe", "getWebhookInfo", "getChat", "setWebhook"})


def _account_of(channel: str, settings: object, webhook: str) -> PlatformAccount:
    return account_of(channel, settings, webhook, page="username", otherwise="demo_bot")


PLAYED = Played(
    speakers={"telegram": TelegramSpeaker},
    account=_account_of,
    claims=lambda call, world: call.path.startswith("/bot"),
    api=Telegram,
    misbehaved=misbehaved,
    rates={"telegram": 30},
    weights={"telegram": 2.0},
)
