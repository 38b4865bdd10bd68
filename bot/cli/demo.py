"""`antiphon demo`: the demo brand, answering simulated customers, to look at and to try."""

import argparse
import asyncio
import secrets
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import logs
from bot.app import DataInUse, Service, serve
from bot.cli import failures, options
from bot.cli.run import clearer, loop_runner
from bot.config import Config, load
from bot.simulation.play import play
from bot.store.agents import Role

PEOPLE: Mapping[Role, tuple[str, str]] = {
    Role.AGENT: ("agent@demo.example", "示範客服 Demo agent"),
    Role.MANAGER: ("manager@demo.example", "示範主管 Demo manager"),
    Role.ADMIN: ("admin@demo.example", "示範管理員 Demo admin"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIn:
    """Somebody who may look at the demo."""

    role: Role
    email: str
    password: str


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    parser = subparsers.add_parser(
        "demo",
        help="run the demo brand with simulated customers",
        description="Runs the demo brand on this machine with simulated platforms and customers: "
        "nothing leaves it, and no account is needed anywhere.",
    )
    options.add_config(parser)
    parser.add_argument("--data", type=Path, default=Path("data/demo"), metavar="DIR")
    parser.add_argument("--port", type=int, default=8080, metavar="N")
    parser.add_argument(
        "--rate", type=float, default=0.5, help="customers' messages per second (0.5)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve and simulate until told to stop; 2 if it cannot start."""
    try:
        with failures.told("demo"):
            args.data.mkdir(parents=True, exist_ok=True)
            config = _with_platforms(args.config, args.data)
            logs.configure(level="warning", secrets=config.secrets())
            print("antiphon: preparing (the first start trains the model)", file=sys.stderr)
            loop_runner()(_demo(config, args))
    except DataInUse as exc:
        print(f"antiphon demo: {exc.__doc__}", file=sys.stderr)
        return failures.CANNOT
    return 0


async def _demo(config: Config, args: argparse.Namespace) -> None:
    stop = asyncio.Event()
    listening: asyncio.Future[Service] = asyncio.get_running_loop().create_future()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_customers(config, args, listening, stop))
            try:
                await serve(
                    config,
                    data=args.data,
                    port=args.port,
                    watch=True,
                    demo=True,
                    started=listening.set_result,
                )
            finally:
                stop.set()
                if not listening.done():
                    listening.cancel()
                elif not listening.cancelled():
                    print("antiphon: stopped", file=sys.stderr)
    except* (OSError, DataInUse) as group:
        error = _first(group)
        if isinstance(error, OSError):
            raise clearer(error, config.web.host, args.port) from group
        raise error from group


async def _customers(
    config: Config,
    args: argparse.Namespace,
    listening: "asyncio.Future[Service]",
    stop: asyncio.Event,
) -> None:
    try:
        service = await listening
    except asyncio.CancelledError:
        return
    address = f"http://{service.host}:{service.port}"
    # Only whoever serves this data folder may change its passwords.
    people = await asyncio.to_thread(_people, config, args.data)
    _greet(address, config, people)
    await play(config, address, rate=args.rate, stop=stop)


def _greet(address: str, config: Config, people: list[LogIn]) -> None:
    lines = [
        "",
        f"  web chat   {address}/webchat/{_site(config)}/demo",
        f"  desk       {address}/desk",
        f"  reports    {address}/reports",
        "",
        *(f"  {one.role:<9}  {one.email}   password  {one.password}" for one in people),
        "",
        "Simulated customers are writing now. Ctrl+C stops.",
    ]
    print("\n".join(lines), flush=True)


def _site(config: Config) -> str:
    site: str = config.channels["webchat"][0].account
    return site


def _with_platforms(file: Path, data: Path) -> Config:
    """The brand of *file* with an account on every simulated platform, under fresh secrets."""
    import yaml

    load(file, {})
    brand: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    api = f"http://127.0.0.1:{_free_port()}"
    meta = {
        "account": "shop",
        "page": "100000000000001",
        "secret": secrets.token_hex(16),
        "verify_token": secrets.token_hex(16),
        "token": secrets.token_hex(16),
        "api": api,
    }
    line = {name: meta[name] for name in ("account", "secret", "token", "api")}
    channels = {"messenger": [meta], "page_comments": [dict(meta)], "line": [line]}
    brand["channels"] = {"webchat": brand["channels"]["webchat"], **channels}
    derived = data / "demo.yml"
    derived.write_text(yaml.safe_dump(brand, allow_unicode=True), encoding="utf-8")
    derived.chmod(0o600)
    return load(derived, {})


def _people(config: Config, data: Path) -> list[LogIn]:
    """One log-in per role, each with a password made now."""
    from bot.clock import utc_now
    from bot.store import agents
    from bot.web.passwords import fresh, hashed

    engine = options.chosen_engine(config, data)
    made = [LogIn(role=role, email=email, password=fresh()) for role, (email, _) in PEOPLE.items()]
    with engine.connect().execution_options(writes=True) as connection:
        known = {agent.email: agent.id for agent in agents.everyone(connection)}
        for one in made:
            password_hash = hashed(one.password)
            if one.email in known:
                agents.set_password(connection, known[one.email], password_hash)
            else:
                agents.add(
                    connection,
                    email=one.email,
                    name=PEOPLE[one.role][1],
                    role=one.role,
                    password_hash=password_hash,
                    at=utc_now(),
                )
        connection.commit()
    engine.dispose()
    return made


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _first(group: BaseExceptionGroup[OSError | DataInUse]) -> OSError | DataInUse:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, OSError | DataInUse)  # noqa: S101 - the handler chose these
    return error
