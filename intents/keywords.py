"""Match words that a brand declares to mean an intent."""

import re
from collections.abc import Mapping, Sequence

from intents.errors import CatalogError
from intents.match import IntentMatch
from intents.normalize import normalized
from intents.prepared import Prepared

_LATIN = "a-z0-9\u00c0-\u024f"
_LATIN_CHARACTER = re.compile(f"[{_LATIN}]")


class Keywords:
    """Match the longest declared keyword that stands in the message; the earlier one on a tie.

    Latin words and numbers match whole; Chinese matches anywhere, since it has no spaces. Raises
    CatalogError for an empty keyword or one declared for two intents.
    """

    name = "keyword"

    def __init__(self, keywords: Mapping[str, Sequence[str]]) -> None:
        self._declared: dict[str, tuple[str, str]] = {}
        for intent, words in keywords.items():
            for word in words:
                self._declare(intent, word)
        longest_first = sorted(self._declared, key=len, reverse=True)
        # The look-ahead finds keywords that overlap, so that a short one cannot hide a long one.
        self._pattern = re.compile(f"(?=({'|'.join(map(_bounded, longest_first))}))")

    def match(self, prepared: Sequence[Prepared]) -> list[IntentMatch | None]:
        return [self._one(each) for each in prepared]

    def _declare(self, intent: str, word: str) -> None:
        key = normalized(word)
        if not key:
            raise CatalogError(f"keywords.{intent}: an empty keyword")
        other, _ = self._declared.setdefault(key, (intent, word))
        if other != intent:
            raise CatalogError(f"keywords.{intent}: {word!r} is also a keyword of {other}")

    def _one(self, prepared: Prepared) -> IntentMatch | None:
        found = self._pattern.findall(prepared.text) if self._declared else []
        if not found:
            return None
        intent, word = self._declared[max(found, key=len)]
        return prepared.found(intent, source="keyword", evidence=word)


def _bounded(keyword: str) -> str:
    before = f"(?<![{_LATIN}])" if _LATIN_CHARACTER.match(keyword[0]) else ""
    after = f"(?![{_LATIN}])" if _LATIN_CHARACTER.match(keyword[-1]) else ""
    return f"{before}{re.escape(keyword)}{after}"
