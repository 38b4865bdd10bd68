"""Options that several commands share."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from bot.config import Config
    from bot.taught import Taught


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add --config FILE."""
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("config.yml"),
        metavar="FILE",
        help="the brand's configuration (config.yml)",
    )


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add --data DIR."""
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="where database and models are kept (the folder data beside the configuration)",
    )


def add_json(parser: argparse._ActionsContainer) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def chosen_config(args: argparse.Namespace) -> "Config":
    """Load what --config names. Raises ConfigError."""
    from bot.config import load

    config: Config = load(args.config, os.environ)
    return config


def chosen_data(args: argparse.Namespace, config: "Config") -> Path:
    """The folder of --data, which is made if needed."""
    data: Path = args.data or config.folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    return data


def taught(args: argparse.Namespace, config: "Config") -> "Taught":
    """What agents taught; nothing where Antiphon has not run with this program yet."""
    from bot.store import teaching
    from bot.taught import NOTHING

    try:
        with reading(args, config) as connection:
            return teaching.standing(connection)
    except NoDatabase:
        return NOTHING


class NoDatabase(Exception):
    """There is no database that can be read."""


@contextmanager
def reading(args: argparse.Namespace, config: "Config") -> "Iterator[Connection]":
    """The brand's database as it is, to look into. Raises NoDatabase."""
    from bot.store.database import engine
    from bot.store.schema import HEAD, version

    data = args.data or config.folder / "data"
    if config.store.embedded and not (data / "antiphon.db").exists():
        raise NoDatabase(f"there is no database in {data}; has Antiphon run there?")
    made = engine(config.store.address(data))
    try:
        with made.connect() as connection:
            found = version(connection)
            if found != HEAD:
                raise NoDatabase(
                    f"the database has the tables of version {found or 'none'}, this program "
                    f"those of {HEAD}; start the service once, or use its program"
                )
            yield connection
    finally:
        made.dispose()


@contextmanager
def writing(args: argparse.Namespace) -> "Iterator[Connection]":
    """The brand's database to change, created or migrated first; committed if nothing fails."""
    config = chosen_config(args)
    engine = chosen_engine(config, chosen_data(args, config))
    try:
        with engine.connect().execution_options(writes=True) as connection:
            yield connection
            connection.commit()
    finally:
        engine.dispose()


def chosen_engine(config: "Config", data: Path) -> "Engine":
    """The configured database, created or migrated to the version of this code."""
    from bot.store.database import engine
    from bot.store.schema import prepare

    made = engine(config.store.address(data))
    prepare(made)
    return made
