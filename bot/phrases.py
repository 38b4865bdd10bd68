"""Read lists of phrases from a YAML file, each list as one pattern over normalised text.

A phrase is a regular expression. ``zh-Hant`` is written in traditional characters and found in both
scripts; ``en`` stands between word borders; ``signs`` stand anywhere. ``<name>`` is one of *parts*.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from intents.normalize import normalized

_PART = re.compile("<([a-z]+)>")


def patterns(file: Path) -> dict[str, re.Pattern[str]]:
    """The patterns of *file* by name, in its order."""
    listed = yaml.safe_load(file.read_text(encoding="utf-8"))
    parts = {name: f"(?:{'|'.join(words)})" for name, words in listed.pop("parts", {}).items()}
    return {name: _pattern(phrases, parts) for name, phrases in listed.items()}


def _pattern(phrases: Mapping[str, Sequence[str]], parts: Mapping[str, str]) -> re.Pattern[str]:
    english = _PART.sub(lambda part: parts[part[1]], "|".join(phrases["en"]))
    anywhere = [*phrases.get("signs", ()), *map(normalized, phrases["zh-Hant"])]
    return re.compile("|".join([*anywhere, rf"\b(?:{english})\b"]))
