"""What LINE tells about a channel and its contacts, and where it is told our address.

https://developers.line.biz/en/reference/messaging-api/#get-bot-info
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from channels.base import Answer, Finding, Profile
from channels.errors import SendError

# Makes one call and returns LINE's answer; raises a SendError where there is none.
Call = Callable[..., Awaitable[Answer]]

# Warn while there is still time to buy more.
_NEARLY_USED = 0.9
_ENDPOINT = "/v2/bot/channel/webhook/endpoint"


def profile(answer: Answer) -> Profile:
    """Read what LINE tells about a user."""
    told = answer.body
    return Profile(
        name=_text(told, "displayName"),
        picture_url=_text(told, "pictureUrl"),
        language=_text(told, "language"),
    )


async def check(call: Call, *, destination: str | None) -> Sequence[Finding]:
    """Look at token, destination, webhook and monthly quota. Raises nothing."""
    try:
        info = await call("GET", "/v2/bot/info")
    except SendError as exc:
        return [_unreachable(exc)]
    if not info.accepted:
        step = "issue a new channel access token in the LINE Developers console: Messaging API"
        return [_refused("token", info, step)]
    found = [Finding(name="token", ok=True, detail=f"of {info.body.get('displayName', 'the bot')}")]
    found.append(_destination(info, destination))
    try:
        found.append(_webhook(await call("GET", _ENDPOINT)))
        found.append(await _quota(call))
    except SendError as exc:
        found.append(_unreachable(exc))
    return found


async def subscribe(call: Call, webhook_url: str) -> Sequence[Finding]:
    """Tell LINE our address, and let it try it. Raises nothing."""
    try:
        told = await call("PUT", _ENDPOINT, {"endpoint": webhook_url})
        if not told.accepted:
            return [
                _refused("webhook", told, "LINE wants an https address with a known certificate")
            ]
        tried = await call("POST", f"{_ENDPOINT}/test", {"endpoint": webhook_url})
    except SendError as exc:
        return [_unreachable(exc)]
    ok = tried.accepted and tried.body.get("success") is True
    reason = f"{tried.body.get('reason', tried.status)} {tried.body.get('detail', '')}".strip()
    detail = f"LINE reached {webhook_url}" if ok else f"LINE could not reach it: {reason}"
    step = "start the service, open the address to the world, then subscribe again"
    return [
        Finding(name="webhook", ok=ok, detail=detail, next_step="" if ok else step),
        Finding(
            name="switches",
            ok=True,
            detail="LINE has no call for these: turn on Use webhook and Webhook redelivery in the "
            "console, turn off auto-reply messages in the Official Account Manager",
        ),
    ]


def _destination(info: Answer, destination: str | None) -> Finding:
    ours = info.body.get("userId")
    if destination is None:
        step = f"set destination: {ours}, so that no other bot's events are answered"
        return Finding(name="destination", ok=False, detail="not set", next_step=step)
    if destination == ours:
        return Finding(name="destination", ok=True, detail=destination)
    step = f"set destination: {ours}, or use that bot's token"
    detail = f"{destination} is another bot than the token's"
    return Finding(name="destination", ok=False, detail=detail, next_step=step)


def _webhook(answer: Answer) -> Finding:
    if not answer.accepted:
        step = "run antiphon channels subscribe"
        return Finding(name="webhook", ok=False, detail="LINE knows no address", next_step=step)
    address = str(answer.body.get("endpoint") or "")
    if answer.body.get("active") is not True:
        step = "turn on Use webhook in the LINE Developers console"
        return Finding(name="webhook", ok=False, detail=f"{address} is off", next_step=step)
    return Finding(name="webhook", ok=True, detail=address)


async def _quota(call: Call) -> Finding:
    limit = (await call("GET", "/v2/bot/message/quota")).body
    used = (await call("GET", "/v2/bot/message/quota/consumption")).body.get("totalUsage")
    most = limit.get("value")
    if limit.get("type") != "limited" or not isinstance(most, int) or not isinstance(used, int):
        return Finding(name="pushes", ok=True, detail="no monthly limit")
    ok = used < most * _NEARLY_USED
    step = "buy more messages, or answers that need longer than a minute will not leave"
    detail = f"{used} of {most} this month"
    return Finding(name="pushes", ok=ok, detail=detail, next_step="" if ok else step)


def _refused(name: str, answer: Answer, step: str) -> Finding:
    detail = f"{answer.status} {answer.body.get('message', '')}".strip()[:300]
    return Finding(name=name, ok=False, detail=detail, next_step=step)


def _unreachable(exc: SendError) -> Finding:
    step = "let this machine reach api.line.me"
    return Finding(name="platform", ok=False, detail=type(exc).__name__, next_step=step)


def _text(told: Mapping[str, object], name: str) -> str | None:
    value = told.get(name)
    return value if isinstance(value, str) and value else None
