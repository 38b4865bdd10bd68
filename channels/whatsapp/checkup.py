"""Whether a number is set up right, and how it is subscribed.

https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/override
"""

from collections.abc import Awaitable, Iterator, Mapping, Sequence

from channels import meta
from channels.base import Finding
from channels.errors import SendError
from channels.whatsapp.answers import KINDS
from channels.whatsapp.content import CHANNEL
from channels.whatsapp.settings import Settings

_NUMBER = "display_phone_number,verified_name,quality_rating,status,throughput"
_NO_BUSINESS = Finding(
    name="subscription",
    ok=False,
    detail="business is not configured",
    next_step="set `business` to the id of the WhatsApp Business Account",
)


async def check(graph: meta.Graph, settings: Settings) -> Sequence[Finding]:
    """What Meta says of the number, its subscription and the templates that people use."""
    findings = [await _number(graph, settings)]
    if settings.business is None:
        return [*findings, _NO_BUSINESS]
    findings.append(await _subscription(graph, settings.business))
    if settings.templates:
        findings += await _templates(graph, settings, settings.business)
    return findings


async def subscribe(graph: meta.Graph, settings: Settings, webhook_url: str) -> Sequence[Finding]:
    """Let the business account tell our app, and this number call *webhook_url*."""
    if settings.business is None:
        return [_NO_BUSINESS]
    override = {
        "override_callback_uri": webhook_url,
        "verify_token": settings.verify_token.get_secret_value(),
    }
    return [
        await _done(graph, "subscription", f"{settings.business}/subscribed_apps", {}),
        await _done(graph, "webhook address", settings.phone, {"webhook_configuration": override}),
    ]


async def _number(graph: meta.Graph, settings: Settings) -> Finding:
    told, refused = await _asked(graph.get(settings.phone, {"fields": _NUMBER}))
    if refused is not None:
        return Finding(
            name="phone number",
            ok=False,
            detail=refused,
            next_step="compare `phone` and `token` with the WhatsApp page of the app's dashboard",
        )
    known = (told.get(name) for name in ("display_phone_number", "verified_name", "quality_rating"))
    connected = told.get("status") in (None, "CONNECTED")
    return Finding(
        name="phone number",
        ok=connected,
        detail=", ".join(str(one) for one in known if one),
        next_step="" if connected else "register the number: POST /{phone}/register",
    )


async def _subscription(graph: meta.Graph, business: str) -> Finding:
    told, refused = await _asked(graph.get(f"{business}/subscribed_apps"))
    apps = told.get("data")
    ok = refused is None and isinstance(apps, list) and bool(apps)
    return Finding(
        name="subscription",
        ok=ok,
        detail=refused or ("" if ok else "no app is subscribed to the business account"),
        next_step="" if ok else "subscribe the app to the business account, field `messages`",
    )


async def _templates(graph: meta.Graph, settings: Settings, business: str) -> Sequence[Finding]:
    told, refused = await _asked(
        graph.get(
            f"{business}/message_templates", {"fields": "name,language,status", "limit": "200"}
        )
    )
    approved = set(_approved(told))
    return [
        Finding(
            name=f"template {one.name} ({one.language})",
            ok=(one.name, one.language) in approved,
            detail=refused or "",
            next_step=""
            if (one.name, one.language) in approved
            else "create it in WhatsApp Manager and wait for Meta's approval",
        )
        for one in dict.fromkeys(settings.templates.values())
    ]


def _approved(told: Mapping[str, object]) -> Iterator[tuple[object, object]]:
    templates = told.get("data")
    for one in templates if isinstance(templates, list) else ():
        if isinstance(one, dict) and one.get("status") == "APPROVED":
            yield one.get("name"), one.get("language")


async def _done(graph: meta.Graph, name: str, path: str, payload: Mapping[str, object]) -> Finding:
    async def call() -> Mapping[str, object]:
        return meta.taken(await graph.post(path, payload), channel=CHANNEL, kinds=KINDS)

    _, refused = await _asked(call())
    next_step = "" if refused is None else "check the token's permissions, then try again"
    return Finding(name=name, ok=refused is None, detail=refused or "", next_step=next_step)


async def _asked(call: Awaitable[Mapping[str, object]]) -> tuple[Mapping[str, object], str | None]:
    """What Meta tells, or why it does not."""
    try:
        return await call, None
    except SendError as exc:
        return {}, str(exc)
