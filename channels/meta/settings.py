"""What accounts behind a Meta app need to know."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from channels.webhook import Secret, Secrets


class AppSettings(BaseModel):
    """One account of one app.

    *secret* is the app secret, or a list of them while it is being rotated; *token* the account's
    access token. *rate* is messages per second, where Meta grants another than it documents.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    account: Annotated[str, Field(min_length=1)]
    secret: Secrets
    verify_token: Secret
    token: Secret
    app_id: str | None = None
    api: Annotated[str, Field(pattern=r"^https?://")] = "https://graph.facebook.com"
    rate: Annotated[float, Field(gt=0)] | None = None
    version: Annotated[str, Field(pattern=r"^v\d+\.\d+$")] = "v25.0"

    @property
    def speaker(self) -> str:
        """The node in whose name we speak: the token's own unless we know better."""
        return "me"

    @property
    def own(self) -> str | None:
        """The account's id as webhooks name it; None where we were not told."""
        return None


class PageSettings(AppSettings):
    """One Page of one app.

    Events of another Page than *page* are never answered; without it the token's own Page speaks
    and all are. *app_id* tells our echoes from those of other apps and of people.
    """

    page: str | None = None

    @property
    def speaker(self) -> str:
        """The Page."""
        return self.page or "me"

    @property
    def own(self) -> str | None:
        """The Page's id."""
        return self.page
