"""What a brand chooses in config.yml, read and checked as a whole."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, SecretStr

from bot import adapters
from bot.adapters import ADAPTERS
from bot.config_problems import validated
from bot.config_sections import (
    Answer,
    Brand,
    CommentAnswer,
    Desk,
    Freshness,
    HandOffRules,
    Redis,
    Sections,
    Store,
    Understanding,
    Web,
)
from bot.config_words import BUILT_IN_CATALOG
from bot.settings_source import Place, Problem, Source, did_you_mean, read

__all__ = [
    "BUILT_IN_CATALOG",
    "AccountSettings",
    "Answer",
    "Brand",
    "CommentAnswer",
    "Config",
    "ConfigError",
    "Desk",
    "Freshness",
    "HandOffRules",
    "Problem",
    "Redis",
    "Store",
    "Understanding",
    "Web",
    "load",
]

_PACKAGES = Path(__file__).parents[1]
# "sqlite" is no secret, and masking a shorter word would blot out half of every line.
_SHORTEST_SECRET = 8
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class ConfigError(Exception):
    """The configuration is wrong. *problems* holds everything that was found, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class AccountSettings(Protocol):
    """What the Settings of every adapter have in common."""

    @property
    def account(self) -> str: ...


class Config(Sections):
    """One whole config.yml, from *file*; all paths in it are absolute.

    *channels* maps a channel's name to the Settings of its accounts, of the class that the
    channel's own module defines.
    """

    # It is put together from parts that were validated, so no validator of its own is built.
    model_config = ConfigDict(arbitrary_types_allowed=True, defer_build=True)

    file: Path
    channels: dict[str, tuple[Any, ...]]

    @property
    def folder(self) -> Path:
        """The brand's folder: where config.yml lies and from where its actions are imported."""
        return self.file.parent

    @property
    def catalog_folders(self) -> tuple[Path, ...]:
        """Where intents are found; a later folder replaces an earlier one's intent by name."""
        return _distinct(BUILT_IN_CATALOG, self.understanding.catalog)

    @property
    def response_folders(self) -> tuple[Path, ...]:
        """Where templates are found; the first folder that has one wins."""
        return _distinct(self.responses, built_in_responses())

    def secrets(self) -> list[str]:
        """Every secret word in it, to keep them out of the logs."""
        everything = [getattr(self, name) for name in type(self).model_fields]
        return [word for word in _secrets(everything) if len(word) >= _SHORTEST_SECRET]

    def accounts(self) -> list[tuple[str, AccountSettings]]:
        """Every configured account as (channel, settings)."""
        return [(name, each) for name, all_of in self.channels.items() for each in all_of]


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """Read and check *path*; ${NAME} in its values comes from *environ*.

    Raises ConfigError with every problem of the file. Whether the intents and templates that it
    names exist is not checked here but by `bot.checks`.
    """
    source = read(path, environ)
    if not isinstance(source.value, dict):
        raise ConfigError(source.problems or [source.problem((), "the file holds no settings")])
    # A section whose every line is commented out is as good as absent.
    given = {key: value for key, value in source.value.items() if value is not None}
    channels, problems = _channels(source, given.pop("channels", None))
    sections, more = validated(
        Sections, given, source, also=["channels"], context={"folder": path.resolve().parent}
    )
    # What an unset variable leaves behind is wrong only because of it.
    told = {(problem.line, problem.column) for problem in source.problems}
    problems += [problem for problem in more if (problem.line, problem.column) not in told]
    problems += source.problems
    if sections is None or problems:
        raise ConfigError(problems)
    chosen = {name: getattr(sections, name) for name in Sections.model_fields}
    return Config.model_construct(file=path.resolve(), channels=channels, **chosen)


def built_in_responses() -> Path:
    """The folder of the templates that come with us: in the wheel, else in the checkout."""
    in_wheel = Path(__file__).parent / "_responses"
    return in_wheel if in_wheel.is_dir() else _PACKAGES / "responses"


def demo_brand() -> Path:
    """The config.yml of the demo brand: in the wheel, else in the checkout."""
    in_wheel = Path(__file__).parent / "demo" / "config.yml"
    return in_wheel if in_wheel.is_file() else _PACKAGES / "config.yml"


def _channels(
    source: Source, value: Any
) -> tuple[dict[str, tuple[AccountSettings, ...]], list[Problem]]:
    if not isinstance(value, dict) or not value:
        return {}, [source.problem(("channels",), "no channel is configured; webchat needs least")]
    found: dict[str, tuple[AccountSettings, ...]] = {}
    problems: list[Problem] = []
    for name, accounts in value.items():
        place = ("channels", name)
        if name not in ADAPTERS:
            hint = did_you_mean(name, ADAPTERS) or f"; there are {', '.join(ADAPTERS)}"
            problems.append(source.problem(place, f"unknown channel{hint}", at_key=True))
        elif not isinstance(accounts, list) or not accounts:
            message = "must be a list of accounts, each starting with '- account: NAME'"
            problems.append(source.problem(place, message))
        else:
            found[name], more = _accounts(source, place, accounts)
            problems += more
    return found, problems


def _accounts(
    source: Source, place: Place, accounts: list[Any]
) -> tuple[tuple[AccountSettings, ...], list[Problem]]:
    model = adapters.settings(str(place[-1]))
    found: list[Any] = []
    problems: list[Problem] = []
    names: set[str] = set()
    for at, given in enumerate(accounts):
        settings, more = validated(model, given, source, place=(*place, at))
        problems += more
        found.append(settings)
        name = given.get("account") if isinstance(given, dict) else None
        if isinstance(name, str):
            problems += _name_problems(source, (*place, at, "account"), name, names)
            names.add(name)
    return tuple(found), problems


def _name_problems(source: Source, place: Place, name: str, names: set[str]) -> list[Problem]:
    if name in names:
        return [source.problem(place, f"the account {name!r} is already in this channel")]
    if not _ACCOUNT.fullmatch(name):
        message = "must be 1 to 64 letters, digits, dots, dashes or underscores"
        return [source.problem(place, message)]
    return []


def _secrets(value: Any) -> Iterator[str]:
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case BaseModel():
            yield from _secrets([inner for _, inner in value])
        case Mapping():
            yield from _secrets(list(value.values()))
        case list() | tuple():
            for inner in value:
                yield from _secrets(inner)


def _distinct(*folders: Path | None) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(folder for folder in folders if folder is not None))
