"""Hear what only people may answer, whatever else a message says: law, harm, threats, insults.

The words in `grave.yml` are sure by themselves; the intents `danger` and `legal_threat` hear what
is said in others. A person called for nothing costs less than a bot that answers here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from intents.normalize import normalized

FILE = Path(__file__).with_name("grave.yml")
UNKIND = frozenset({"a threat", "an insult"})
_READ = 2_000
_PART = re.compile("<([a-z]+)>")


@dataclass(frozen=True, slots=True)
class Grave:
    """What was found: *words*, normalised, and of which *kind*."""

    kind: str
    words: str


def grave(text: str) -> Grave | None:
    """The first words in *text* that are a person's business, None if there are none."""
    plain = normalized(text[:_READ])
    for kind, pattern in _patterns():
        found = pattern.search(plain)
        if found is not None:
            return Grave(kind, found[0])
    return None


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    listed = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    parts = {name: f"(?:{'|'.join(words)})" for name, words in listed.pop("parts").items()}
    return tuple((kind, _pattern(words, parts)) for kind, words in listed.items())


def _pattern(words: Mapping[str, Sequence[str]], parts: Mapping[str, str]) -> re.Pattern[str]:
    chinese = "|".join(map(normalized, words["zh-Hant"]))
    english = _PART.sub(lambda part: parts[part[1]], "|".join(words["en"]))
    return re.compile(rf"{chinese}|\b(?:{english})\b")
