"""The composition root: from a Config to a running service."""

import asyncio
import fcntl
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from uuid import uuid4

from aiohttp import ClientSession, web
from sqlalchemy import Connection

from bot import registry
from bot.clock import utc_now
from bot.config import Config
from bot.keeper import Keeper
from bot.memory import give_back, keep_for_good, share_one_heap
from bot.metrics import Metrics
from bot.signals import Signals
from bot.store import leases, polls, schema
from bot.store.database import Database, StoreUnavailable
from bot.store.quotas import StoredMeter
from bot.store.waits import usual_wait
from bot.web.application import PAGES, application
from bot.web.health import STOPPING
from bot.web.keys import KEEPER
from bot.web.prompt import PromptRunner
from bot.web.webchat import deliver_to
from channels.base import Channel, Context

if TYPE_CHECKING:
    from bot.current import Current
    from bot.learning import Learning
    from bot.polling import Polling
    from bot.profiles import Profiles
    from bot.reviewing import Reviewing
    from bot.sender import Sender
    from bot.worker import Worker

log = logging.getLogger(__name__)

STOP_WITHIN = 8.0
OBSERVE_EVERY = 60.0
BACKLOG = 1024

Channels = Mapping[tuple[str, str], Channel]
# Told the host and the port.
Listening = Callable[[str, int], None]


class DataInUse(Exception):
    """Another Antiphon runs on this data folder; stop it first or choose another folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running service. *port* is the one it listens on; *work* ends only when it stops."""

    app: web.Application
    host: str
    port: int
    worker: "Worker"
    current: "Current"
    work: asyncio.Task[None]


async def serve(
    config: Config,
    *,
    data: Path,
    host: str | None = None,
    port: int | None = None,
    watch: bool = True,
    demo: bool = False,
    listening: Listening | None = None,
    started: Callable[[], None] | None = None,
) -> None:
    """Run until SIGTERM or SIGINT; then finish what has begun and stop within ten seconds.

    *listening* is called once webhooks are stored, *started* once they are answered, too: in
    between a new catalogue is learned. *demo* adds a shop's page to try the web chat on.
    Raises OSError when the port or *data* cannot be used, DataInUse, NewerSchema.
    """
    share_one_heap()
    stop, this = asyncio.Event(), asyncio.current_task()
    assert this is not None  # noqa: S101 - a coroutine runs in a task

    def leave(*_: object) -> None:
        # By cancelling, since a start has to be cut off, too.
        if not stop.is_set():
            stop.set()
            this.cancel()

    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, leave)
    try:
        async with running(
            config, data=data, host=host, port=port, demo=demo, listening=listening
        ) as service:
            service.work.add_done_callback(leave)
            keep_for_good()
            log.info("answering")
            if started is not None:
                started()
            await (_watch(config, service) if watch else stop.wait())
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
        this.uncancel()


