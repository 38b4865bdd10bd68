"""Bring a database to the version of this code."""

from pathlib import Path

from sqlalchemy import Connection, Engine, func, inspect, select, text

HEAD = "0018"
FOLDER = Path(__file__).parent / "migrations"
# Any number that all our services agree on and other users of the server hardly take.
LOCK = int.from_bytes(b"antiphon")


class NewerSchema(Exception):
    """The database was written by a newer version of Antiphon; start that version instead."""


def version(connection: Connection) -> str | None:
    """The schema version of a database; None if it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def prepare(engine: Engine) -> None:
    """Create or migrate the tables. Services that start at once take turns. Raises NewerSchema."""
    with engine.connect() as connection:
        if not _behind(connection):
            return
    with engine.connect().execution_options(writes=True) as connection:
        # On SQLite the transaction itself keeps the others out.
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        if _behind(connection):
            _migrate(connection)
        connection.commit()


def _behind(connection: Connection) -> bool:
    found = version(connection)
    if found is not None and found > HEAD:
        raise NewerSchema
    return found != HEAD


def _migrate(connection: Connection) -> None:
    # Alembic costs a fifth of a second to import: only a database that is behind pays it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
