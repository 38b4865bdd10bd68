"""`antiphon channels check` and `subscribe` say what is wrong with a connection and what to do."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

from bot import connecting, registry
from bot.cli import main
from bot.config import Config, load
from channels.base import Channel, Finding
from tests.channels.adapter import lent

NOW = datetime(2026, 9, 28, 8, 0, tzinfo=UTC)


class Platform:
    """A platform's front door: dated *skew* away from us, *status* at /healthz."""

    def __init__(self) -> None:
        self.skew = timedelta()
        self.status = 200
        self.address = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Say the time."""
        status = self.status if request.path == "/healthz" else 404
        return web.Response(status=status, headers={"Date": format_datetime(NOW - self.skew)})


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    made = Platform()
    app = web.Application()
    app.router.add_get("/{tail:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


def written(folder: Path, api: str, public_url: str | None) -> Config:
    """A brand with one LINE account, whose platform is at *api*."""
    account = {"account": "shop", "secret": "a-secret-word", "token": "a-token-word", "api": api}
    config: dict[str, Any] = {
        "brand": {"name": "Demo", "timezone": "Asia/Taipei", "languages": ["en"]},
        "channels": {"line": [account], "webchat": [{"account": "site"}]},
    }
    if public_url is not None:
        config["web"] = {"public_url": public_url}
    file = folder / "config.yml"
    file.write_text(json.dumps(config), encoding="utf-8")
    return load(file, {})


async def found(config: Config) -> dict[str, Finding]:
    """What the check says about the LINE account, by name."""
    async with ClientSession() as http:
        channel: Channel = registry.channels(config, lent(http))["line", "shop"]
        findings = await connecting.check(config, channel, http, now=NOW)
    return {each.name: each for each in findings}


@pytest.mark.parametrize(("skew", "ok"), [(2, True), (-2, True), (7200, False), (-7200, False)])
async def test_a_clock_two_hours_off_passes(
    platform: Platform, tmp_path: Path, skew: int, ok: bool
) -> None:
    platform.skew = timedelta(seconds=skew)

    clock = (await found(written(tmp_path, platform.address, None)))["clock"]

    assert (clock.ok, bool(clock.next_step)) == (ok, not ok)
    assert f"{abs(skew)} s {'ahead of' if skew > 0 else 'behind'}" in clock.detail


@pytest.mark.parametrize("status", [200, 404, 502])
async def test_an_address_that_leads_elsewhere_passes(
    platform: Platform, tmp_path: Path, status: int
) -> None:
    platform.status = status
    config = written(tmp_path, platform.address, platform.address)

    assert (await found(config))["webhook address"].ok is (status == 200)


async def test_a_brand_without_an_address_is_not_told_to_set_one(
    platform: Platform, tmp_path: Path
) -> None:
    address = (await found(written(tmp_path, platform.address, None)))["webhook address"]

    assert not address.ok
    assert "web.public_url" in address.next_step


async def test_a_platform_that_cannot_be_reached_ends_the_check(
    platform: Platform, tmp_path: Path
) -> None:
    unreachable = f"http://127.0.0.1:{_closed_port()}"

    findings = await found(written(tmp_path, unreachable, platform.address))

    assert not findings["platform"].ok
    assert findings["webhook address"].ok


def test_the_command_hides_that_something_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = written(tmp_path, f"http://127.0.0.1:{_closed_port()}", None)
    command = ["channels", "check", "--config", str(config.file)]

    assert main([*command, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["webchat/site"] == []
    assert not any(each["ok"] for each in told["line/shop"])
    assert main([*command, "line/shop"]) == 1
    shown = capsys.readouterr().out
    assert "WRONG" in shown
    assert "web.public_url" in shown
    assert "a-token-word" not in shown


def test_a_misspelt_account_is_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = written(tmp_path, "https://api.line.me", None)

    assert main(["channels", "check", "line/shoop", "--config", str(config.file)]) == 2
    assert "line/shoop" in capsys.readouterr().err


def _closed_port() -> int:
    from aiohttp.test_utils import unused_port

    return unused_port()
