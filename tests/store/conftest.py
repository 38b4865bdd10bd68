"""A migrated database of each kind: the same tests run on both."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import schema
from bot.store.database import Database
from tests.postgres import new_database


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'antiphon.db'}"
    return new_database()


@pytest.fixture
async def database(store_url: str) -> AsyncIterator[Database]:
    """A started database with all tables."""
    made = Database(store_url)
    schema.prepare(made.engine)
    made.start()
    yield made
    await made.close()
