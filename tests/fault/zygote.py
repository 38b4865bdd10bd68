"""Starts lives of the service by fork, so that hundreds can be killed in minutes.

Reads lines from standard input: each starts one more life and prints its process id. The service
itself is the whole real one; only the imports are shared between lives.
"""

import asyncio
import ctypes
import os
import signal
import sys
from importlib import import_module
from pathlib import Path

from bot import logs
from bot.app import serve
from bot.config import Config, load

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Arguments: the config file, the data folder, the port."""
    file, data, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    config = load(file, os.environ)
    _import_everything(config, data)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _die_with_parent()
            _live(config, data, port)
            os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _import_everything(config: Config, data: Path) -> None:
    from bot.understanding import understanding

    understanding(config, models=data / "models")
    pages = ("bot.web.desk", "bot.web.reports", "bot.web.webchat.routes")
    for name in (
        "bot.current",
        "bot.worker",
        *pages,
        *(f"channels.{channel}" for channel in config.channels),
    ):
        import_module(name)


def _live(config: Config, data: Path, port: int) -> None:
    with (data / "service.log").open("a") as stream:
        logs.configure(stream=stream)
        asyncio.run(serve(config, data=data, port=port, watch=False))


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


if __name__ == "__main__":
    main()
