"""What both adapters of an Instagram account do alike, in either way of connecting."""

from typing import ClassVar

from pydantic import SecretStr

from channels import meta
from channels.base import Finding
from channels.instagram.settings import Settings


class InstagramAccount(meta.ConnectedAdapter[Settings]):
    """One professional account."""

    webhook: ClassVar[str] = "instagram"
    about: ClassVar[str] = "instagram"

    @property
    def _app_token(self) -> SecretStr | None:
        # With Instagram Login only the dashboard knows the app's webhook.
        return super()._app_token if self._settings.login == "facebook" else None

    @property
    def _asset_fields(self) -> tuple[str, ...]:
        # Facebook Login: the fields are the app's; the Page must only be subscribed for something.
        return ("feed",) if self._settings.login == "facebook" else self.fields

    async def _own(self) -> str:
        if self._settings.user:
            return self._settings.user
        return str((await self._graph.get("me", {"fields": "user_id"})).get("user_id", ""))

    async def _token(self) -> Finding:
        if self._settings.login == "facebook":
            return await super()._token()
        node = await self._graph.get("me", {"fields": "user_id,username"})
        return self._speaks_for(str(node.get("user_id", "")), str(node.get("username", "")))
