"""Is an account set up right, and setting it up: the webhook and its subscriptions.

https://docs.x.com/x-api/webhooks/introduction, https://docs.x.com/x-api/activity/quickstart
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlsplit

from channels.base import Finding
from channels.errors import SendError
from channels.x.api import Api
from channels.x.settings import Settings

_WEBHOOKS = "/2/webhooks"
_SUBSCRIPTIONS = "/2/activity/subscriptions"
_TAG = "antiphon"


async def check(api: Api, settings: Settings, *, types: Sequence[str]) -> list[Finding]:
    """What is right and what is not, from the tokens to each subscription."""
    found = [await _account(api, settings)]
    try:
        found.append(_validity(await api.entries(_WEBHOOKS, as_app=True)))
    except SendError as exc:
        found.append(_failed("webhook", exc, "set app_token to the app's bearer token"))
    if found[0].ok:
        found += await _subscribed(api, types)
    return found


async def subscribe(api: Api, url: str, *, types: Sequence[str]) -> list[Finding]:
    """Register *url* and subscribe to each of *types*; say what was done."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.port is not None:
        step = "give it an https address without a port, by a proxy"
        return [Finding(name="webhook", ok=False, detail=url, next_step=step)]
    try:
        webhook = await _registered(api, url)
        owner = await api.user_id()
        known = _types(await api.entries(_SUBSCRIPTIONS), owner, webhook)
    except SendError as exc:
        step = "set app_token, and look whether the app may use webhooks"
        return [_failed("webhook", exc, step)]
    done = [Finding(name="webhook", ok=True, detail=webhook)]
    for type_ in types:
        done.append(
            Finding(name=type_, ok=True, detail="subscribed before")
            if type_ in known
            else await _subscribe(api, type_, owner=owner, webhook=webhook)
        )
    return done


async def _account(api: Api, settings: Settings) -> Finding:
    try:
        owner = str((await api.data("GET", "/2/users/me")).get("id"))
    except SendError as exc:
        return _failed("token", exc, "make a new user token with the scopes in docs/channels/x.md")
    if settings.user_id is None:
        step = f'set user_id: "{owner}", so that events for others are not answered'
        return Finding(name="token", ok=True, detail=owner, next_step=step)
    ok = owner == settings.user_id
    step = "" if ok else "user_id and token belong to different accounts"
    return Finding(name="token", ok=ok, detail=owner, next_step=step)


def _validity(webhooks: Sequence[Mapping[str, object]]) -> Finding:
    valid = [str(each.get("url")) for each in webhooks if each.get("valid") is True]
    step = "" if valid else "subscribe the webhook; X must be able to reach it"
    return Finding(name="webhook", ok=bool(valid), detail=", ".join(valid), next_step=step)


async def _subscribed(api: Api, types: Sequence[str]) -> list[Finding]:
    try:
        known = _types(await api.entries(_SUBSCRIPTIONS), await api.user_id(), None)
    except SendError as exc:
        return [_failed("subscriptions", exc, "subscribe the webhook")]
    return [
        Finding(name=type_, ok=type_ in known, next_step="" if type_ in known else "subscribe")
        for type_ in types
    ]


async def _registered(api: Api, url: str) -> str:
    """The id of the webhook at *url*, made or checked again if need be."""
    for each in await api.entries(_WEBHOOKS, as_app=True):
        if each.get("url") == url:
            found = str(each.get("id"))
            if each.get("valid") is not True:
                path = f"{_WEBHOOKS}/{quote(found, safe='')}"
                await api.data("PUT", path, as_app=True)
            return found
    made = await api.data("POST", _WEBHOOKS, {"url": url}, as_app=True)
    return str(made.get("id"))


async def _subscribe(api: Api, type_: str, *, owner: str, webhook: str) -> Finding:
    wanted = {
        "event_type": type_,
        "filter": {"user_id": owner},
        "tag": _TAG,
        "webhook_id": webhook,
    }
    try:
        await api.data("POST", _SUBSCRIPTIONS, wanted)
    except SendError as exc:
        return _failed(type_, exc, "look whether token has the scope for it")
    return Finding(name=type_, ok=True, detail="subscribed")


def _types(
    subscriptions: Sequence[Mapping[str, object]], owner: str, webhook: str | None
) -> set[str]:
    """What is subscribed for *owner*, at *webhook* or anywhere."""
    found = set()
    for each in subscriptions:
        wanted = each.get("filter")
        theirs = wanted.get("user_id") if isinstance(wanted, dict) else None
        if theirs == owner and webhook in {None, each.get("webhook_id")}:
            found.add(str(each.get("event_type")))
    return found


def _failed(name: str, exc: SendError, next_step: str) -> Finding:
    return Finding(name=name, ok=False, detail=str(exc), next_step=next_step)
