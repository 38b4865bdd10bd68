"""Calls to the X API for one account."""

import secrets
from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from channels.base import Answer, Context, Profile
from channels.errors import Unauthorized
from channels.http import call_json
from channels.x.answers import taken
from channels.x.settings import Settings
from channels.x.signing import Keys, authorization

# A list is read no further back than this, so that a long silence is not paid for at once.
_MOST_PAGES = 5


class Api:
    """Signs calls for the account, or for the app where X wants that."""

    def __init__(self, settings: Settings, context: Context, *, channel: str) -> None:
        self._settings = settings
        self._root = settings.api.rstrip("/")
        self._http = context.http
        self._clock = context.clock
        self._channel = channel
        self._keys = _keys(settings)
        self._user_id = settings.user_id

    async def call(
        self,
        method: str,
        path: str,
        payload: Mapping[str, object] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        as_app: bool = False,
    ) -> Answer:
        """Call *path*; return what X answers. Raises a SendError where there is no answer."""
        url = f"{self._root}{path}"
        return await call_json(
            self._http,
            method,
            url,
            payload,
            channel=self._channel,
            headers={"Authorization": self._authorization(method, url, query or {}, as_app)},
            query=query,
        )

    async def data(
        self,
        method: str,
        path: str,
        payload: Mapping[str, object] | None = None,
        *,
        as_app: bool = False,
    ) -> Mapping[str, object]:
        """The `data` that X answers with. Raises the SendError that another answer means."""
        answer = await self.call(method, path, payload, as_app=as_app)
        return taken(answer, channel=self._channel, now=self._clock())

    async def entries(self, path: str, *, as_app: bool = False) -> list[Mapping[str, object]]:
        """The objects that X lists at *path*, its first page."""
        answer = await self.call("GET", path, as_app=as_app)
        taken(answer, channel=self._channel, now=self._clock())
        listed = answer.body.get("data")
        return [each for each in _list(listed) if isinstance(each, dict)]

    async def pages(
        self, path: str, query: Mapping[str, str]
    ) -> AsyncIterator[Mapping[str, object]]:
        """The pages of a list, newest first."""
        wanted = dict(query)
        for _ in range(_MOST_PAGES):
            answer = await self.call("GET", path, query=wanted)
            taken(answer, channel=self._channel, now=self._clock())
            yield answer.body
            about = answer.body.get("meta")
            token = about.get("next_token") if isinstance(about, dict) else None
            if not isinstance(token, str):
                return
            wanted["pagination_token"] = token

    async def user_id(self) -> str:
        """The account's own id: its setting, else X's word."""
        if self._user_id is None:
            found = await self.data("GET", "/2/users/me")
            self._user_id = str(found.get("id") or "")
        return self._user_id

    async def profile(self, user: str) -> Profile:
        """Who *user* is. X bills every look."""
        query = {"user.fields": "name,username,profile_image_url"}
        answer = await self.call("GET", f"/2/users/{user}", query=query)
        found = taken(answer, channel=self._channel, now=self._clock())
        return Profile(
            name=_text(found.get("name")),
            username=_text(found.get("username")),
            picture_url=_text(found.get("profile_image_url")),
        )

    def bearer(self) -> Mapping[str, str]:
        """The header for what only OAuth 2.0 may read; Unauthorized where there is none."""
        if self._keys is not None:
            raise Unauthorized(self._channel, "X shows these files to OAuth 2.0 tokens only")
        return {"Authorization": f"Bearer {self._settings.token.get_secret_value()}"}

    def _authorization(self, method: str, url: str, query: Mapping[str, str], as_app: bool) -> str:
        app = self._settings.app_token
        if as_app:
            if app is None:
                raise Unauthorized(self._channel, "app_token is not set")
            return f"Bearer {app.get_secret_value()}"
        if self._keys is None:
            return f"Bearer {self._settings.token.get_secret_value()}"
        at = int(self._clock().timestamp())
        return authorization(self._keys, method, url, query, at=at, nonce=secrets.token_hex(16))


def stamp(at: datetime) -> str:
    """*at* as X reads times."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _keys(settings: Settings) -> Keys | None:
    if settings.key is None or settings.token_secret is None:
        return None
    return Keys(
        key=settings.key,
        secret=settings.secret[0].get_secret_value(),
        token=settings.token.get_secret_value(),
        token_secret=settings.token_secret.get_secret_value(),
    )


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
