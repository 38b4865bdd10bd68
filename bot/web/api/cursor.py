"""Where a list goes on: after which row of which question, as known at which instant."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from bot.web.api.problems import Problem

# They say where to go on and how much to give, not what is asked.
_APART = frozenset({"cursor", "limit", "as_of"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Go on after the row numbered *after* of what was known at *as_of*."""

    as_of: datetime
    after: int

    def text(self, path: str, given: Mapping[str, str]) -> str:
        """Write it down for the question at *path* with the filters *given*."""
        told = [self.as_of.isoformat(), self.after, _question(path, given)]
        return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def read(text: str, path: str, given: Mapping[str, str]) -> Cursor:
    """Read what `text` wrote for the same question. Raises Problem."""
    try:
        padded = text + "=" * (-len(text) % 4)
        as_of, after, question = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        found = Cursor(as_of=datetime.fromisoformat(as_of), after=int(after))
    except (ValueError, TypeError, binascii.Error, RecursionError) as exc:
        raise Problem("wrong-cursor", "This is no cursor; take it from next, whole.") from exc
    same_instant = "as_of" not in given or _is(given["as_of"], found.as_of)
    if question != _question(path, given) or found.as_of.tzinfo is None or not same_instant:
        raise Problem(
            "wrong-cursor",
            "The cursor is from an answer to another question; keep path and filters, or begin "
            "without a cursor.",
        )
    return found


def _is(text: str, at: datetime) -> bool:
    try:
        return datetime.fromisoformat(text) == at
    except (ValueError, TypeError):
        return False


def _question(path: str, given: Mapping[str, str]) -> str:
    kept = sorted((name, value) for name, value in given.items() if name not in _APART)
    return sha256(json.dumps([path, kept]).encode()).hexdigest()[:16]
