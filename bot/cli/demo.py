"""`antiphon demo`: the demo brand, answering simulated customers, to look at and to try."""

import argparse
import asyncio
import secrets
import socket
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot import logs
from bot.app import DataInUse, serve
from bot.cli import failures, options
from bot.cli.run import clearer, loop_runner, url
from bot.config import Config, demo_brand, load
from bot.simulation.play import CannotSimulate, play
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
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="play with this brand (one that is invented)"
    )
    parser.add_argument(
        "--data", type=Path, default=Path("data/demo"), metavar="DIR", help="(data/demo)"
    )
    parser.add_argument("--port", type=int, default=8080, metavar="N", help="(8080)")
    parser.add_argument(
        "--rate", type=float, default=0.5, help="customers' messages per second (0.5)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve and simulate until told to stop; 2 if it cannot start."""
    try:
        with ExitStack() as stack, failures.told("demo"):
            args.data.mkdir(parents=True, exist_ok=True)
            # Not in the data folder: another demo may run there.
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="antiphon-demo-")))
            config = _with_platforms(args.config or demo_brand(), folder)
            logs.configure(level="warning", secrets=config.secrets())
            print(
                "antiphon: starting; the first start trains the model, which takes half a minute",
                file=sys.stderr,
            )
            loop_runner()(_demo(config, args))
    except (CannotSimulate, DataInUse) as exc:
        print(f"antiphon demo: {str(exc) or exc.__doc__}", file=sys.stderr)
        return failures.CANNOT
    return 0


async def _demo(config: Config, args: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    listening: asyncio.Future[str] = loop.create_future()
    answering: asyncio.Future[None] = loop.create_future()
    try:
        async with asyncio.TaskGroup() as tasks:
            customers = tasks.create_task(_customers(config, args, listening, answering))
            try:
                await serve(
                    config,
                    data=args.data,
                    port=args.port,
                    watch=True,
                    demo=True,
                    listening=lambda host, port: listening.set_result(url(host, port)),
                    started=lambda: answering.set_result(None),
                )
            finally:
                if listening.done():
                    print("antiphon: stopped", file=sys.stderr)
                # Their platforms stay until now, so that the last replies can leave.
                customers.cancel()
    except ExceptionGroup as group:
        error = _first(group)
        if isinstance(error, OSError):
            error = clearer(error, config.web.host, args.port)
        raise error from group


async def _customers(
    config: Config,
    args: argparse.Namespace,
    listening: "asyncio.Future[str]",
    answering: "asyncio.Future[None]",
) -> None:
    address = await listening
    # Only whoever serves this data folder may change its passwords.
    people = await asyncio.to_thread(_people, config, args.data)
    _greet(address, config, people)
    await answering
    print("Simulated customers are writing now. Ctrl+C stops.", flush=True)
    await play(config, address, rate=args.rate, stop=asyncio.Event())


def _greet(address: str, config: Config, people: list[LogIn]) -> None:
    lines = [
        "",
        f"  web chat   {address}/webchat/{_site(config)}/demo",
        f"  desk       {address}/desk",
        f"  reports    {address}/reports",
        "",
        *(f"  {one.role:<9}  {one.email}   password  {one.password}" for one in people),
        "",
    ]
    print("\n".join(lines), flush=True)


def _site(config: Config) -> str:
    site: str = config.channels["webchat"][0].account
    return site


def _with_platforms(file: Path, folder: Path) -> Config:
    """The brand of *file* with an account on every simulated platform, under fresh secrets."""
    import yaml

    known = load(file, {})
    # Its actions, since what is written below stands in another folder.
    sys.path.insert(0, str(known.folder))
    brand: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    if known.responses is not None:
        brand["responses"] = str(known.responses)
    if known.understanding.catalog is not None:
        brand["understanding"]["catalog"] = str(known.understanding.catalog)
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
    webchat = brand["channels"].get("webchat", [{"account": "site"}])
    brand["channels"] = {"webchat": webchat, **channels}
    derived = folder / "demo.yml"
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


def _first(error: Exception) -> Exception:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
