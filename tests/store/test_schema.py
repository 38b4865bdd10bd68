"""The schema: what the migrations build is what the code expects."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, insert, select, text

from bot.store import chat, schema
from bot.store.chat import Entry, Session
from bot.store.database import engine as engine_of
from bot.store.tables import agents, metadata
from tests.turns import NOW

ROOT = Path(__file__).parents[2]
SERVICES = 4
# What every service does at its start, once all of them are ready to.
STARTS = """
import sys
from bot.store import schema
from bot.store.database import engine
made = engine(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
schema.prepare(made)
"""
BUILT = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql LIKE '%{}%' ORDER BY 1"


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    """An empty database."""
    made = engine_of(store_url)
    yield made
    made.dispose()


def tables_with(engine: Engine, word: str) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text(BUILT.format(word))))


def test_the_migrations_build_something_else_than_the_tables_say(engine: Engine) -> None:
    schema.prepare(engine)

    with engine.connect() as connection:
        assert schema.version(connection) == schema.HEAD
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("word", ["AUTOINCREMENT", "WITHOUT ROWID"])
def test_the_migrations_forget_what_only_sqlite_knows(engine: Engine, word: str) -> None:
    declared = create_engine("sqlite://")
    metadata.create_all(declared)
    schema.prepare(engine)

    assert tables_with(engine, word) == tables_with(declared, word) != []


def test_the_newest_migration_is_not_the_one_that_the_code_asks_for() -> None:
    assert ScriptDirectory(str(schema.FOLDER)).get_current_head() == schema.HEAD


def test_migrating_twice_harms_what_is_stored(engine: Engine) -> None:
    schema.prepare(engine)
    person = {"email": "a@example.com", "name": "A", "role": "agent", "password_hash": "x"}
    with engine.begin() as connection:
        connection.execute(insert(agents).values(person | {"created_at": NOW, "active": True}))

    schema.prepare(engine)

    with engine.connect() as connection:
        assert connection.scalars(select(agents.c.email)).all() == ["a@example.com"]


def test_a_database_of_a_newer_version_is_written_to(engine: Engine) -> None:
    schema.prepare(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(schema.NewerSchema):
        schema.prepare(engine)

    with engine.connect() as connection:
        assert schema.version(connection) == "9999"


def test_a_number_of_a_deleted_frame_is_given_again(engine: Engine) -> None:
    schema.prepare(engine)
    entry = Entry(thread="t1", message_id="m1", frame={}, at=NOW)
    numbers = []

    for _ in range(2):
        with engine.begin() as connection:
            session = Session(account="site", thread="t1")
            chat.open_session(connection, session, digest=b"t1", at=NOW)
            numbers += [posted.seq for posted in chat.post(connection, [entry]) if posted]
            chat.forget(connection, thread="t1")

    assert numbers == [1, 2]


def test_services_that_start_at_once_spoil_a_new_database(store_url: str) -> None:
    with ExitStack() as stack:
        services = [stack.enter_context(_service(store_url)) for _ in range(SERVICES)]
        for each in services:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"

        for each in services:
            assert each.stdin is not None
            each.stdin.write("\n")
            each.stdin.flush()
        faults = [each.communicate()[1] for each in services]

    assert faults == [""] * SERVICES
    assert [each.returncode for each in services] == [0] * SERVICES
    made = engine_of(store_url)
    with made.connect() as connection:
        assert schema.version(connection) == schema.HEAD
    made.dispose()


def _service(store_url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", STARTS, store_url],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
