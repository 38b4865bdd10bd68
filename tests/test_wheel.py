"""The wheel holds everything the program reads, nothing else, and runs without a checkout."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest
from aiohttp import ClientSession

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "channels", "intents")
# What lies elsewhere in the wheel than in the checkout.
MOVED = {"responses": "bot/_responses", "config.yml": "bot/demo/config.yml"}
WITHIN = 60.0
# It installs and starts a program, beside all other tests.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built without a network."""
    if find_spec("hatchling") is None:
        if os.environ.get("CI"):
            pytest.fail("hatchling is missing in CI")
        pytest.skip("no hatchling; make setup-tests installs it")
    folder = tmp_path_factory.mktemp("wheel")
    _pip("wheel", str(ROOT), "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
    [built] = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the program alone; what it depends on comes from our environment."""
    folder = tmp_path_factory.mktemp("installed")
    _pip("install", str(wheel), "--no-deps", "--no-index", "--target", str(folder))
    return folder


def test_the_wheel_lacks_a_file_or_brings_a_foreign_one(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}

    information = {name for name in inside if name.split("/")[0].endswith(".dist-info")}
    outside = dict(_checkout())
    assert set(inside) - information == set(outside)
    assert {name: inside[name] for name in outside} == outside


def test_a_command_needs_the_checkout(installed: Path, tmp_path: Path) -> None:
    origins = (
        "import bot, channels, intents; print(bot.__file__, channels.__file__, intents.__file__)"
    )
    told = _run(installed, tmp_path, "-c", origins).split()
    assert [Path(file).parents[1] for file in told] == [installed] * 3

    program = str(installed / "bin" / "antiphon")
    _run(installed, tmp_path, program, "init", "shop")
    assert _run(installed, tmp_path, program, "validate", "--config", "shop/config.yml") == (
        "shop/config.yml: all is well\n"
    )
    people = ("user", "list", "--config", "shop/config.yml")
    assert "user" in _run(installed, tmp_path, program, *people)


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--try-chat", "--config", "shop/config.yml"),
        ("demo",),
        ("demo", "--config", "shop/config.yml"),
    ],
)
async def test_a_page_needs_the_checkout(
    installed: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    _run(installed, tmp_path, str(installed / "bin" / "antiphon"), "init", "shop")

    async with _serving(installed, tmp_path, words) as url, ClientSession(url) as visitor:
        pages = {
            path: (await visitor.get(path, headers={"Accept": "text/html"})).status
            for path in (
                *("/healthz", "/login", "/webchat/site/demo", "/webchat/site/frame"),
                *("/webchat/site/widget.js", "/static/0/desk.css", "/static/0/webchat/frame.js"),
            )
        }

    assert pages == dict.fromkeys(pages, 200)


@pytest.mark.parametrize("name", PACKAGES)
def test_a_dependency_installs_one_of_our_import_names(name: str) -> None:
    assert set(packages_distributions().get(name, ())) <= {"antiphon"}


def _checkout() -> Iterator[tuple[str, bytes]]:
    """Every file that belongs into the wheel, by its place there."""
    for source in (*PACKAGES, *MOVED):
        place = MOVED.get(source, source)
        for file in (ROOT / source).rglob("*") if (ROOT / source).is_dir() else [ROOT / source]:
            if file.is_file() and "__pycache__" not in file.parts:
                inner = file.relative_to(ROOT / source).as_posix()
                yield place if inner == "." else f"{place}/{inner}", file.read_bytes()


@asynccontextmanager
async def _serving(installed: Path, folder: Path, words: tuple[str, ...]) -> AsyncIterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    service = await asyncio.create_subprocess_exec(
        *(sys.executable, str(installed / "bin" / "antiphon"), *words, "--port", str(port)),
        cwd=folder,
        env=_environment(installed),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        assert service.stdout is not None
        async with asyncio.timeout(WITHIN):
            async for line in service.stdout:
                if f"http://127.0.0.1:{port}".encode() in line:
                    break
            else:
                pytest.fail("it has stopped before it listened")
        yield f"http://127.0.0.1:{port}"
    finally:
        service.send_signal(signal.SIGTERM)
        async with asyncio.timeout(WITHIN):
            await service.communicate()
        assert service.returncode == 0


def _run(installed: Path, folder: Path, *words: str) -> str:
    """What a command prints, far from the checkout."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=_environment(installed),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def _environment(installed: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(installed)}


def _pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", *words, "--quiet", "--disable-pip-version-check"]
    subprocess.run(command, cwd=ROOT.parent, check=True)
