"""How the variants of templates do: the brand's files as they stand, and what the log tells."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.config import Config
from bot.replies.source import TemplateFile, UnreadableTemplate, read_template, template_paths
from bot.reports.variants import Comparison, File, compare
from bot.store.said import lines, said


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Replies decided from *since* until before *until* count, by what came of them by *as_of*."""

    since: datetime
    until: datetime
    as_of: datetime


def template_files(config: Config, name: str) -> Iterator[tuple[str, TemplateFile]]:
    """The readable files of one template with their language: the plain one, then versions."""
    for language in config.brand.languages:
        paths = template_paths(config.response_folders, language)
        for version in sorted(paths):
            if version.partition(".")[0] == name:
                with suppress(UnreadableTemplate):
                    yield language, read_template(paths[version])


def template_names(config: Config) -> list[str]:
    """Every template of any language, without its versions for a channel or for comments."""
    found = (template_paths(config.response_folders, each) for each in config.brand.languages)
    return sorted({name.partition(".")[0] for paths in found for name in paths})


def comparisons(
    connection: Connection,
    files: Sequence[tuple[str, TemplateFile]],
    name: str,
    window: Window,
    *,
    channel: str | None = None,
) -> list[Comparison]:
    """What came of each variant of template *name*, file by file of its *files*."""
    until = min(window.until, window.as_of)
    told = said(connection, since=window.since, until=until, template=name, channel=channel)
    after = lines(connection, told)
    return [
        compare(
            File(language=language, version=file.name, draw=file.draw, weights=file.weights),
            told,
            after,
            as_of=window.as_of,
        )
        for language, file in files
    ]
