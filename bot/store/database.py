"""One thread writes with group commit, a few read: SQLAlchemy Core off the event loop."""

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.pool import ConnectionPoolEntry

from bot.store.dialect import on_sqlite

log = logging.getLogger(__name__)
T = TypeVar("T")
Item = TypeVar("Item")
READERS = 3
DEADLOCK = "40P01"
IDLE_OPTION = "idle_in_transaction_session_timeout"
IDLE_MS = 8000
SQLITE_DOWN = (
    *("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL"),
    *("SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN"),
)
BUSY_MILLISECONDS = 10_000
SCRUB_MILLISECONDS = 1_000

Batch = Callable[[Connection, Sequence[Item]], Sequence[T]]


class StoreUnavailable(Exception):
    """The database cannot be written just now; nothing was stored."""


@dataclass(slots=True)
class _Unit:
    batch: Batch[Any, Any]
    item: Any
    future: asyncio.Future[Any]


@dataclass(slots=True)
class _Outcome:
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class Database:
    """SQLite or PostgreSQL behind two verbs.

    `submit` groups everything that waits into one transaction: while one commit is being synced
    the next group gathers, so nobody waits for a group to fill. A group that fails is rolled back
    and its members are tried one by one, so a bad one harms only itself. `read` runs on another
    connection and sees the last commit.
    """

    def __init__(self, url: str) -> None:
        self.engine = engine(url)
        self.dialect = self.engine.dialect.name
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")
        self._waiting: list[_Unit] = []
        self._wake = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._write, name="store-write", daemon=True)
        self._writer: Connection | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin writing. Must be called on the event loop that will wait for results."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def close(self) -> None:
        """Finish what waits, then close every connection."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join)
        self._readers.shutdown(wait=True)
        self.engine.dispose()

    async def read(self, operation: Callable[[Connection], T]) -> T:
        """Run *operation* in a reader thread, in one snapshot."""
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, self._read, operation
        )

    async def write(self, operation: Callable[[Connection], T]) -> T:
        """Run *operation* in the next group; returns after its commit was synced."""
        return await self.begin(operation)

    def begin(self, operation: Callable[[Connection], T]) -> asyncio.Future[T]:
        """Like `write`, for those who need the result even if they stop waiting for it."""
        return self.submit(_one_by_one, operation)

    async def scrub(self) -> bool:
        """Empty SQLite's write-ahead log, where what was erased can still be read.

        Returns False when a reader or another process held it for a second: then it is emptied
        by a later scrub, or when the last process closes the database. Raises StoreUnavailable.
        """
        if self.dialect != "sqlite":
            return True
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._scrub)

    def submit(self, batch: Batch[Item, T], item: Item) -> asyncio.Future[T]:
        """Add *item* to the next group; all items of one *batch* function are handed over at once.

        Resolves after the commit was synced. Raises StoreUnavailable when the database fails,
        and whatever *batch* raises for this item alone.
        """
        assert self._loop is not None, "Database.start() first"  # noqa: S101
        future: asyncio.Future[T] = self._loop.create_future()
        with self._wake:
            if self._stopping:
                raise StoreUnavailable("the database is closing")
            self._waiting.append(_Unit(batch, item, future))
            if len(self._waiting) == 1:
                self._wake.notify()
        return future

    def _read(self, operation: Callable[[Connection], T]) -> T:
        try:
            with self.engine.connect() as connection, connection.begin():
                return operation(connection)
        except DBAPIError as exc:
            raise StoreUnavailable(str(exc.orig)) from exc

    def _scrub(self) -> bool:
        try:
            with closing(self.engine.raw_connection()) as connection:
                cursor = connection.cursor()
                cursor.execute(f"PRAGMA busy_timeout={SCRUB_MILLISECONDS}")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                (held, *_) = cursor.fetchone() or (1,)
                cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        except (DBAPIError, sqlite3.Error) as exc:
            raise StoreUnavailable(str(exc)) from exc
        return not held

    def _write(self) -> None:
        while units := self._take():
            outcomes = self._attempt(units)
            assert self._loop is not None  # noqa: S101
            self._loop.call_soon_threadsafe(_resolve, outcomes)
        if self._writer is not None:
            self._writer.close()

    def _take(self) -> list[_Unit]:
        with self._wake:
            while not self._waiting and not self._stopping:
                self._wake.wait()
            taken, self._waiting = self._waiting, []
            return taken

    def _attempt(self, units: list[_Unit], *, again: bool = False) -> list[_Outcome]:
        try:
            return self._transact(units)
        except Exception as exc:  # noqa: BLE001 - each member gets its own error below
            if len(units) == 1 and not again and _deadlocked(exc):
                return self._attempt(units, again=True)
            if len(units) == 1 or _down(exc):
                return [_Outcome(unit.future, error=_named(exc)) for unit in units]
        return [outcome for unit in units for outcome in self._attempt([unit])]

    def _transact(self, units: list[_Unit]) -> list[_Outcome]:
        groups: dict[Batch[Any, Any], list[_Unit]] = {}
        for unit in units:
            groups.setdefault(unit.batch, []).append(unit)
        outcomes: list[_Outcome] = []
        with self._writing() as connection:
            for batch, members in groups.items():
                results = batch(connection, [unit.item for unit in members])
                outcomes += [
                    _Outcome(unit.future, result=result)
                    for unit, result in zip(members, results, strict=True)
                ]
            connection.commit()
        return outcomes

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """The writer's own connection, kept from group to group until something fails on it."""
        if self._writer is None:
            self._writer = self.engine.connect().execution_options(writes=True)
        try:
            yield self._writer
        except BaseException:
            self._writer.close()
            self._writer = None
            raise


