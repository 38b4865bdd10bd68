"""`antiphon doctor`: whether this machine can do the work, in one look."""

import argparse
import asyncio
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from bot.cli import failures, options
from bot.config import Config, ConfigError
from bot.reports.hours import OpeningHours

LEAST_FREE_BYTES = 500_000_000
LOOK_AHEAD = timedelta(days=60)
# Before this the clock cannot be right: this code is younger.
BUILT_AT = datetime(2026, 11, 1, tzinfo=UTC)
_PATIENCE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one look found. *state* is ok, note or wrong."""

    name: str
    state: str
    told: str


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    parser = subparsers.add_parser(
        "doctor",
        help="check this machine",
        description="Checks configuration, data folder, database, Redis, action server, mail "
        "server, clock and the closures of the next 60 days. Exits 1 if anything is wrong. "
        "Reaches only the database and the servers that the configuration names.",
    )
    options.add_config(parser)
    options.add_data(parser)
    options.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print every finding; 1 if one of them is wrong."""
    findings = _findings(args)
    if args.json:
        print(json.dumps({"findings": [asdict(each) for each in findings]}, ensure_ascii=False))
    else:
        for each in findings:
            print(f"{each.state:5}  {each.name}: {each.told}")
    return 1 if any(each.state == "wrong" for each in findings) else 0


def _findings(args: argparse.Namespace) -> list[Finding]:
    try:
        config = options.chosen_config(args)
    except ConfigError as exc:
        return [Finding(name="config", state="wrong", told=str(exc)), _clock()]
    data = args.data or config.folder / "data"
    looks: Iterable[Callable[[], Finding]] = (
        lambda: _files(config),
        lambda: _data(data),
        lambda: _database(config, data),
        lambda: _redis(config),
        lambda: _action_server(config),
        lambda: _mail(config),
        _clock,
        lambda: _closures(config, datetime.now(config.brand.timezone)),
    )
    return [look() for look in looks]


def _files(config: Config) -> Finding:
    from bot.checks import check

    problems = check(config)
    if problems:
        return Finding(name="config", state="wrong", told="\n".join(map(str, problems)))
    accounts = [f"{channel}/{settings.account}" for channel, settings in config.accounts()]
    return Finding(name="config", state="ok", told=f"valid; {', '.join(accounts)}")


def _data(data: Path) -> Finding:
    try:
        data.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data) as file:
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
        free = shutil.disk_usage(data).free
    except OSError as exc:
        return Finding(name="data folder", state="wrong", told=failures.of_system(exc))
    state = "ok" if free >= LEAST_FREE_BYTES else "wrong"
    return Finding(name="data folder", state=state, told=f"{data}, {free / 1e9:.1f} GB free")


def _database(config: Config, data: Path) -> Finding:
    from bot.store.database import engine
    from bot.store.schema import HEAD, version

    name = "SQLite" if config.store.embedded else "PostgreSQL"
    if config.store.embedded and not (data / "antiphon.db").exists():
        told = f"{name}, not there yet; the first start makes it"
        return Finding(name="database", state="note", told=told)
    made = engine(config.store.address(data))
    try:
        with made.connect() as connection:
            found = version(connection)
    except SQLAlchemyError as exc:
        return Finding(name="database", state="wrong", told=failures.sentence(exc))
    finally:
        made.dispose()
    if found == HEAD:
        return Finding(name="database", state="ok", told=f"{name}, up to date ({found})")
    if found is not None and found > HEAD:
        return Finding(name="database", state="wrong", told=f"{name}, of a newer version ({found})")
    told = f"{name}, {found or 'empty'}; the next start brings it to {HEAD}"
    return Finding(name="database", state="note", told=told)


def _redis(config: Config) -> Finding:
    if config.redis is None:
        return Finding(name="redis", state="ok", told="not configured, one process needs none")
    try:
        return Finding(name="redis", state="ok", told=asyncio.run(_ping(config)))
    except (RedisError, OSError) as exc:
        told = f"does not answer, signals stay within one process: {exc}"
        return Finding(name="redis", state="wrong", told=told)


async def _ping(config: Config) -> str:
    assert config.redis is not None  # noqa: S101
    client: Redis = Redis.from_url(config.redis.url.get_secret_value())
    try:
        async with asyncio.timeout(_PATIENCE):
            began = time.monotonic()
            await client.execute_command("PING")  # type: ignore[no-untyped-call]
            return f"answers in {1000 * (time.monotonic() - began):.1f} ms"
    finally:
        with suppress(RedisError, OSError):
            await client.aclose()


def _action_server(config: Config) -> Finding:
    if config.action_server is None:
        told = "not configured, actions run in our process"
        return Finding(name="action server", state="ok", told=told)
    from bot.actions.checkup import looked_at

    found = asyncio.run(looked_at(config.action_server))
    return Finding(name="action server", state=found.state, told=found.told)


def _mail(config: Config) -> Finding:
    from bot.mail import MailError, check

    if config.mail is None:
        return Finding(name="mail", state="ok", told="not configured, no report is mailed")
    try:
        told = asyncio.run(check(config.mail, patience=_PATIENCE))
    except MailError as exc:
        told = f"{config.mail.host}:{config.mail.port}: {exc}"
        return Finding(name="mail", state="wrong", told=told)
    if config.web.public_url is None:
        return Finding(name="mail", state="note", told=f"{told}; no web.public_url, so no links")
    return Finding(name="mail", state="ok", told=told)


def _clock() -> Finding:
    now = datetime.now(UTC)
    state = "ok" if now > BUILT_AT else "wrong"
    return Finding(name="clock", state=state, told=f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _closures(config: Config, now: datetime) -> Finding:
    name = f"closures until {now + LOOK_AHEAD:%Y-%m-%d} ({config.brand.timezone.key})"
    hours = config.brand.opening_hours({now.year, (now + LOOK_AHEAD).year})
    if hours is None:
        return Finding(name=name, state="note", told="no hours configured, always open")
    days = [now.date() + timedelta(days=ahead) for ahead in range(LOOK_AHEAD.days + 1)]
    if not any(hours.shifts(day) for day in days):
        return Finding(name=name, state="wrong", told="closed on every single day")
    closed = [
        f"{day:%m-%d} {day:%a}"
        for day in days
        if hours.week(day).get(day.weekday()) and not hours.shifts(day)
    ]
    special = [f"{day:%m-%d}" for day in days if day in hours.special and hours.shifts(day)]
    told = f"closed on {', '.join(closed) or 'no day but the usual ones'}"
    if special:
        told += f"; other hours on {', '.join(special)}"
    if _closed_for_a_week(hours, days):
        told += "; closed for a week or longer, in which asks expire unanswered"
        return Finding(name=name, state="note", told=told)
    return Finding(name=name, state="ok", told=told)


def _closed_for_a_week(hours: OpeningHours, days: Sequence[date]) -> bool:
    """An ask waits no longer than that, by the calendar."""
    is_open = [bool(hours.shifts(day)) for day in days]
    return any(not any(is_open[first : first + 7]) for first in range(len(days) - 6))
