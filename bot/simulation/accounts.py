"""The brand's accounts as the fake platform knows them."""

from dataclasses import dataclass, field

META = ("messenger", "page_comments")


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
