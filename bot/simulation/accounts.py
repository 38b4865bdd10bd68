"""The brand's accounts as the fake platform knows them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import SecretStr


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformAccount:
    """One account of the brand. *page* is Meta's page id or LINE's bot user id (the destination).

    *webhook* is the address of the service for this account; None means that nothing is delivered.
    """

    channel: str
    account: str
    page: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    webhook: str | None = None
    app_id: int = 1517776481860111


def account_of(
    channel: str,
    settings: object,
    webhook: str,
    *,
    page: str,
    otherwise: str,
    secret: str = "secret",
    token: str = "token",
) -> PlatformAccount:
    """The account of a channel's *settings*, by the names of its fields.

    *otherwise* is its page where the settings name none.
    """
    return PlatformAccount(
        channel=channel,
        account=str(getattr(settings, "account", "")),
        page=str(getattr(settings, page, None) or otherwise),
        secret=_word(getattr(settings, secret, "")),
        token=_word(getattr(settings, token, "")),
        webhook=webhook,
    )


def _word(value: object) -> str:
    """A secret's word; of several the first."""
    match value:
        case SecretStr():
            return value.get_secret_value()
        case str():
            return value
        case Sequence():
            return _word(value[0])
    return ""
