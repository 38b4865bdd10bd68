"""Customers' words without what tells who they are, to learn from."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from intents.entities import PLACEHOLDERS, reading
from intents.match import Utterance
from intents.personal import replaced_personal
from intents.prepared import prepared

# An example learns from what stands here as from what stood there: both are read as the same kind.
SPECIMENS = {
    "url": "https://example.com",
    "email": "name@example.com",
    "phone": "0900000000",
    "order_number": "A00000000",
    "name": "@name",
    "number": "0000",
}
_UNNAMED = "0000"
_PLACES = {sign: SPECIMENS.get(kind, _UNNAMED) for kind, sign in PLACEHOLDERS.items()}
_PLACE = re.compile(f" ?([{''.join(_PLACES)}]) ?")
_SHOWN = 2
_PERSONAL = frozenset({"phone", "email", "name", "address", "card", "id"})


def masked(text: str) -> str:
    """*text* with a specimen for each order number, phone, address, name and long number in it."""
    text = replaced_personal(text, _specimen)
    told = _PLACE.sub(lambda found: f" {_PLACES[found[1]]} ", reading(text).masked)
    return " ".join(told.split())


def _specimen(mask: str, written: str) -> str | None:
    """Somebody's name or street in the same script; what else is masked is read as an entity."""
    if mask == "address":
        return " 1 Main Street " if written.isascii() else " 中山路1號 "
    if mask != "name":
        return None
    if written.isascii():
        return "Alex"
    return "王小明" if len(written) > 1 else "王"


def folded(text: str) -> str | None:
    """What all messages share that say the same word for word, as a digest; None without a word."""
    words = prepared(Utterance(text=text)).tokens
    if not any(map(str.isalnum, words)):
        return None
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def harmless(entity: Mapping[str, Any]) -> str:
    """What of an entity's value may be read over somebody's shoulder."""
    value = str(entity.get("value") or "")
    return hinted(value) if entity.get("name") in _PERSONAL else value


def hinted(value: str) -> str:
    """A value of which only the last two characters can be read."""
    hidden = max(len(value) - _SHOWN, 0)
    return "•" * hidden + (value[hidden:] if hidden > _SHOWN else "•" * (len(value) - hidden))
