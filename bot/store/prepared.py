"""Statements of the hot path: SQLAlchemy writes each once, the driver runs it.

SQLAlchemy's own work on every execution and every row takes longer than the database does. And
Python's sqlite3 lets go of the interpreter at each row that it writes or fetches; beside a busy
event loop it waits milliseconds each time to get it back. So SQLite takes and gives all rows of a
batch in one step. PostgreSQL's driver does that by itself. Columns' Python-side defaults do not
apply.
"""

import re
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Connection, Dialect, Executable, Select, Table, func, select
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Insert, Update

from bot.store.dialect import insert_new, on_sqlite

Row = Mapping[str, Any]
Convert = Callable[[Any], Any] | None
# Batches are cut into powers of two, so that few statements are ever prepared.
LARGEST = 64
# Where the rows go in an update that is being written.
_ROWS = "\0"


def run(connection: Connection, statement: Update, parameters: Row) -> int:
    """Run *statement* once; returns how many rows it changed."""
    if connection.dialect.name != "sqlite":
        return connection.execute(statement, dict(parameters)).rowcount
    plan = _once(connection.dialect, statement)
    return _execute(connection, plan.sql, plan.values(parameters)).rowcount


def run_many(connection: Connection, statement: Insert | Update, rows: Sequence[Row]) -> int:
    """Run *statement* for each of *rows*, which all have the same keys; returns the count.

    An update must not meet the same row of the table twice.
    """
    return _plan(connection.dialect, statement, tuple(rows[0])).run(connection, rows)


