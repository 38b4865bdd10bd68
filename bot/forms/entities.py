"""Find a brand's own entities in a message: words from its lists, and what its patterns match."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import regex
import yaml
from pydantic import BaseModel, ConfigDict

from intents.normalize import half_width

# In seconds. A brand's pattern may be one that never ends.
_LONGEST_SEARCH = 0.05
_MAX_TEXT = 2_000


class _Entity(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    words: dict[str, tuple[str, ...]] = {}
    patterns: tuple[str, ...] = ()


class Entities:
    """What to look for. *words* maps an entity to its values and how customers write each."""

    def __init__(
        self,
        words: Mapping[str, Mapping[str, Sequence[str]]],
        patterns: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._values = {
            entity: {half_width(word).lower(): value for value, word in _spelled(values)}
            for entity, values in words.items()
        }
        self._searches = [
            *((entity, _any_of(known)) for entity, known in self._values.items() if known),
            *(
                (entity, regex.compile(pattern, regex.IGNORECASE))
                for entity, all_of in (patterns or {}).items()
                for pattern in all_of
            ),
        ]

    @property
    def names(self) -> frozenset[str]:
        """What may be found."""
        return frozenset(name for name, _ in self._searches)

    @classmethod
    def read(cls, file: Path) -> "Entities":
        """Read them from a YAML file: for each entity `words` (value: [spellings]) and `patterns`.

        Raises ValueError.
        """
        # As written: every value is text, 1 and no as well.
        loaded = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        entities = {name: _Entity.model_validate(each) for name, each in (loaded or {}).items()}
        return cls(
            {name: each.words for name, each in entities.items()},
            {name: each.patterns for name, each in entities.items()},
        )

    def found(self, text: str) -> list[dict[str, Any]]:
        """The entities of *text* as rasa-sdk knows them, the longest word at each place.

        Raises TimeoutError when a pattern takes too long.
        """
        plain = half_width(text[:_MAX_TEXT])
        return [
            {
                "entity": entity,
                "value": self._value(entity, match[0]),
                "start": match.start(),
                "end": match.end(),
            }
            for entity, search in self._searches
            for match in search.finditer(plain, timeout=_LONGEST_SEARCH)
            if match[0]
        ]

    def _value(self, entity: str, written: str) -> str:
        return self._values.get(entity, {}).get(written.lower(), written)


def _spelled(values: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    for value, words in values.items():
        yield value, value
        for word in words:
            yield value, word


def _any_of(words: Mapping[str, str]) -> "regex.Pattern[str]":
    longest_first = sorted(words, key=len, reverse=True)
    return regex.compile("|".join(map(_bounded, longest_first)), regex.IGNORECASE)


def _bounded(word: str) -> str:
    """A word that is part of a longer one is another word; Chinese has no such boundaries."""
    before = r"(?<![A-Za-z0-9])" if word[0].isascii() and word[0].isalnum() else ""
    after = r"(?![A-Za-z0-9])" if word[-1].isascii() and word[-1].isalnum() else ""
    return f"{before}{regex.escape(word)}{after}"