def engine(url: str) -> Engine:
    """An engine whose SQLite connections are durable (WAL, synced) and begin when we say so."""
    # A process that froze in the middle of a transaction must not hold its locks for ever.
    options = {} if url.startswith("sqlite") else {"options": f"-c {IDLE_OPTION}={IDLE_MS}"}
    made = create_engine(
        url,
        connect_args=options,
        pool_size=READERS + 1,
        max_overflow=2,
        json_serializer=_json,
        json_deserializer=orjson.loads,
    )
    if made.dialect.name == "sqlite":
        event.listen(made, "connect", _prepare_sqlite)
        event.listen(made, "begin", _begin_sqlite)
    else:
        event.listen(made, "after_cursor_execute", _count_idleness)
    return made


def sqlite_url(folder: Path) -> str:
    """The address of the embedded database in *folder*."""
    return f"sqlite:///{folder / 'antiphon.db'}"


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_MILLISECONDS}",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "wal_autocheckpoint=4000",
        # What is deleted is overwritten: a customer's words do not linger in free pages.
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    _write_ahead(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch the log on, for which SQLite does not wait for others who begin at the same moment."""
    deadline = time.monotonic() + BUSY_MILLISECONDS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as exc:
            busy = exc.sqlite_errorname.startswith("SQLITE_BUSY")
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that first reads and then writes fails at once when another process
    # wrote in between; one that begins as a writer waits its turn.
    writes = connection.get_execution_options().get("writes")
    on_sqlite(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")


def _count_idleness(
    connection: Connection, cursor: Any, sql: str, values: Any, context: Any, many: bool
) -> None:
    """Let PostgreSQL watch our idleness again.

    The driver ends a batch of rows with a request to flush. For the server that is no idle
    transaction any more, however long nothing follows; after an empty query it is one.
    """
    if many:
        cursor.connection.pgconn.exec_(b"")


def _one_by_one(
    connection: Connection, operations: Sequence[Callable[[Connection], Any]]
) -> list[Any]:
    return [operation(connection) for operation in operations]


def _named(error: Exception) -> BaseException:
    """What the caller hears: a refused value is the caller's own, anything else is ours."""
    if isinstance(error, DataError | IntegrityError):
        return error
    if isinstance(error, DBAPIError):
        return StoreUnavailable(str(error.orig))
    if isinstance(error, SQLAlchemyError):
        return StoreUnavailable(str(error))
    return error


def _deadlocked(error: Exception) -> bool:
    """Whether PostgreSQL chose us to give way to another process that waited for us."""
    orig = error.orig if isinstance(error, OperationalError) else None
    return getattr(orig, "sqlstate", None) == DEADLOCK


def _down(error: Exception) -> bool:
    """Whether the database itself fails, so that trying each member again would only wait."""
    if not isinstance(error, OperationalError):
        return False
    name = getattr(error.orig, "sqlite_errorname", "")
    return error.connection_invalidated or name.startswith(SQLITE_DOWN)


def _resolve(outcomes: list[_Outcome]) -> None:
    for outcome in outcomes:
        if outcome.future.cancelled():
            continue
        if outcome.error is not None:
            outcome.future.set_exception(outcome.error)
        else:
            outcome.future.set_result(outcome.result)
