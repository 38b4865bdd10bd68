"""A brand's lists of names to find in messages, from config.yml or from files of their own."""

from collections.abc import Iterator
from pathlib import Path

from bot.config import Config
from bot.config_problems import validated
from bot.config_sections import ListEntry
from bot.settings_source import Problem, read
from intents.lists import Entry


def list_files(config: Config) -> list[Path]:
    """The files that hold lists."""
    return [given for given in config.understanding.lists.values() if isinstance(given, Path)]


def lists(config: Config) -> dict[str, list[Entry]]:
    """Every list by its name; entries that cannot be read are left out. Raises OSError."""
    return {
        name: [
            Entry(name=entry.name, also=entry.also)
            for entry in (_read(given)[0] if isinstance(given, Path) else given)
        ]
        for name, given in config.understanding.lists.items()
    }


def list_problems(config: Config) -> Iterator[Problem]:
    """What is wrong with the files of lists, each with its place."""
    for file in list_files(config):
        try:
            yield from _read(file)[1]
        except OSError as exc:
            yield Problem(file=str(file), line=1, column=1, message=str(exc.strerror))


def _read(file: Path) -> tuple[list[ListEntry], list[Problem]]:
    source = read(file, {})
    given, problems = source.value, list(source.problems)
    if not isinstance(given, list):
        told = "must be a list: lines that start with '- '"
        return [], problems or [source.problem((), told)]
    entries: list[ListEntry] = []
    for at, one in enumerate(given):
        entry, more = validated(
            ListEntry, {"name": one} if isinstance(one, str) else one, source, place=(at,)
        )
        problems += more
        entries += [entry] if entry else []
    return entries, problems
