"""What X tells and keeps besides speech: users, lists, webhooks and subscriptions."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.simulation.call import Attempt, Call, Json
from bot.simulation.refusals import Refused
from bot.simulation.shapes import Check, shape, text
from bot.simulation.webhook import Webhook
from bot.simulation.world import World

_ID = r"[0-9]{1,19}"
_WEBHOOK = shape({"url": text(200, pattern=r"https://[^:/]+(/.*)?")})
_SUBSCRIPTION = shape(
    {
        "event_type": text(60),
        "filter": shape({"user_id": text(19, pattern=_ID)}),
        "webhook_id": text(19, pattern=_ID),
    },
    {"tag": text(200)},
)


class Desk:
    """Everything that an app may look up or set up."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._webhooks: list[Json] = []
        self._subscriptions: list[Json] = []

    def told(self, attempt: Attempt) -> Json:
        """The answer to a call that shows nobody anything."""
        call, path = attempt.call, attempt.call.path.split("/")[2:]
        if path == ["webhooks"]:
            return self._kept(self._webhooks, call, _WEBHOOK)
        if path == ["activity", "subscriptions"]:
            return self._kept(self._subscriptions, call, _SUBSCRIPTION)
        return self._looked_up(path, attempt.account.page)

    def _kept(self, kept: list[Json], call: Call, check: Check) -> Json:
        if call.method == "GET":
            return {"data": list(kept)}
        made: Json = {"id": self._number(), "valid": True, **checked(call, check)}
        kept.append(made)
        return {"data": made}

    def _looked_up(self, path: list[str], us: str) -> Json:
        match path:
            case ["users", "me"]:
                return {"data": {"id": us, "name": "Demo", "username": "brand"}}
            case ["users", _, "mentions"]:
                return {"data": [_listed_post(one) for one in self._lost("x_posts")]}
            case ["users", user]:
                name = self._world.person("x", us, user).name
                return {"data": {"id": user, "name": name, "username": "customer"}}
            case ["dm_events"]:
                return {"data": [_listed_direct(one, us) for one in self._lost("x")]}
        raise refused(404, "Not Found Error", rule="path", detail="/".join(path))

    def _lost(self, channel: str) -> list[Webhook]:
        """What was said and never delivered, newest first."""
        return [one for one in reversed(self._world.unasked) if one.channel == channel]

    def _number(self) -> str:
        return str(int(self._world.number(), 16))[-19:]


def checked(call: Call, check: Check) -> Json:
    """The body of *call*, if it is as *check* wants it; else X's refusal."""
    body = call.json()
    faults = list(check(body, ""))
    if faults or not isinstance(body, dict):
        detail = "; ".join(f"{fault.path} {fault.problem}" for fault in faults)
        raise refused(400, "Invalid Request", rule="schema", detail=detail)
    return body


def refused(
    status: int,
    title: str,
    *,
    rule: str | None = None,
    detail: str = "",
    headers: Mapping[str, str] | None = None,
) -> Refused:
    """A problem as X writes it."""
    body: Json = {
        "title": title,
        "detail": detail or title,
        "type": "about:blank",
        "status": status,
    }
    return Refused(status, body, rule=rule, detail=detail or title, headers=headers)


def _listed_post(webhook: Webhook) -> Json:
    us = webhook.page
    return {
        "id": webhook.message,
        "author_id": webhook.customer,
        "text": webhook.text,
        "created_at": _stamp(webhook),
        "conversation_id": webhook.post,
        "entities": {"mentions": [{"start": 0, "end": 6, "username": "brand", "id": us}]},
    }


def _listed_direct(webhook: Webhook, us: str) -> Json:
    return {
        "id": webhook.message,
        "event_type": "MessageCreate",
        "text": webhook.text,
        "created_at": _stamp(webhook),
        "sender_id": webhook.customer,
        "dm_conversation_id": f"{webhook.customer}-{us}",
    }


def _stamp(webhook: Webhook) -> str:
    return datetime.fromtimestamp(webhook.sent, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
