"""What a brand chose about counted links, and the signatures that go with them."""

import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from bot.config import Config

_REFERENCE = re.compile(r"([1-9][0-9]{0,17})\.([0-9a-f]{24})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """How links are counted: those to *hosts*, by addresses below *base*, for as long as *keep*.

    *key* signs: a click's reference under a key of its own, the brand's reports under the key
    itself. A conversion counts *within* so long of the click.
    """

    base: str
    hosts: frozenset[str]
    key: bytes
    keep: timedelta
    within: timedelta

    def address(self, link_id: str) -> str:
        """The address that counts the link *link_id*."""
        return f"{self.base}/l/{link_id}"

    def reference(self, click_id: int) -> str:
        """What the brand's site is told of a click, and tells us again: no other can be made up."""
        return f"{click_id}.{self._signature(click_id)}"

    def click(self, reference: str) -> int | None:
        """The click of a *reference*; None if it is not from us."""
        found = _REFERENCE.fullmatch(reference)
        if found is None or not hmac.compare_digest(self._signature(int(found[1])), found[2]):
            return None
        return int(found[1])

    def signed(self, body: bytes, claimed: str) -> bool:
        """Whether *claimed* is "sha256=" and the HMAC-SHA256 of *body* in hex."""
        expected = "sha256=" + hmac.new(self.key, body, sha256).hexdigest()
        return hmac.compare_digest(expected.encode(), claimed.encode(errors="replace"))

    def _signature(self, click_id: int) -> str:
        # Not the bare key: a signature of the brand's must never be one of ours.
        own = hmac.new(self.key, b"antiphon click reference", sha256).digest()
        return hmac.new(own, str(click_id).encode(), sha256).hexdigest()[:24]


def counting(config: Config) -> Counting | None:
    """What *config* says of counted links; None where they are off."""
    chosen, base = config.links, config.web.public_url
    if not chosen.count or chosen.key is None or base is None:
        return None
    return Counting(
        base=base,
        hosts=frozenset(chosen.hosts),
        key=chosen.key.get_secret_value().encode(),
        keep=chosen.keep,
        within=chosen.attribute_within,
    )
