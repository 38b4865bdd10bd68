"""What an account that is a YouTube channel needs to know."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from channels.webhook import Secret

_Url = Annotated[str, Field(pattern=r"^https?://")]


class Settings(BaseModel):
    """One YouTube channel.

    *channel* is its id (UC…), *handle* its @name: replies to our replies begin with it. Either
    *token*, an access token, which Google lets live an hour, or *refresh_token*, *client_id* and
    *client_secret*, from which access tokens are made. *daily_units* of quota are used a day, of
    which *reserve_units* are people's. We ask every *poll_seconds*, less often when units run
    short, but every *slowest_seconds*. *held* reads comments that are held for review, too.
    *hide_as* is what hiding does to a comment. *overlap_seconds* is how late YouTube may list what
    was said; *watch_threads* threads are looked at again for new replies, as long as something was
    said there within *watch_days*. *rate* is replies per second.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: Annotated[str, Field(min_length=1)]
    channel: Annotated[str, Field(pattern=r"^UC[A-Za-z0-9_-]+$")]
    handle: Annotated[str, Field(pattern=r"^@\S+$")] | None = None
    token: Secret | None = None
    refresh_token: Secret | None = None
    client_id: Annotated[str, Field(min_length=1)] | None = None
    client_secret: Secret | None = None
    token_url: _Url = "https://oauth2.googleapis.com/token"
    api: _Url = "https://youtube.googleapis.com"
    daily_units: Annotated[int, Field(ge=1)] = 10_000
    reserve_units: Annotated[int, Field(ge=0)] = 1_000
    poll_seconds: Annotated[float, Field(ge=5, le=3600)] = 60
    slowest_seconds: Annotated[float, Field(ge=5, le=86_400)] = 900
    overlap_seconds: Annotated[float, Field(ge=0, le=86_400)] = 300
    watch_days: Annotated[float, Field(ge=0)] = 7
    watch_threads: Annotated[int, Field(ge=0, le=2_000)] = 300
    held: bool = False
    hide_as: Literal["heldForReview", "rejected"] = "heldForReview"
    rate: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Settings":
        renewed = (self.refresh_token, self.client_id, self.client_secret)
        if self.token is None and None in renewed:
            raise ValueError("needs token, or refresh_token, client_id and client_secret")
        if self.token is not None and any(renewed):
            raise ValueError("token and refresh_token exclude each other")
        if self.reserve_units >= self.daily_units:
            raise ValueError("reserve_units must be less than daily_units")
        return self

    @classmethod
    def specimen(cls) -> "Settings":
        """Settings of nobody, to read captured bodies with."""
        return cls(account="none", channel="UCnone", token=SecretStr("none"))

    @property
    def overlap(self) -> timedelta:
        """How late YouTube may list what was said."""
        return timedelta(seconds=self.overlap_seconds)
