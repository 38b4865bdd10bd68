"""The settings of one X account, for its direct messages and its posts alike."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from channels.webhook import Secret, Secrets

UserId = Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]
Calls = Annotated[int, Field(ge=1)]


class Settings(BaseModel):
    """One account on X.

    *secret* is the app's API secret, which signs webhooks; the first of a list answers X's check.
    *token* acts for the account: by OAuth 2.0 on its own, by OAuth 1.0a together with *key* (the
    app's API key) and *token_secret*. *app_token* is the app's own, for setting up the webhook.
    *user_id* is the account's: events for somebody else are never answered.

    X's limits are settings, for its pages disagree. *kept_for_people* is the share of each that no
    bot may use. *rate* is messages per second, where X takes other bursts than ours. With
    *post_links* off, a bot's posts lose their links, which cost more.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: Annotated[str, Field(min_length=1)]
    user_id: UserId | None = None
    secret: Secrets
    token: Secret
    key: str | None = None
    token_secret: Secret | None = None
    app_token: Secret | None = None
    api: Annotated[str, Field(pattern=r"^https?://")] = "https://api.x.com"
    post_links: bool = True
    kept_for_people: Annotated[float, Field(ge=0, lt=1)] = 0.2
    direct_per_quarter_hour: Calls = 15
    direct_per_day: Calls = 1440
    posts_per_quarter_hour: Calls = 100
    posts_per_day: Calls = 10_000
    rate: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.key is None) != (self.token_secret is None):
            raise ValueError("key and token_secret go together")
        return self
