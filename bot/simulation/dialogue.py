"""The demo customers' dialogues, read from dialogues/*.yml."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, field_validator

FOLDER = Path(__file__).parent / "dialogues"
LANGUAGES = ("zh-Hant", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a customer says before they wait: one message or a burst.

    *reply*: silence would be a fault.
    """

    say: tuple[str, ...]
    reply: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """One customer's errand. *topic* is what a person would call it: an intent's name, or spam."""

    topic: str
    language: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogues:
    """All dialogues of one language: in private, and under posts."""

    direct: tuple[Dialogue, ...]
    comments: tuple[Dialogue, ...]


class _Turn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    say: tuple[str, ...]
    reply: bool = True

    @field_validator("say", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class _Dialogue(_Turn):
    topic: str
    then: tuple[_Turn, ...] = ()


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    direct: tuple[_Dialogue, ...]
    comments: tuple[_Dialogue, ...]


@cache
def dialogues(language: str) -> Dialogues:
    """The dialogues of *language*, zh-Hant or en."""
    text = (FOLDER / f"{language}.yml").read_text(encoding="utf-8")
    file = _File.model_validate(yaml.safe_load(text))
    return Dialogues(
        direct=tuple(_dialogue(each, language) for each in file.direct),
        comments=tuple(_dialogue(each, language) for each in file.comments),
    )


def _dialogue(read: _Dialogue, language: str) -> Dialogue:
    first = Turn(say=read.say, reply=read.reply)
    # Later turns may meet a bot that has called a person and keeps quiet: rightly.
    rest = tuple(Turn(say=turn.say, reply=False) for turn in read.then)
    return Dialogue(topic=read.topic, language=language, turns=(first, *rest))
