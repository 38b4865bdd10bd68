"""Bring a database to the version of this code."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

HEAD = "0004"
FOLDER = Path(__file__).parent / "migrations"


class NewerSchema(Exception):
    """The database was written by a newer version of Antiphon; start that version instead."""


def version(connection: Connection) -> str | None:
    """The schema version of a database; None if it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def prepare(engine: Engine) -> None:
    """Create or migrate the tables. Raises NewerSchema."""
    with engine.connect() as connection:
        found = version(connection)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise NewerSchema
    # Alembic costs a fifth of a second to import: only a database that is behind pays it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with engine.connect().execution_options(writes=True) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
