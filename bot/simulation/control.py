"""Lets another process look at the fake platform and steer it, over HTTP below /_."""

from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bot.simulation.ledger import Ledger, Violation, as_json
from bot.simulation.misbehaviour import Misbehaviour
from bot.simulation.world import Comment, ReplyToken, World

_MISBEHAVIOUR = TypeAdapter(Misbehaviour)


class Steered(Protocol):
    """The parts of the platform that can be seen and steered."""

    world: World
    ledger: Ledger
    violations: list[Violation]
    calls: int

    @property
    def strikes(self) -> int: ...

    @property
    def now(self) -> float: ...

    def misbehave(self, misbehaviour: Misbehaviour) -> None: ...

    def behave(self) -> None: ...

    def block(self, channel: str, customer: str) -> None: ...


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Customer(_Strict):
    channel: str
    page: str
    id: str
    wrote: float | None = None
    reply_token: str | None = None
    blocked: bool = False


class _Comment(_Strict):
    id: str
    author: str
    post: str
    parent: str | None = None
    wrote: float | None = None


class Control(_Strict):
    """The body of POST /_control. *wrote* is Unix time, now if left out."""

    misbehave: dict[str, Any] | None = None
    behave: bool = False
    strangers: bool | None = None
    customers: list[_Customer] = []
    comments: list[_Comment] = []


def controlled(platform: Steered, method: str, target: str, body: bytes) -> tuple[int, object]:
    """Answer a call below /_ with status and JSON. *target* may end in ?since=N, for news."""
    path, _, tail = target.partition("?")
    since = int(tail[6:]) if tail.startswith("since=") and tail[6:].isdecimal() else 0
    match method, path:
        case "GET", "/_ledger":
            return 200, as_json(platform.ledger.since(since))
        case "GET", "/_violations":
            return 200, as_json(platform.violations[since:])
        case "GET", "/_stats":
            return 200, stats(platform)
        case "POST", "/_control":
            return _steer(platform, body)
    return 404, {"error": f"there is no {method} {path}"}


def stats(platform: Steered) -> dict[str, object]:
    """Counts so far."""
    entries = list(platform.ledger)
    statuses = [entry.status for entry in entries]
    return {
        "calls": platform.calls,
        "entries": len(entries),
        "accepted": statuses.count("accepted"),
        "refused": statuses.count("refused"),
        "swallowed": statuses.count("swallowed"),
        "lost_answers": sum(entry.lost is not None for entry in entries),
        "doubles": len(platform.ledger.doubles()),
        "violations": len(platform.violations),
        "strikes": platform.strikes,
    }


def _steer(platform: Steered, body: bytes) -> tuple[int, object]:
    try:
        control = Control.model_validate_json(body)
        misbehaviour = control.misbehave and _MISBEHAVIOUR.validate_python(control.misbehave)
    except ValidationError as exc:
        return 400, {"error": exc.errors(include_url=False, include_context=False)}
    if misbehaviour and misbehaviour.kind == "down" and misbehaviour.seconds is None:
        return 400, {"error": "down needs seconds: nobody could call it up again"}
    _introduce(platform, control)
    if control.behave:
        platform.behave()
    if misbehaviour:
        platform.misbehave(misbehaviour)
    return 200, stats(platform)


def _introduce(platform: Steered, control: Control) -> None:
    world, now = platform.world, platform.now
    if control.strangers is not None:
        world.strangers = control.strangers
    for customer in control.customers:
        person = world.person(customer.channel, customer.page, customer.id)
        person.wrote = now if customer.wrote is None else customer.wrote
        person.blocked = customer.blocked
        if customer.reply_token is not None:
            world.tokens[customer.reply_token] = ReplyToken(
                user=customer.id, given=now, wrote=person.wrote
            )
    for comment in control.comments:
        world.comments[comment.id] = Comment(
            author=comment.author,
            post=comment.post,
            parent=comment.parent or comment.post,
            wrote=now if comment.wrote is None else comment.wrote,
        )
