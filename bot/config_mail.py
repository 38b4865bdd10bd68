"""The section of config.yml about the mail server."""

import re
from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

_ADDRESS = re.compile(r"[^\s@<>,;\"()]{1,64}@[A-Za-z0-9.-]{1,180}")


def is_address(text: str) -> bool:
    """Whether *text* is a plain mail address such as name@shop.example."""
    return _ADDRESS.fullmatch(text) is not None


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError("must be an address such as reports@shop.example")
    return text


class Mail(BaseModel):
    """The server that takes our mails. With *tls* "none", a password is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    user: str | None = None
    password: SecretStr | None = None
    sender: Annotated[str, AfterValidator(_address)] = Field(alias="from")
    tls: Literal["starttls", "implicit", "none"] = "starttls"

    @model_validator(mode="after")
    def _password_kept_secret(self) -> "Mail":
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password go together")
        if self.password is not None and self.tls == "none" and not _is_here(self.host):
            raise ValueError("a password would be readable on its way; use starttls or implicit")
        return self


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
