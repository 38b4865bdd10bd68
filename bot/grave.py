"""Hear what only people may answer, whatever else a message says: law, harm, threats, insults.

The words in `grave.yml` are sure by themselves; the intents `danger` and `legal_threat` hear what
is said in others. A person called for nothing costs less than a bot that answers here.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from re import Pattern

from bot.phrases import patterns
from intents.normalize import normalized

FILE = Path(__file__).with_name("grave.yml")
UNKIND = frozenset({"a threat", "an insult"})
_READ = 2_000


@dataclass(frozen=True, slots=True)
class Grave:
    """What was found: *words*, normalised, and of which *kind*."""

    kind: str
    words: str


def grave(text: str) -> Grave | None:
    """The first words in *text* that are a person's business, None if there are none."""
    plain = normalized(text[:_READ])
    for kind, pattern in _kinds():
        found = pattern.search(plain)
        if found is not None:
            return Grave(kind, found[0])
    return None


@lru_cache(maxsize=1)
def _kinds() -> tuple[tuple[str, Pattern[str]], ...]:
    return tuple(patterns(FILE).items())
