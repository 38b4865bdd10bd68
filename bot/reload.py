"""Notices that the brand's files have changed, and swaps only what is whole."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

from bot.actions import UnknownAction
from bot.checks import check
from bot.config import Config, ConfigError, load
from bot.lists import list_files
from bot.settings_source import Problem
from intents.errors import IntentsError

log = logging.getLogger(__name__)

INTERVAL = 0.5
# Sections that are read only at the start.
FIXED = ("store", "redis", "web", "channels", "desk", "actions")

_Stamps = dict[Path, tuple[int, int]]


async def watch(path: Path, current: Config, apply: Callable[[Config], Awaitable[None]]) -> None:
    """Call *apply* with each new configuration of *path*, once all of it validates; never ends.

    Looks at the modification times of the config, its lists, intents and templates every half
    second. What does not validate is logged, each problem once, and the old one stays. Changes
    in sections that are read only at the start are named in the log.
    """
    seen = _stamps(path, current)
    told: set[Problem] = set()
    while True:
        await asyncio.sleep(INTERVAL)
        now = _stamps(path, current)
        if now == seen:
            continue
        seen = now
        new, problems = await asyncio.to_thread(_loaded, path)
        for problem in problems:
            if problem not in told:
                log.error("not reloaded: %s", problem)
        told = set(problems)
        if new is not None and await _applied(new, apply):
            _tell_fixed(current, new)
            current = new


def _loaded(path: Path) -> tuple[Config | None, list[Problem]]:
    try:
        config = load(path, os.environ)
    except ConfigError as exc:
        return None, exc.problems
    problems = check(config)
    return (None if problems else config), problems


async def _applied(new: Config, apply: Callable[[Config], Awaitable[None]]) -> bool:
    try:
        await apply(new)
    except (OSError, IntentsError, UnknownAction) as exc:
        # A file changed again between the check and now; the next look takes it.
        log.error("not reloaded: %s", exc)
        return False
    return True


def _tell_fixed(old: Config, new: Config) -> None:
    changed = [name for name in FIXED if getattr(old, name) != getattr(new, name)]
    if changed:
        log.warning("restart to apply what changed under %s", ", ".join(changed))


def _stamps(path: Path, config: Config) -> _Stamps:
    stamps: _Stamps = {}
    for file in _files(path, config):
        with suppress(OSError):
            status = file.stat()
            stamps[file] = status.st_mtime_ns, status.st_size
    return stamps


def _files(path: Path, config: Config) -> Iterator[Path]:
    yield path
    yield from list_files(config)
    for folder in (*config.catalog_folders, *config.response_folders):
        # Templates lie one folder down, by language.
        for each in (folder, *(folder / language for language in config.brand.languages)):
            with suppress(OSError):
                yield from (file for file in each.iterdir() if file.suffix in {".yml", ".j2"})
