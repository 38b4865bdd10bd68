"""Whether an account is connected, and connecting it: Meta wants three layers, all of them.

The app names an address, the app wants fields, and the account is subscribed to the app.
https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ClassVar
from urllib.parse import quote

from pydantic import SecretStr

from channels.base import Finding
from channels.errors import SendError
from channels.meta.adapter import MetaAdapter, S
from channels.meta.graph import taken
from channels.meta.nodes import listed, mapping

Look = Callable[[], Awaitable[Finding]]

_SUBSCRIBE = "run `antiphon channels subscribe`"
_RENEW = "make a new token as docs/channels tells, and put it into the environment"


class ConnectedAdapter(MetaAdapter[S]):
    """An adapter that can tell whether Meta will call it, and ask Meta to.

    *about* is the kind of object that its webhook tells of, *fields* what it must hear,
    *permissions* what its token must allow.
    """

    about: ClassVar[str]
    fields: ClassVar[tuple[str, ...]]
    permissions: ClassVar[tuple[str, ...]]

    async def check(self) -> Sequence[Finding]:
        """Look at the token, its permissions, the account's subscription and the app's."""
        found = [await self._tried("token", self._token)]
        if found[0].ok:
            found.append(await self._tried("account subscription", self._account_subscription))
        if self._app_token is None:
            return [*found, self._unseen()]
        return [
            *found,
            await self._tried("permissions", self._permissions),
            await self._tried("app subscription", self._app_subscription),
        ]

    async def subscribe(self, webhook_url: str) -> Sequence[Finding]:
        """Give the app *webhook_url* and our fields, beside those that it has; then the account."""

        async def app() -> Finding:
            return await self._subscribe_app(webhook_url)

        first = (
            self._by_hand(webhook_url)
            if self._app_token is None
            else await self._tried("app subscription", app)
        )
        return [first, await self._tried("account subscription", self._subscribe_account)]

    async def _own(self) -> str:
        """Meta's id of the account, which its webhooks name."""
        known = self._settings.own
        return known or str((await self._graph.get("me", {"fields": "id"})).get("id", ""))

    # What differs between the ways of connecting.

    @property
    def _app_token(self) -> SecretStr | None:
        """The app's own token, for what an account's may not see; None where there is none."""
        app_id = self._settings.app_id
        secret = self._settings.secret[0].get_secret_value()
        return None if app_id is None else SecretStr(f"{app_id}|{secret}")

    @property
    def _asset_fields(self) -> tuple[str, ...]:
        """The fields that the account is subscribed for."""
        return self.fields

    def _expected(self) -> str | None:
        """Meta's id of the account that the token should speak for."""
        return None if self._settings.speaker == "me" else self._settings.speaker

    async def _token(self) -> Finding:
        node = await self._graph.get("me", {"fields": "id,name"})
        return self._speaks_for(str(node.get("id", "")), str(node.get("name", "")))

    def _speaks_for(self, id: str, name: str) -> Finding:
        expected = self._expected()
        told = f"speaks for {name or 'an account'} ({id})"
        if expected is None or id == expected:
            return Finding(name="token", ok=True, detail=told)
        step = f"take the token of {expected}, or correct the id in config.yml"
        return Finding(name="token", ok=False, detail=f"{told}, not {expected}", next_step=step)

    async def _permissions(self) -> Finding:
        query = {"input_token": self._settings.token.get_secret_value()}
        body = await self._graph.get("debug_token", query, token=self._app_token)
        scopes = mapping(body.get("data")).get("scopes")
        granted = scopes if isinstance(scopes, list) else []
        missing = [one for one in self.permissions if one not in granted]
        step = f"grant {', '.join(missing)} and make a new token"
        return _about("permissions", missing, "all granted", step)

    async def _account_subscription(self) -> Finding:
        missing = [one for one in self._asset_fields if one not in await self._asset_has()]
        return _about("account subscription", missing, "hears all that we want", _SUBSCRIBE)

    async def _app_subscription(self) -> Finding:
        app = await self._app_has()
        has = _names(app.get("fields"))
        if not app or app.get("active") is False:
            detail = "the app is told of nothing"
            return Finding(name="app subscription", ok=False, detail=detail, next_step=_SUBSCRIBE)
        missing = [one for one in self.fields if one not in has]
        told = f"calls {app.get('callback_url')}"
        return _about("app subscription", missing, told, _SUBSCRIBE)

    async def _subscribe_app(self, webhook_url: str) -> Finding:
        fields = sorted({*_names((await self._app_has()).get("fields")), *self.fields})
        payload = {
            "object": self.about,
            "callback_url": webhook_url,
            "verify_token": self._settings.verify_token.get_secret_value(),
            "fields": ",".join(fields),
            "include_values": True,
        }
        path = f"{quote(str(self._settings.app_id), safe='')}/subscriptions"
        answer = await self._graph.post(path, payload, token=self._app_token)
        taken(answer, channel=self.name)
        return Finding(name="app subscription", ok=True, detail=f"Meta calls {webhook_url}")

    async def _subscribe_account(self) -> Finding:
        # What is not named is unsubscribed, also what another of our channels wants.
        fields = sorted({*await self._asset_has(), *self._asset_fields})
        path = f"{self._settings.speaker}/subscribed_apps"
        answer = await self._graph.post(path, {"subscribed_fields": ",".join(fields)})
        taken(answer, channel=self.name)
        return Finding(name="account subscription", ok=True, detail=", ".join(fields))

    async def _asset_has(self) -> set[str]:
        body = await self._graph.get(f"{self._settings.speaker}/subscribed_apps", {})
        apps = listed(body)
        ours = [app for app in apps if self._settings.app_id in (None, str(app.get("id")))]
        return {name for app in ours for name in _names(app.get("subscribed_fields"))}

    async def _app_has(self) -> Mapping[str, object]:
        path = f"{quote(str(self._settings.app_id), safe='')}/subscriptions"
        apps = listed(await self._graph.get(path, {}, token=self._app_token))
        return next((app for app in apps if app.get("object") == self.about), {})

    async def _tried(self, name: str, look: Look) -> Finding:
        try:
            return await look()
        except SendError as exc:
            step = _RENEW if name in {"token", "permissions"} else _SUBSCRIBE
            return Finding(name=name, ok=False, detail=str(exc), next_step=step)

    def _unseen(self) -> Finding:
        step = "set app_id, or look at the webhook's page in Meta's dashboard"
        detail = "only the app itself may look; not checked"
        return Finding(name="app subscription", ok=True, detail=detail, next_step=step)

    def _by_hand(self, webhook_url: str) -> Finding:
        step = f"in Meta's dashboard set {webhook_url} and the fields {', '.join(self.fields)}"
        detail = "cannot be set by a call"
        return Finding(name="app subscription", ok=False, detail=detail, next_step=step)


def _about(name: str, missing: Sequence[str], well: str, step: str) -> Finding:
    if not missing:
        return Finding(name=name, ok=True, detail=well)
    return Finding(name=name, ok=False, detail=f"lacks {', '.join(missing)}", next_step=step)


def _names(fields: object) -> list[str]:
    """Field names, which Meta tells bare or as objects."""
    told = fields if isinstance(fields, list) else []
    return [str(mapping(one).get("name", one)) for one in told]
