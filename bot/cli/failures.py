"""Says in one sentence why a command could not do its work."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CANNOT = 2

_OF_SYSTEM = {
    errno.EACCES: "no permission to use",
    errno.EPERM: "no permission to use",
    errno.ENOSPC: "the disk is full:",
    errno.EDQUOT: "the disk quota is used up:",
    errno.EROFS: "the disk is read-only:",
    errno.ENOTDIR: "this is not a folder:",
    errno.EEXIST: "this is not a folder:",
    errno.ENOENT: "there is no",
}


@contextmanager
def told(command: str) -> Iterator[None]:
    """Turn what may go wrong within into one sentence on standard error and exit code 2."""
    try:
        yield
    except _expected() as exc:
        print(f"antiphon {command}: {sentence(exc)}", file=sys.stderr)
        raise SystemExit(CANNOT) from exc


def sentence(error: Exception) -> str:
    """The cause in words for the person at the keyboard."""
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    from bot.config import ConfigError
    from bot.store.agents import EmailTaken
    from bot.store.database import StoreUnavailable

    match error:
        case ConfigError():
            return f"the configuration is wrong\n{error}"
        case DBAPIError():
            return _of_database(str(error.orig))
        case SQLAlchemyError() | StoreUnavailable():
            return _of_database(str(error))
        case EmailTaken():
            return f"there is a user {error} already"
        case OSError():
            return of_system(error)
        case _:
            return str(error) or (type(error).__doc__ or type(error).__name__).splitlines()[0]


def of_system(error: OSError) -> str:
    """What the system refused, and for which file."""
    what = _OF_SYSTEM.get(error.errno or 0, "")
    if what and error.filename is not None:
        return f"{what} {Path(error.filename)}"
    if what.endswith(":"):
        # A write that fails does not know its file any more.
        return what.removesuffix(":")
    file = f": {error.filename}" if error.filename else ""
    return f"{error.strerror or error}{file}"


def _expected() -> tuple[type[Exception], ...]:
    """What may go wrong; asked for, and imported, only once something has."""
    from sqlalchemy.exc import SQLAlchemyError

    from bot.actions import UnknownAction
    from bot.cli.options import NoDatabase
    from bot.config import ConfigError
    from bot.store.agents import EmailTaken, LastAdmin
    from bot.store.database import StoreUnavailable
    from bot.store.schema import NewerSchema
    from intents.errors import IntentsError

    ours = (ConfigError, EmailTaken, IntentsError, LastAdmin, NewerSchema, NoDatabase)
    return (*ours, UnknownAction, OSError, SQLAlchemyError, StoreUnavailable)


def _of_database(told: str) -> str:
    first = next(iter(told.strip().splitlines()), "no reason given")
    if "disk is full" in first:
        return "the disk is full; the database cannot be written"
    return f"the database cannot be used: {first}"
