"""What an account on a platform of Meta's needs to know."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from channels.webhook import Secret, Secrets


class AppSettings(BaseModel):
    """One account of one app.

    *secret* is the app secret, or a list of them while it is being rotated. *rate* is messages per
    second, where Meta grants another than it documents.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    account: Annotated[str, Field(min_length=1)]
    secret: Secrets
    verify_token: Secret
    token: Secret
    api: Annotated[str, Field(pattern=r"^https?://")] = "https://graph.facebook.com"
    rate: Annotated[float, Field(gt=0)] | None = None
    version: Annotated[str, Field(pattern=r"^v\d+\.\d+$")] = "v25.0"


class PageSettings(AppSettings):
    """One Page.

    *token* is the Page's access token. Events of another Page than *page* are never answered;
    without it the token's own Page speaks and all are. *app_id* tells our echoes from those of
    other apps and of people.
    """

    page: str | None = None
    app_id: str | None = None
