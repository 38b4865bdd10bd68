"""The composition root: from a Config to a running service."""

import asyncio
import fcntl
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TextIO
from uuid import uuid4

from aiohttp import ClientSession, web
from sqlalchemy import Connection

from bot import registry
from bot.answers import Answers
from bot.config import Config
from bot.metrics import Metrics
from bot.pace import Paces
from bot.polling import Polling
from bot.sender import Sender
from bot.signals import Signals
from bot.store import leases, polls, schema
from bot.store.database import Database, StoreUnavailable
from bot.store.waits import usual_wait
from bot.understanding import Understand, answers, understanding, utc_now
from bot.web.health import STOPPING
from bot.web.prompt import PromptRunner
from bot.worker import Worker
from channels.base import Capabilities, Context

log = logging.getLogger(__name__)

STOP_WITHIN = 8.0
OBSERVE_EVERY = 60.0
COLLECT_AFTER = (100_000, 20, 100)
BACKLOG = 1024


class DataInUse(Exception):
    """Another Antiphon runs on this data folder; stop it first or choose another folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running service. *port* is the one it listens on; *work* ends only when it stops."""

    app: web.Application
    host: str
    port: int
    worker: Worker
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
    started: Callable[[Service], None] | None = None,
) -> None:
    """Run until SIGTERM or SIGINT; then finish what has begun and stop within ten seconds.

    *started* is called once it listens. *demo* adds a shop's page to try the web chat on.
    Raises OSError when the port or *data* cannot be used, DataInUse, NewerSchema.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    async with running(config, data=data, host=host, port=port, demo=demo) as service:
        log.info("listening host=%s port=%s", service.host, service.port)
        _keep_for_good()
        if started is not None:
            started(service)
        service.work.add_done_callback(lambda _: stop.set())
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(_watch(config, service)) if watch else None
            await stop.wait()
            if watching is not None:
                watching.cancel()


@asynccontextmanager
async def running(
    config: Config,
    *,
    data: Path,
    host: str | None = None,
    port: int | None = None,
    clock: Callable[[], datetime] = utc_now,
    demo: bool = False,
) -> AsyncIterator[Service]:
    """The service for the length of the block. *clock* is for tests that travel in time."""
    with _alone(data) as node:
        database = Database(config.store.address(data))
        schema.prepare(database.engine)
        database.start()
        signals = _signals(config)
        http = registry.client()
        try:
            await signals.start()
            async with _serving(
                config, data, node, database, signals, http, clock, host, port, demo=demo
            ) as service:
                yield service
        finally:
            await http.close()
            await signals.close()
            await database.close()


@asynccontextmanager
async def _serving(
    config: Config,
    data: Path,
    node: str,
    database: Database,
    signals: Signals,
    http: ClientSession,
    clock: Callable[[], datetime],
    host: str | None,
    port: int | None,
    *,
    demo: bool,
) -> AsyncIterator[Service]:
    from bot.web.application import application
    from bot.web.webchat import deliver_to

    metrics = Metrics()
    context = Context(http=http, clock=clock, deliver=deliver_to(database, signals, clock))
    channels = registry.channels(config, context)
    known = registry.capabilities(channels)
    current = Current(config, data, known, clock)
    stop = asyncio.Event()
    paces = Paces(registry.rates(config, channels), clock=clock)
    sender = Sender(
        database=database,
        signals=signals,
        channels=channels,
        paces=paces,
        metrics=metrics,
        clock=clock,
    )
    name = f"{node}:{uuid4().hex[:8]}"
    polling = Polling(
        name=name,
        database=database,
        signals=signals,
        channels=channels,
        metrics=metrics,
        clock=clock,
    )
    worker = Worker(
        name=name,
        database=database,
        signals=signals,
        sender=sender,
        paces=paces,
        metrics=metrics,
        capabilities=known,
        clock=clock,
        answers=current,
    )
    await database.write(lambda connection: _release(connection, node))
    app = application(
        config=config,
        database=database,
        signals=signals,
        channels=channels,
        capabilities=known,
        metrics=metrics,
        clock=clock,
        demo=demo,
    )
    async with _listening(app, host or config.web.host, _port(config, port)) as bound:
        # Webhooks are stored from now on; they are answered as soon as the model is there.
        await asyncio.to_thread(current.load, config)
        beside = (polling.run(), _observe(database, current, clock))
        work = asyncio.create_task(_work(worker, sender, beside, stop))
        try:
            yield Service(
                app=app,
                host=host or config.web.host,
                port=bound,
                worker=worker,
                current=current,
                work=work,
            )
        finally:
            app[STOPPING].append(True)
            stop.set()
            await _finish(work)
            await database.write(lambda connection: _release(connection, node))


def _release(connection: Connection, node: str) -> None:
    leases.release(connection, node=node)
    polls.release(connection, node=node)


async def _work(
    worker: Worker,
    sender: Sender,
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
    """Keep what customers are told about waiting true."""
    while True:
        try:
            current.usual_wait = await database.read(
                lambda connection: usual_wait(connection, now=clock())
            )
        except StoreUnavailable:
            log.warning("cannot read how long customers wait; the last known wait stands")
        await asyncio.sleep(OBSERVE_EVERY)


async def _finish(work: asyncio.Task[None]) -> None:
    _, late = await asyncio.wait([work], timeout=STOP_WITHIN)
    if late:
        log.warning("cut off while stopping; recovery will settle what was being sent")
        work.cancel()
        await asyncio.wait([work])
    elif work.exception() is not None:
        log.error("the worker had failed", exc_info=work.exception())


class Current:
    """What answers now: swapped as a whole when a changed configuration has been loaded."""

    def __init__(
        self,
        config: Config,
        data: Path,
        known: Mapping[str, Capabilities],
        clock: Callable[[], datetime],
    ) -> None:
        self.config = config
        self._data = data
        self._known = known
        self._clock = clock
        self._pair: tuple[Understand, Answers] | None = None
        self.usual_wait: timedelta | None = None

    def __call__(self) -> tuple[Understand, Answers]:
        assert self._pair is not None  # noqa: S101 - loaded before anybody asks
        return self._pair

    def load(self, config: Config) -> None:
        """Read catalogue and templates of *config* and swap; what fails leaves the old in place."""
        new = answers(
            config,
            capabilities=self._known,
            usual_wait=lambda: self.usual_wait,
            now=self._clock(),
        )
        self._pair = understanding(config, models=self._data / "models"), new
        self.config = config


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


def _keep_for_good() -> None:
    """Spare the collector what lives as long as the process: catalogue, model, templates.

    Looking through them again and again took more than half of all processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


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


def _port(config: Config, port: int | None) -> int:
    return config.web.port if port is None else port


async def _watch(config: Config, service: Service) -> None:
    from bot.reload import watch

    async def apply(new: Config) -> None:
        await asyncio.to_thread(service.current.load, new)
        _keep_for_good()
        log.info("configuration reloaded")

    await watch(config.file, config, apply)
