"""The service under test: as shipped, trained before it starts, on a core of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.server import ROOT, Server, server

MODELS = ROOT / "benchmarks" / ".models"


@asynccontextmanager
async def service(
    config: Path, *, models: Path, core: int, profile: Path | None = None
) -> AsyncIterator[Server]:
    """Serve the brand of *config*, whose database lies beside it, until the block ends.

    *models* keeps the trained model. With *profile*, an absolute path, the service can be
    sampled into that file.
    """
    options = _prepared(config, models)
    await _train(*options)
    module = ["-m", "bot"]
    if profile is not None:
        module = ["benchmarks/sampled.py", str(profile), "bot"]
    command = (*module, "run", *options, "--no-reload", "--log-level", "warning", "--port")
    async with server(*command, core=core, path="/healthz") as running:
        yield running


def _prepared(config: Path, models: Path) -> tuple[str, ...]:
    data = config.parent / "data"
    data.mkdir()
    models.mkdir(parents=True, exist_ok=True)
    (data / "models").symlink_to(models.resolve())
    return "--config", str(config), "--data", str(data)


def absolute(name: str) -> Path:
    """The path that *name* means here; the service may run elsewhere."""
    return Path(name).resolve()


async def _train(*options: str) -> None:
    """Make the model before anything is measured; nothing to do if it is kept already."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "train", *options),
        cwd=ROOT,
        stdout=asyncio.subprocess.DEVNULL,
    )
    if await process.wait():
        raise RuntimeError("the model could not be trained")
