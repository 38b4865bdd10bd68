"""The access token: given, or made of a refresh token and made anew before it ends.

https://developers.google.com/identity/protocols/oauth2/web-server#offline
"""

import asyncio
from datetime import datetime, timedelta

from channels.base import Answer, Context
from channels.errors import ChannelUnavailable, DeliveryUnknown, SendError, Unauthorized
from channels.http import call_json
from channels.youtube.settings import Settings

# A token that is refused so soon was never good: another one would not be either.
_FRESH = timedelta(seconds=60)
# Spent on the way: a token that ends meanwhile is refused.
_MARGIN = timedelta(seconds=60)
_USUAL_LIFE = 3600


class Access:
    """Signs calls in."""

    def __init__(self, settings: Settings, context: Context, *, channel: str) -> None:
        self._settings = settings
        self._context = context
        self._channel = channel
        self._token = settings.token.get_secret_value() if settings.token else None
        self._made_at: datetime | None = None
        self._ends_at: datetime | None = None
        self._asking = asyncio.Lock()

    async def headers(self) -> dict[str, str]:
        """The headers that sign a call in. Raises Unauthorized or ChannelUnavailable."""
        async with self._asking:
            if self._token is None or self._ended:
                await self._renew()
        return {"Authorization": f"Bearer {self._token}"}

    def refused(self) -> bool:
        """The platform refuses the token; tells whether a new one may help."""
        if self._settings.refresh_token is None:
            return False
        self._token = None
        return self._made_at is not None and self._context.clock() - self._made_at > _FRESH

    @property
    def _ended(self) -> bool:
        return self._ends_at is not None and self._context.clock() >= self._ends_at

    async def _renew(self) -> None:
        settings = self._settings
        form = {
            "grant_type": "refresh_token",
            "client_id": settings.client_id or "",
            "client_secret": settings.client_secret.get_secret_value()
            if settings.client_secret
            else "",
            "refresh_token": settings.refresh_token.get_secret_value()
            if settings.refresh_token
            else "",
        }
        asked_at = self._context.clock()
        try:
            answer = await call_json(
                self._context.http,
                "POST",
                settings.token_url,
                channel=self._channel,
                headers={},
                form=form,
            )
        except DeliveryUnknown as exc:
            # Nothing was said to a customer yet: asking again does no harm.
            raise ChannelUnavailable(self._channel, "no access token came") from exc
        token, life = answer.body.get("access_token"), answer.body.get("expires_in")
        if not answer.accepted or not isinstance(token, str):
            raise self._refusal(answer)
        self._token, self._made_at = token, asked_at
        seconds = life if isinstance(life, int) and life > 0 else _USUAL_LIFE
        self._ends_at = asked_at + timedelta(seconds=seconds) - _MARGIN

    def _refusal(self, answer: Answer) -> SendError:
        if answer.status in {400, 401, 403}:
            # invalid_grant: the brand took the permission back, or the token is too old.
            reason = answer.body.get("error")
            named = reason if isinstance(reason, str) and reason.isidentifier() else "refused"
            return Unauthorized(self._channel, f"no access token: {named[:40]}")
        return ChannelUnavailable(self._channel, f"no access token: {answer.status}")
