"""Writes what agents taught as files of the brand's own: intents, and texts for the new ones."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from bot.config import Config
from bot.taught import Taught, TaughtIntent
from bot.understanding import brand_catalog
from intents.catalog import Intent


class NotEmpty(Exception):
    """There are files of that name; choose a new folder and compare."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file} is there already; choose a new folder, nothing was written")


def keep(config: Config, taught: Taught, folder: Path) -> list[Path]:
    """Write what was *taught* into *folder*; returns the files.

    An intent is written whole, since in a brand's own folder it takes the place of the built-in
    one: `intents/NAME.yml`, and for a new one its texts, `responses/LANGUAGE/NAME.j2`. Raises
    NotEmpty, and OSError.
    """
    files = dict(_files(config, taught))
    for name in files:
        if (folder / name).exists():
            raise NotEmpty(folder / name)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def rules(taught: Taught) -> str:
    """What config.yml needs for the new intents that people answer, as YAML; maybe nothing."""
    answers = {name: {"handoff": answer.handoff} for name, answer in taught.rules().items()}
    return yaml.safe_dump({"answers": answers}) if answers else ""


def _files(config: Config, taught: Taught) -> Iterator[tuple[str, str]]:
    named = {each.intent for each in taught.examples}
    for intent in brand_catalog(config, taught).intents:
        if intent.name in named:
            yield f"intents/{intent.name}.yml", _intent(intent)
    for each in taught.intents:
        yield from _texts(each)


def _intent(intent: Intent) -> str:
    examples: dict[str, list[str]] = {}
    for each in intent.examples:
        told = examples.setdefault(each.language, [])
        if each.text not in told:
            told.append(each.text)
    # A catalogue's intent has two examples at least.
    label = {"label": dict(intent.label)} if intent.label else {}
    lines = {"intent": intent.name, **label, "examples": examples}
    return yaml.safe_dump(lines, allow_unicode=True, sort_keys=False, width=1_000)


def _texts(intent: TaughtIntent) -> Iterator[tuple[str, str]]:
    if intent.handoff:
        return
    for language, text in intent.answers:
        # In a template, a brace begins what is filled in.
        yield f"responses/{language}/{intent.name}.j2", text.replace("{", "{{ '{' }}") + "\n"