@asynccontextmanager
async def running(
    config: Config,
    *,
    data: Path,
    host: str | None = None,
    port: int | None = None,
    clock: Callable[[], datetime] = utc_now,
    demo: bool = False,
    listening: Listening | None = None,
) -> AsyncIterator[Service]:
    """The service for the length of the block. *clock* is for tests that travel in time."""
    with _alone(data) as node:
        database = Database(config.store.address(data))
        schema.prepare(database.engine)
        database.start()
        signals = _signals(config)
        http = registry.client()
        parts = _Parts(
            config=config,
            data=data,
            node=node,
            database=database,
            signals=signals,
            http=http,
            clock=clock,
            host=host or config.web.host,
            port=config.web.port if port is None else port,
        )
        try:
            await signals.start()
            async with _serving(parts, demo=demo, listening=listening) as service:
                yield service
        finally:
            await http.close()
            await signals.close()
            await database.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What a service is put together from. *node* is the lasting name of its data folder."""

    config: Config
    data: Path
    node: str
    database: Database
    signals: Signals
    http: ClientSession
    clock: Callable[[], datetime]
    host: str
    port: int

    def channels(self) -> Channels:
        deliver = deliver_to(self.database, self.signals, self.clock)
        context = Context(
            http=self.http, clock=self.clock, deliver=deliver, meter=StoredMeter(self.database)
        )
        return registry.channels(self.config, context)

    async def release_leases(self) -> None:
        await self.database.write(lambda connection: _release(connection, self.node))


def _release(connection: Connection, node: str) -> None:
    leases.release(connection, node=node)
    polls.release(connection, node=node)


@asynccontextmanager
async def _serving(
    parts: _Parts, *, demo: bool, listening: Listening | None
) -> AsyncIterator[Service]:
    channels = parts.channels()
    metrics = Metrics()
    await parts.release_leases()
    app = _application(parts, channels, metrics, demo=demo)
    async with _listening(app, parts.host, parts.port) as bound:
        # Webhooks are stored from now on; they are answered as soon as the model is there.
        log.info("listening host=%s port=%s", parts.host, bound)
        if listening is not None:
            listening(parts.host, bound)
        await app[PAGES].open()
        answering = await asyncio.to_thread(_answering, parts, channels, metrics)
        worker, current = answering.worker, answering.current
        await current.load(parts.config)
        stop = asyncio.Event()
        beside = (
            answering.polling.run(),
            answering.profiles.run(),
            answering.learning.run(),
            answering.reviewing.run(),
            app[KEEPER].run(),
            *_reporting(parts, app[KEEPER]),
            _observe(parts.database, current, parts.clock),
        )
        work = asyncio.create_task(_work(worker, answering.sender, beside, stop))
        try:
            yield Service(
                app=app, host=parts.host, port=bound, worker=worker, current=current, work=work
            )
        finally:
            app[STOPPING].append(True)
            stop.set()
            await _finish(work)
            await parts.release_leases()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answering:
    """The parts that answer, and those that work beside them."""

    sender: "Sender"
    worker: "Worker"
    polling: "Polling"
    profiles: "Profiles"
    current: "Current"
    learning: "Learning"
    reviewing: "Reviewing"


def _answering(parts: _Parts, channels: Channels, metrics: Metrics) -> _Answering:
    """What answers. Its modules are imported only here, since no webhook has to wait for them."""
    from bot.current import Current
    from bot.learning import Learning
    from bot.pace import Paces
    from bot.polling import Polling
    from bot.profiles import Profiles
    from bot.reviewing import Reviewing
    from bot.sender import Sender
    from bot.worker import Worker

    known = registry.capabilities(channels)
    current = Current(parts.config, parts.data, known, parts.clock, parts.database, parts.http)
    paces = Paces(registry.rates(parts.config, channels), clock=parts.clock)
    sender = Sender(
        database=parts.database,
        signals=parts.signals,
        channels=channels,
        paces=paces,
        metrics=metrics,
        clock=parts.clock,
    )
    name = f"{parts.node}:{uuid4().hex[:8]}"
    polling = Polling(
        name=name,
        database=parts.database,
        signals=parts.signals,
        channels=channels,
        metrics=metrics,
        clock=parts.clock,
    )
    profiles = Profiles(
        database=parts.database,
        signals=parts.signals,
        channels=channels,
        languages=parts.config.brand.languages,
        clock=parts.clock,
    )
    worker = Worker(
        name=name,
        database=parts.database,
        signals=parts.signals,
        sender=sender,
        paces=paces,
        metrics=metrics,
        capabilities=known,
        clock=parts.clock,
        answers=current,
        profiles=profiles,
    )
    return _Answering(
        sender=sender,
        worker=worker,
        polling=polling,
        profiles=profiles,
        current=current,
        learning=Learning(
            name=name,
            database=parts.database,
            signals=parts.signals,
            current=current,
            clock=parts.clock,
        ),
        reviewing=Reviewing(database=parts.database, clock=parts.clock),
    )


def _reporting(parts: _Parts, keeper: Keeper) -> Iterable[Coroutine[Any, Any, None]]:
    """What watches reports and mails them. The pages have imported its modules by now."""
    from bot.web.reports.mailing import Mailing
    from bot.web.reports.watching import Watching

    mailing = Mailing(
        name=f"{parts.node}:{uuid4().hex[:8]}",
        config=parts.config,
        database=parts.database,
        keeper=keeper,
        clock=parts.clock,
    )
    watching = Watching(
        config=parts.config, database=parts.database, keeper=keeper, clock=parts.clock
    )
    return mailing.run(), watching.run()


def _application(
    parts: _Parts, channels: Channels, metrics: Metrics, *, demo: bool
) -> web.Application:
    return application(
        config=parts.config,
        database=parts.database,
        signals=parts.signals,
        channels=channels,
        capabilities=registry.capabilities(channels),
        metrics=metrics,
        clock=parts.clock,
        demo=demo,
    )


async def _work(
    worker: "Worker",
    sender: "Sender",
    beside: Iterable[Coroutine[Any, Any, None]],
    stop: asyncio.Event,
) -> None:
    async with asyncio.TaskGroup() as tasks:
        sending = asyncio.Event()
        tasks.create_task(sender.run(sending))
        others = [tasks.create_task(other) for other in beside]
        await worker.run(stop)
        for other in others:
            other.cancel()
        # Only now: the worker's last decisions are claimed messages for the sender.
        sending.set()


async def _observe(database: Database, current: "Current", clock: Callable[[], datetime]) -> None:
    """Keep what customers are told about waiting true, and the process small."""
    while True:
        try:
            current.usual_wait = await database.read(
                lambda connection: usual_wait(connection, now=clock())
            )
        except StoreUnavailable:
            log.warning("cannot read how long customers wait; the last known wait stands")
        await asyncio.to_thread(give_back)
        await asyncio.sleep(OBSERVE_EVERY)


async def _finish(work: asyncio.Task[None]) -> None:
    _, late = await asyncio.wait([work], timeout=STOP_WITHIN)
    if late:
        log.warning("cut off while stopping; recovery will settle what was being sent")
        work.cancel()
        await asyncio.wait([work])
    elif work.exception() is not None:
        log.error("the worker had failed", exc_info=work.exception())


@asynccontextmanager
async def _listening(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    runner = PromptRunner(
        app,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=3.0,
        keepalive_timeout=75.0,
        lingering_time=3.0,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, backlog=BACKLOG)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@contextmanager
def _alone(data: Path) -> Iterator[str]:
    """Hold *data* for this process alone; returns the node's lasting name."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            raise DataInUse from exc
        yield _node(file)


def _node(file: TextIO) -> str:
    file.seek(0)
    name = file.read().strip()
    if not name:
        name = uuid4().hex
        file.write(name)
        file.flush()
    return name


def _signals(config: Config) -> Signals:
    if config.redis is None:
        from bot.signals.memory import MemorySignals

        return MemorySignals()
    from bot.signals.redis import RedisSignals

    return RedisSignals(config.redis.url.get_secret_value(), prefix=config.redis.prefix)


async def _watch(config: Config, service: Service) -> None:
    from bot.reload import watch

    async def apply(new: Config) -> None:
        await service.current.load(new)
        keep_for_good()
        log.info("configuration reloaded")

    await watch(config.file, config, apply)
