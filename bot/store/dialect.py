"""The one statement that SQLite and PostgreSQL spell in their own dialects."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert


def insert_new(connection: Connection, table: Table) -> Insert:
    """Insert rows, leaving alone those whose unique key is already there."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def insert_counted(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert rows like `insert_new`; returns how many were new."""
    statement = insert_new(connection, table)
    if connection.dialect.name == "sqlite":
        return connection.execute(statement, list(rows)).rowcount
    # PostgreSQL's driver does not add up the counts of many rows.
    key = next(iter(table.primary_key))
    return len(connection.execute(statement.returning(key), list(rows)).all())
