"""What forms of the review pages say: an example, an intent, a new intent with its answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bot import catalogs
from bot.config import Config
from bot.masking import folded, masked
from bot.web.keys import CONFIG
from bot.web.words import LANGUAGES, words
from intents.catalog import MAX_LABEL
from intents.match import Utterance
from intents.prepared import prepared

LONGEST = 500
LONGEST_ANSWER = 2000
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Unfit(Exception):
    """What the form says cannot be taught. *kind* names why, in the words of the templates."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIntent:
    """An intent to start; a person answers where *handoff*.

    *answers* are by language, and so is *label*, what customers call it; {} if none was given.
    """

    name: str
    handoff: bool
    answers: dict[str, str]
    label: dict[str, str]


def intents(request: web.Request, started: list[str]) -> list[str]:
    """Every intent that can be taught: the brand's, and those that agents *started*."""
    config = request.app[CONFIG]
    own = catalogs.names(config.catalog_folders, config.understanding.built_in)
    return sorted({*own, *started})


def example(fields: Mapping[str, str]) -> str:
    """The text to learn from; what is personal in it is masked, whatever the agent left. Unfit."""
    text = masked(fields.get("text", ""))
    if folded(text) is None:
        raise Unfit("wordless")
    if len(text) > LONGEST:
        raise Unfit("long")
    return text


def chosen(fields: Mapping[str, str], known: list[str]) -> str:
    """The intent that a button or the search box names, by any of its names. Raises Unfit."""
    named = (fields.get("intent") or fields.get("other", "")).strip()
    if named in known:
        return named
    told = {
        words(language).name("intent", name).casefold(): name
        for name in known
        for language in LANGUAGES
    }
    if named.casefold() not in told:
        raise Unfit("no_intent" if not named else "unknown_intent")
    return told[named.casefold()]


def new_intent(fields: Mapping[str, str], known: list[str], config: Config) -> NewIntent:
    """The intent to start. Raises Unfit."""
    name = fields.get("name", "").strip()
    if not NAME.fullmatch(name):
        raise Unfit("name")
    if name in known:
        raise Unfit("name_taken")
    if fields.get("what") != "answer":
        return NewIntent(name=name, handoff=True, answers={}, label={})
    answers = {
        language: fields.get(f"answer-{language}", "").replace("\r\n", "\n").strip()
        for language in config.brand.languages
    }
    if not all(0 < len(text) <= LONGEST_ANSWER for text in answers.values()):
        raise Unfit("answers")
    return NewIntent(name=name, handoff=False, answers=answers, label=_label(fields, config))


def _label(fields: Mapping[str, str], config: Config) -> dict[str, str]:
    label = {
        language: " ".join(fields.get(f"label-{language}", "").split())
        for language in config.brand.languages
    }
    if not any(label.values()):
        return {}
    if not all(0 < len(text) <= MAX_LABEL for text in label.values()):
        raise Unfit("label")
    return label


def language_of(text: str, *, said: str, config: Config) -> str:
    """The language of an example: its own, else that of the message, else the brand's first."""
    return prepared(Utterance(text=text)).language or said or config.brand.languages[0]
