"""A brand's own app as docs/channels/own_app.md wants it, and its users."""

import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.simulation.accounts import PlatformAccount, account_of
from bot.simulation.call import Attempt, Call, Json, Taken, words
from bot.simulation.played import Played
from bot.simulation.refusals import Refused
from bot.simulation.shapes import items, one_of, shape, text
from bot.simulation.speakers import Ids
from bot.simulation.webhook import Webhook
from bot.simulation.world import World

_CHOICE = shape({"title": text(40), "payload": text(1000)})
_REPLY = shape(
    {
        "id": text(64),
        "user": shape({"id": text(200)}),
        "author": one_of("bot", "agent"),
        "text": text(4000),
        "quick_replies": items(_CHOICE, least=0, most=13),
    }
)


class OwnApp:
    """The apps of *world*. What comes twice under one key is shown once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._shown: dict[tuple[str, str], tuple[Json, Taken]] = {}

    def attempt(self, call: Call) -> Attempt:
        """Sign in, check the body's shape and the key."""
        account = self._world.account(call.bearer(), "own_app")
        if account is None or account.channel != "own_app":
            raise refused(401, "unknown token", rule="auth")
        body = call.json()
        if faults := list(_REPLY(body, "")):
            told = "; ".join(f"{fault.path} {fault.problem}" for fault in faults)
            raise refused(400, told, rule="schema")
        key = call.headers.get("Idempotency-Key", "")
        if not isinstance(body, dict) or key != body["id"]:
            raise refused(400, "no Idempotency-Key", rule="retry_key")
        return Attempt(
            call=call,
            account=account,
            kind="reply",
            thread=words(body, "user", "id"),
            text=words(body, "text"),
            outbound_id=key,
            body=body,
        )

    def take(self, attempt: Attempt) -> Taken:
        """Show the reply, unless it was shown before: then answer as before."""
        key = (attempt.account.account, attempt.outbound_id or "")
        if key in self._shown:
            said, taken = self._shown[key]
            if said != attempt.body:
                raise refused(422, "another message under the same key", rule="retry_key")
            return replace(taken, swallowed=True)
        if self._world.too_fast(attempt.account, attempt.call.at):
            raise refused(429, "slower, please", rule="rate")
        self._check_user(attempt)
        id = f"a{self._world.number()}"
        taken = Taken(body={"id": id}, ids=(id,), person=attempt.thread)
        self._shown[key] = (attempt.body, taken)
        return taken

    def _check_user(self, attempt: Attempt) -> None:
        user = self._world.people.get(("own_app", attempt.account.page, attempt.thread))
        if user is None and not self._world.strangers:
            raise refused(404, "no such user", rule="recipient")
        if user is not None and user.blocked:
            raise refused(410, "the user is gone")


def refused(
    status: int, error: str, *, rule: str | None = None, headers: Mapping[str, str] | None = None
) -> Refused:
    """The app's refusal."""
    return Refused(status, {"error": error}, rule=rule, detail=error, headers=headers)


def misbehaved(kind: str, headers: Mapping[str, str]) -> Refused:
    """The app's refusal when it is overloaded, broken, or thinks our token bad."""
    status = {"429": 429, "unauthorized": 401}.get(kind, 500)
    return refused(status, f"simulated {status}", headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppUser:
    """Somebody who uses the app of *account*. Ids are the caller's; times are Unix seconds."""

    account: PlatformAccount
    id: str
    name: str = ""

    def says(self, text: str, *, message: str, sent: float, **more: object) -> Webhook:
        """Text; *more* fields of the message, such as a tap's payload or another author."""
        sent_at = datetime.fromtimestamp(sent, UTC).isoformat()
        user = {"id": self.id, "name": self.name}
        said = {"id": message, "user": user, "text": text, "sent_at": sent_at, **more}
        body = json.dumps({"messages": [said]}, ensure_ascii=False).encode()
        signature = hmac.digest(self.account.secret.encode(), body, "sha256").hex()
        return Webhook(
            kind="dm.text",
            account=self.account,
            customer=self.id,
            message=message,
            sent=sent,
            body=body,
            headers={
                "content-type": "application/json",
                "x-antiphon-signature": f"sha256={signature}",
            },
            text=text,
            name=self.name,
            opens_window=True,
        )


class OwnAppSpeaker:
    """Somebody in the app."""

    def __init__(self, account: PlatformAccount, ids: Ids, name: str) -> None:
        self._ids = ids
        self._user = AppUser(account=account, id=f"u{ids.run:x}{ids.next():06d}", name=name)
        self.thread = self._user.id

    def says(self, text: str) -> Webhook:
        """Text."""
        message = f"m{self._ids.run:x}{self._ids.next():06d}"
        return self._user.says(text, message=message, sent=time.time())

    def sticks(self) -> None:
        """Nothing: our format has no stickers."""

    def edits(self, said: Webhook, text: str) -> None:
        """Nothing: our format has no edits."""

    def unsends(self, said: Webhook) -> None:
        """Nothing: our format has no deletions."""

    def again(self, said: Webhook) -> Webhook:
        """The app posts *said* once more: the very same bytes."""
        return said


def _account_of(channel: str, settings: object, webhook: str) -> PlatformAccount:
    return account_of(channel, settings, webhook, page="account", otherwise="app")


PLAYED = Played(
    speakers={"own_app": OwnAppSpeaker},
    account=_account_of,
    # No platform has anything at its root.
    claims=lambda call, world: call.path == "/",
    api=OwnApp,
    misbehaved=misbehaved,
    rates={"own_app": 50},
    weights={"own_app": 1.0},
)
