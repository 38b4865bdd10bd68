"""`antiphon run`: the whole service in one process."""

import argparse
import asyncio
import errno
import os
import socket
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from bot import logs
from bot.app import DataInUse, serve
from bot.cli import failures, options
from bot.config import Config


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's."""
    parser = subparsers.add_parser(
        "run",
        help="answer customers",
        description="Answers customers until it is told to stop (Ctrl+C or SIGTERM).",
    )
    options.add_config(parser)
    options.add_data(parser)
    parser.add_argument("--host", metavar="ADDRESS", help="listen here instead of web.host")
    parser.add_argument("--port", type=_port, metavar="N", help="listen here instead of web.port")
    parser.add_argument(
        "--no-reload", action="store_true", help="do not watch config, intents and templates"
    )
    parser.add_argument(
        "--try-chat",
        action="store_true",
        help="add a page to try the web chat on, at /webchat/ACCOUNT/demo",
    )
    parser.add_argument("--log-level", default="info", choices=["debug", "info", "warning"])
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve; 0 after a clean stop, 2 if it cannot start."""
    try:
        with failures.told("run"):
            config = options.chosen_config(args)
            data = options.chosen_data(args, config)
            host = args.host or config.web.host
            port = config.web.port if args.port is None else args.port
            logs.configure(level=args.log_level, secrets=config.secrets())
            loop_runner()(_served(config, args, data=data, host=host, port=port))
    except DataInUse as exc:
        print(f"antiphon run: {str(exc) or exc.__doc__}", file=sys.stderr)
        return failures.CANNOT
    return 0


async def _served(
    config: Config, args: argparse.Namespace, *, data: Path, host: str, port: int
) -> None:
    try:
        await serve(
            config,
            data=data,
            host=host,
            port=port,
            watch=not args.no_reload,
            demo=args.try_chat,
            listening=_greet,
        )
    except OSError as exc:
        raise clearer(exc, host, port) from exc


def _greet(host: str, port: int) -> None:
    address = url(host, port)
    print(f"Antiphon listens at {address}, the desk is at {address}/desk", file=sys.stderr)


def url(host: str, port: int) -> str:
    """The address to type into a browser."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def clearer(error: OSError, host: str, port: int) -> OSError:
    """Name the address that cannot be listened on; asyncio says it in the message alone."""
    if isinstance(error, socket.gaierror):
        return OSError(f"{host} is no address of this machine; choose another with --host")
    match error.errno:
        case errno.EADDRINUSE:
            return OSError(f"port {port} is in use; choose another with --port, or stop its user")
        case errno.EADDRNOTAVAIL:
            return OSError(f"{host} is no address of this machine; choose another with --host")
        case errno.EACCES if error.filename is None:
            return OSError(f"port {port} is for administrators; choose one above 1023 with --port")
    return error


def loop_runner() -> Callable[[Coroutine[Any, Any, None]], None]:
    """What runs a coroutine to its end: uvloop where it exists."""
    if os.name != "nt":
        try:
            import uvloop
        except ImportError:
            return asyncio.run
        runner: Callable[[Coroutine[Any, Any, None]], None] = uvloop.run
        return runner
    return asyncio.run


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 65535")
    return port
