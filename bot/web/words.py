"""What agents read, in each language of the desk."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "words"
LANGUAGES: Mapping[str, str] = {"zh-Hant": "中文", "en": "English"}
LOCALES: Mapping[str, str] = {"zh-Hant": "zh_Hant_TW", "en": "en_GB"}


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language; *texts* by dotted key."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The text of *key* with *values* filled in. Raises KeyError for an unknown key."""
        text = self.texts[key]
        return text.format(**values) if values else text

    def name(self, group: str, word: str | None) -> str:
        """What people call *word*, one of an open set such as intents; the word if nobody knows."""
        return self.texts.get(f"{group}.{word}", word or "")


@cache
def words(language: str) -> Words:
    """All texts of *language*; several files of one language add up."""
    texts: dict[str, str] = {}
    for path in sorted(FOLDER.glob(f"*{language}.toml")):
        texts |= _flat(tomllib.loads(path.read_text(encoding="utf-8")))
    return Words(language, texts)


def spoken(accepted: str, *, default: str) -> str:
    """The desk's language for an Accept-Language header."""
    for part in accepted.split(","):
        tag = part.partition(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh-Hant"
        if tag.startswith("en"):
            return "en"
    return default if default in LANGUAGES else "en"


def _flat(table: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = str(value)
    return flat