def insert_counted(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert rows like `insert_new`; returns how many were new."""
    statement = insert_new(connection, table)
    if connection.dialect.name == "sqlite":
        return run_many(connection, statement, rows)
    # PostgreSQL's driver does not add up the counts of many rows.
    key = next(iter(table.primary_key))
    return len(connection.execute(statement.returning(key), [dict(row) for row in rows]).all())


def fetch(
    connection: Connection, query: Select[Any], parameters: Row | None = None
) -> Sequence[Any]:
    """All rows of *query*, whose columns hold no bytes, as named tuples in the query's order."""
    if connection.dialect.name != "sqlite":
        return connection.execute(query, dict(parameters or {})).all()
    plan = _fetching(connection.dialect, query)
    cursor = _execute(connection, plan.once.sql, plan.once.values(parameters or {}))
    found: list[list[Any]] = orjson.loads(cursor.fetchone()[0])
    for at, how in plan.convert:
        for row in found:
            row[at] = how(row[at])
    return [plan.row(row) for row in found]


@dataclass(frozen=True, slots=True)
class _Once:
    """One execution: *columns* are the parameters in order, with what each is made of."""

    sql: str
    columns: Sequence[tuple[str | None, Any]]

    def values(self, given: Row) -> tuple[Any, ...]:
        return tuple(
            [
                how if name is None else given[name] if how is None else how(given[name])
                for name, how in self.columns
            ]
        )


@dataclass(frozen=True, slots=True)
class _RowByRow:
    """What PostgreSQL's driver sends in one go by itself."""

    once: _Once
    names: Sequence[str]

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        values = [dict(zip(self.names, self.once.values(row), strict=True)) for row in rows]
        return connection.exec_driver_sql(self.once.sql, values).rowcount


@dataclass(frozen=True, slots=True)
class _Inserting:
    """``INSERT ... VALUES (...), (...), ...``: *before* and *after* surround the groups."""

    before: str
    group: str
    after: str
    once: _Once

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        count = 0
        for chunk in _chunks(rows):
            sql = f"{self.before}{', '.join([self.group] * len(chunk))}{self.after}"
            values = [value for row in chunk for value in self.once.values(row)]
            count += _execute(connection, sql, values).rowcount
        return count


@dataclass(frozen=True, slots=True)
class _Updating:
    """``UPDATE ... FROM json_each(?)``: all rows are one parameter between the fixed ones."""

    once: _Once
    before: tuple[Any, ...]
    after: tuple[Any, ...]

    def run(self, connection: Connection, rows: Sequence[Row]) -> int:
        given = orjson.dumps([self.once.values(row) for row in rows]).decode()
        return _execute(connection, self.once.sql, (*self.before, given, *self.after)).rowcount


@dataclass(frozen=True, slots=True)
class _Fetching:
    """A query whose rows come as one JSON text; *convert* says what to do with which column."""

    once: _Once
    convert: Sequence[tuple[int, Callable[[Any], Any]]]
    row: Callable[[Sequence[Any]], Any]


def _execute(connection: Connection, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
    if not connection.in_transaction():
        connection.begin()
    return on_sqlite(connection, sql, values)


@lru_cache(maxsize=256)
def _once(dialect: Dialect, statement: Executable) -> _Once:
    compiled = _compiled(dialect, statement)
    required = {name for name, bind in compiled.binds.items() if bind.required}
    return _Once(str(compiled), _columns(compiled, required))


@lru_cache(maxsize=256)
def _fetching(dialect: Dialect, query: Select[Any]) -> _Fetching:
    rows = query.subquery()
    whole = select(func.json_group_array(func.json_array(*rows.c))).select_from(rows)
    convert = [
        (at, how)
        for at, column in enumerate(rows.c)
        if (how := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
    ]
    row = namedtuple("row", rows.c.keys())  # type: ignore[misc]
    return _Fetching(_once(dialect, whole), convert, row._make)


@lru_cache(maxsize=256)
def _plan(
    dialect: Dialect, statement: Insert | Update, keys: tuple[str, ...]
) -> _RowByRow | _Inserting | _Updating:
    compiled = _compiled(dialect, statement, column_keys=list(keys))
    once = _Once(str(compiled), _columns(compiled, keys))
    if dialect.name != "sqlite":
        return _RowByRow(once, _names(compiled))
    if isinstance(statement, Update):
        return _updating(once)
    group = f"({', '.join('?' * len(once.columns))})"
    before, _, after = once.sql.partition(group)
    return _Inserting(before, group, after, once)


def _updating(once: _Once) -> _Updating:
    """Take each given value from the JSON array; the statement's own stay parameters."""
    changes, _, condition = once.sql.partition(" WHERE ")
    waiting = iter(once.columns)
    given: list[tuple[str | None, Any]] = []
    fixed: list[Any] = []

    def written(placeholder: re.Match[str]) -> str:
        name, how = (None, _ROWS) if placeholder[0] == _ROWS else next(waiting)
        if name is None:
            fixed.append(how)
            return "?"
        given.append((name, how))
        return f"json_extract(given.value, '$[{len(given) - 1}]')"

    template = f"{changes} FROM json_each({_ROWS}) AS given WHERE {condition}"
    sql = re.sub(rf"[?{_ROWS}]", written, template)
    place = fixed.index(_ROWS)
    return _Updating(_Once(sql, given), tuple(fixed[:place]), tuple(fixed[place + 1 :]))


def _compiled(dialect: Dialect, statement: Executable, **options: Any) -> SQLCompiler:
    compiled = statement.compile(dialect=dialect, **options)  # type: ignore[attr-defined]
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - what all our statements compile to
    return compiled


def _columns(
    compiled: SQLCompiler, given: Sequence[str] | set[str]
) -> list[tuple[str | None, Any]]:
    """Each parameter by name with its converter; without a name, the statement's own value."""
    return [
        (name, _converter(compiled, name)) if name in given else (None, _constant(compiled, name))
        for name in _names(compiled)
    ]


def _names(compiled: SQLCompiler) -> list[str]:
    return compiled.positiontup or list(compiled.bind_names.values())


def _converter(compiled: SQLCompiler, name: str) -> Convert:
    dialect = compiled.dialect
    return compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)


def _constant(compiled: SQLCompiler, name: str) -> Any:
    how = _converter(compiled, name)
    value = compiled.construct_params(_check=False)[name]
    return value if how is None else how(value)


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    at = 0
    while at < len(rows):
        size = min(LARGEST, 1 << (len(rows) - at).bit_length() - 1)
        yield rows[at : at + size]
        at += size
