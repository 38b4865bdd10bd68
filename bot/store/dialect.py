"""What SQLite and PostgreSQL each need said in their own way, and many rows at once, fast."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Insert

Row = dict[str, Any]


def insert_new(connection: Connection, table: Table) -> Insert:
    """Insert rows, leaving alone those whose unique key is already there."""
    return _insert_new(connection.dialect.name, table)


def insert_counted(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert rows like `insert_new`; returns how many were new."""
    statement = insert_new(connection, table)
    if connection.dialect.name == "sqlite":
        return run_many(connection, statement, rows)
    # PostgreSQL's driver does not add up the counts of many rows.
    key = next(iter(table.primary_key))
    return len(connection.execute(statement.returning(key), list(rows)).all())


def run_many(connection: Connection, statement: Executable, rows: Sequence[Row]) -> int:
    """Run *statement* once for each of *rows*, which all have the same keys; returns the count.

    SQLAlchemy compiles it, once; the rows go to the driver without its work on each of them,
    which took more time than the database. Columns' Python-side defaults do not apply.
    """
    plan = _plan(connection.dialect, statement, tuple(rows[0]))
    cursor = connection.exec_driver_sql(plan.sql, [plan.values(row) for row in rows])
    return cursor.rowcount


@dataclass(frozen=True, slots=True)
class _Plan:
    sql: str
    names: Sequence[str]
    convert: Sequence[tuple[str, Callable[[Any], Any] | None]]
    positional: bool

    def values(self, row: Row) -> Any:
        made = [row[name] if how is None else how(row[name]) for name, how in self.convert]
        return tuple(made) if self.positional else dict(zip(self.names, made, strict=True))


@lru_cache(maxsize=256)
def _plan(dialect: Dialect, statement: Executable, keys: tuple[str, ...]) -> _Plan:
    compiled = statement.compile(dialect=dialect, column_keys=list(keys))  # type: ignore[attr-defined]
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - what data statements compile to
    names = compiled.positiontup or list(compiled.bind_names.values())
    fixed = compiled.params
    convert: list[tuple[str, Callable[[Any], Any] | None]] = []
    for name in names:
        how = compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
        if name in keys:
            convert.append((name, how))
        else:
            # A value that the statement itself carries.
            convert.append((keys[0], _always(fixed[name] if how is None else how(fixed[name]))))
    return _Plan(str(compiled), names, convert, compiled.positional)


def _always(value: Any) -> Callable[[Any], Any]:
    return lambda _: value


@cache
def _insert_new(dialect: str, table: Table) -> Insert:
    if dialect == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
