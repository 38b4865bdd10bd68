"""What one professional account of Instagram needs to know."""

from typing import Any, Literal, Self

from pydantic import model_validator

from channels.meta import AppSettings


class Settings(AppSettings):
    """One account, connected in one of two ways.

    With *login* "instagram" the token is the Instagram user's, the secret the *Instagram* app
    secret. With "facebook" they are the Page's token and the Meta app secret, and both *page* and
    *user* must be told. *user* is the account's id as webhooks name it: events of another are never
    answered; without it the token's own account speaks and all are.
    """

    login: Literal["instagram", "facebook"] = "instagram"
    user: str | None = None
    page: str | None = None

    @property
    def speaker(self) -> str:
        """The Page or the Instagram user, by the way of connecting."""
        return (self.page if self.login == "facebook" else self.user) or "me"

    @property
    def own(self) -> str | None:
        """The Instagram account's id, whichever way it is connected."""
        return self.user

    @model_validator(mode="before")
    @classmethod
    def _host(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("login") == "facebook":
            return given
        return {"api": "https://graph.instagram.com", **given}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.login == "facebook" and not (self.page and self.user):
            raise ValueError("login facebook needs both page and user")
        return self
