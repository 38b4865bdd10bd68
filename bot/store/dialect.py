"""What SQLite and PostgreSQL each need said in their own way."""

import sqlite3
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Connection,
    Dialect,
    Integer,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement, visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Insert
from sqlalchemy.types import TypeEngine


def insert_new(connection: Connection, table: Table) -> Insert:
    """Insert rows, leaving alone those whose unique key is already there."""
    return _insert_new(connection.dialect.name, table)


def inserted(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert *row*; False, and nothing is changed, if one with its unique key is there."""
    # A count of rows would not tell: PostgreSQL's driver says -1 of a row in a list that was there.
    new = insert_new(connection, table).returning(*table.primary_key)
    return connection.execute(new, row).one_or_none() is not None


def on_sqlite(connection: Connection, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
    """Run *sql* past SQLAlchemy; what the driver refuses is raised as SQLAlchemy would."""
    driver: sqlite3.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]
    try:
        return driver.execute(sql, values)
    except sqlite3.Error as exc:
        raise DBAPIError.instance(
            sql, None, exc, sqlite3.Error, dialect=connection.dialect
        ) from exc


class among(ColumnElement[bool]):
    """Whether *what* is one of the values given as the parameter *name*, however many they are.

    One statement serves every number of values: none is compiled or prepared anew.
    """

    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012 - SQLAlchemy's own way to say what a clause consists of
        ("what", visitors.InternalTraversal.dp_clauseelement),
        ("given", visitors.InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, what: ColumnElement[Any], name: str) -> None:
        self.what = what
        self.given = bindparam(name, type_=_Values(numbers=isinstance(what.type, Integer)))


class _Values(TypeDecorator[Sequence[Any]]):
    """A list as one parameter: JSON for SQLite, an array for PostgreSQL."""

    impl = Text
    cache_ok = True

    def __init__(self, *, numbers: bool) -> None:
        super().__init__()
        self.numbers = numbers

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return postgresql.ARRAY(BigInteger() if self.numbers else Text())
        return Text()

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        values = list(value or ())
        return values if dialect.name == "postgresql" else orjson.dumps(values).decode()


@compiles(among)
def _in_array(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    return f"{compiler.process(element.what, **kw)} = ANY ({compiler.process(element.given, **kw)})"


@compiles(among, "sqlite")
def _in_json(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    given = func.json_each(element.given).table_valued(column("value"))
    values = compiler.process(select(given.c.value).scalar_subquery(), **kw)
    return f"{compiler.process(element.what, **kw)} IN {values}"


@cache
def _insert_new(dialect: str, table: Table) -> Insert:
    if dialect == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite_dialect.insert(table).on_conflict_do_nothing()
