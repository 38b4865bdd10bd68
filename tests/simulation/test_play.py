"""Platform and customers for a configured brand, and the command that plays them."""

import argparse
import asyncio
import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from bot.cli import options, simulate
from bot.simulation import drive
from bot.simulation.play import CannotSimulate, demo, loopback_port, play, simulated
from channels.line import Settings as LineSettings
from channels.messenger import Settings as PageSettings
from tests.simulation.brand import BOT, LINE, MESSENGER, PAGE
from tests.simulation.service import Service


@dataclass
class Brand:
    """The part of a Config that is read."""

    channels: Mapping[str, Sequence[object]]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def brand(api: str, **more: str) -> Brand:
    page = {
        "account": "main",
        "page": PAGE,
        "secret": [MESSENGER.secret, "older"],
        "verify_token": "v",
        "token": MESSENGER.token,
        "api": api,
    }
    line = {
        "account": "shop",
        "destination": BOT,
        "secret": LINE.secret,
        "token": LINE.token,
        "api": more.get("line", api),
    }
    pages: list[BaseModel] = [PageSettings.model_validate(page)]
    return Brand(
        channels={
            "messenger": pages,
            "page_comments": pages,
            "line": [LineSettings.model_validate(line)],
        }
    )


def test_accounts_are_played_with_other_secrets_than_the_service_checks() -> None:
    accounts = simulated(brand("http://127.0.0.1:9001"), "http://127.0.0.1:8080/")

    assert [
        (each.channel, each.account, each.page, each.secret, each.token, each.webhook)
        for each in accounts
    ] == [
        ("line", "shop", BOT, LINE.secret, LINE.token,
         "http://127.0.0.1:8080/webhooks/line/shop"),
        ("messenger", "main", PAGE, MESSENGER.secret, MESSENGER.token,
         "http://127.0.0.1:8080/webhooks/messenger/main"),
        ("page_comments", "main", PAGE, MESSENGER.secret, MESSENGER.token,
         "http://127.0.0.1:8080/webhooks/page_comments/main"),
    ]  # fmt: skip
    assert MESSENGER.token not in repr(accounts)


@pytest.mark.parametrize(
    "api",
    [
        "https://graph.facebook.com",
        "https://127.0.0.1:9001",
        "http://10.0.0.5:9001",
        "http://127.0.0.1.example.com:9001",
    ],
)
def test_a_real_platform_is_taken_for_a_fake_one(api: str) -> None:
    with pytest.raises(CannotSimulate, match="never reach a real platform"):
        loopback_port(brand(api))


def test_two_ports_are_silently_made_one() -> None:
    with pytest.raises(CannotSimulate, match="different ports"):
        loopback_port(brand("http://127.0.0.1:9001", line="http://127.0.0.1:9002"))


def test_a_brand_without_channels_plays_for_nobody() -> None:
    with pytest.raises(CannotSimulate, match="no channel"):
        simulated(Brand(channels={}), "http://127.0.0.1:8080")


async def test_a_demo_has_no_customers_or_does_not_end() -> None:
    port = free_port()
    async with (
        Service(f"http://127.0.0.1:{port}") as service,
        demo(brand(service.platform_url), service.url, rate=300) as platform,
    ):
        heard = asyncio.Event()
        platform.ledger.watch(lambda _: heard.set())
        async with asyncio.timeout(10):
            await heard.wait()

    assert platform.ledger[0].status == "accepted"


async def test_play_does_not_stop_when_told() -> None:
    port, stop = free_port(), asyncio.Event()
    async with Service(f"http://127.0.0.1:{port}") as service:
        stop.set()
        async with asyncio.timeout(20):
            found = await play(brand(service.platform_url), service.url, stop=stop)

    assert found.clean


async def test_a_taken_port_ends_in_a_traceback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        api = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(CannotSimulate, match="is taken"):
            await play(brand(api), "http://127.0.0.1:9", stop=asyncio.Event())


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    simulate.add_parser(parser.add_subparsers())
    return parser.parse_args(["simulate", *arguments])


async def test_the_command_calls_a_good_service_faulty_or_a_bad_one_clean(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    monkeypatch.setattr(options, "chosen_config", lambda _: brand(f"http://127.0.0.1:{port}"))
    for pause in ("_READING_SECONDS", "_TYPING_SECONDS"):
        monkeypatch.setattr(drive, pause, (0.0, 0.0))

    async with Service(f"http://127.0.0.1:{port}") as service:
        arguments = ["--service", service.url, "--rate", "300", "--messages", "12"]
        arguments += ["--patience", "3", "--seed", "5"]
        good = await asyncio.to_thread(simulate.run, parsed(*arguments, "--json"))
        shown = json.loads(capsys.readouterr().out)
        service.doubles = True
        bad = await asyncio.to_thread(simulate.run, parsed(*arguments))
        told = capsys.readouterr().out

    assert (good, shown["clean"], shown["violations"]) == (0, True, [])
    assert (bad, "a doubled reply" in told, "FAULTS FOUND" in told) == (1, True, True)


@pytest.mark.parametrize(
    ("api", "service", "sentence"),
    [
        ("https://api.line.me", "http://127.0.0.1:9", "Nobody answers at http://127.0.0.1:9"),
        ("http://127.0.0.1:9001", "127.0.0.1:8080", "not an http"),
    ],
)
def test_what_cannot_be_played_ends_in_a_traceback(
    api: str,
    service: str,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(options, "chosen_config", lambda _: brand(api))

    assert simulate.run(parsed("--service", service)) == 2
    assert sentence in capsys.readouterr().err


def test_a_missing_config_ends_in_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments: Any = parsed("--service", "http://127.0.0.1:9", "--config", str(tmp_path / "no.yml"))

    with pytest.raises(SystemExit, match="2"):
        simulate.run(arguments)
    assert "no.yml" in capsys.readouterr().err
