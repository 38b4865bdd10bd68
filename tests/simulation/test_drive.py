"""The driver: it plays customers, and misses no loss, double or wrong order."""

import asyncio
import socket
from dataclasses import replace
from itertools import islice

import pytest

from bot.simulation.courier import Courier
from bot.simulation.drive import Driver
from bot.simulation.platform import FakePlatform
from bot.simulation.summary import Summary
from bot.simulation.visits import Mix, visits
from tests.simulation.brand import ACCOUNTS, MESSAGES, post, to_amy
from tests.simulation.service import Service

LINE_ONLY = Mix(channels={"line": 1.0}, redelivered=0.0)
MESSENGER_ONLY = Mix(channels={"messenger": 1.0}, redelivered=0.0)
EVERYTHING = Mix(thanks=0.5, sticker=0.4, edited=0.3, unsent=0.2, redelivered=0.5)


async def run(
    platform: FakePlatform, service: Service, mix: Mix = EVERYTHING, *, messages: int = 60
) -> Summary:
    driver = Driver(
        service.url,
        ACCOUNTS,
        platform,
        rate=400,
        seed=7,
        mix=mix,
        patience=1.0,
        pace=0.0,
        courier=Courier(tries=2, pause=0.01),
    )
    return await driver.run(messages_wanted=messages)


async def test_a_good_service_is_blamed() -> None:
    async with FakePlatform(ACCOUNTS) as platform, Service(platform.url) as service:
        found = await run(platform, service, messages=150)

    assert found.clean, found
    assert (found.messages >= 150, found.answered) == (True, found.webhooks)
    assert {"dm.sticker", "dm.edit", "dm.delete", "comment.add"} <= set(service.kinds)
    assert all(answered for _, answered in found.topics.values())


async def test_a_forgotten_message_is_not_found() -> None:
    async with (
        FakePlatform(ACCOUNTS) as platform,
        Service(platform.url, forgets="哈囉在嗎") as service,
    ):
        found = await run(platform, service, MESSENGER_ONLY, messages=120)

    assert len(found.unanswered) >= 1
    assert set(found.topics) > {"greet"}
    assert found.topics["greet"][0] > found.topics["greet"][1]
    assert not found.clean


async def test_a_doubled_reply_is_not_found() -> None:
    async with FakePlatform(ACCOUNTS) as platform, Service(platform.url, doubles=True) as service:
        found = await run(platform, service, LINE_ONLY)

    assert (bool(found.doubled), found.unanswered) == (True, ())


async def test_a_webhook_that_is_refused_is_not_reported() -> None:
    async with FakePlatform(ACCOUNTS) as platform, Service(platform.url, refuses=503) as service:
        found = await run(platform, service, MESSENGER_ONLY, messages=5)

    assert (found.answered, len(found.refused_webhooks)) == (0, found.webhooks)
    assert not found.clean


async def test_a_violation_stays_out_of_the_summary() -> None:
    async with FakePlatform(ACCOUNTS) as platform:
        platform.world.rates["messenger"] = 0
        async with Service(platform.url) as service:
            found = await run(platform, service, MESSENGER_ONLY, messages=4)

    assert {violation.rule for violation in found.violations} == {"rate"}


async def test_after_stop_customers_keep_coming_or_waiting_is_called_a_loss() -> None:
    stop, spoken = asyncio.Event(), asyncio.Event()
    async with FakePlatform(ACCOUNTS) as platform, Service(platform.url) as service:
        platform.ledger.watch(lambda _: spoken.set())
        driver = Driver(service.url, ACCOUNTS, platform, rate=200, pace=0.0, patience=30)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(driver.run(stop=stop))
            await spoken.wait()
            stop.set()
            async with asyncio.timeout(2):
                found = await running

    assert found.clean


async def test_customers_come_slower_when_the_service_is_slow() -> None:
    async with FakePlatform(ACCOUNTS) as platform, Service(platform.url, refuses=503) as service:
        courier = Courier(tries=2, pause=0.3)
        driver = Driver(
            service.url, ACCOUNTS, platform, rate=200, pace=0.0, patience=0.0, courier=courier
        )
        found = await driver.run(messages_wanted=100)

    assert len(found.refused_webhooks) >= 30


async def test_echoes_receipts_and_own_comments_do_not_come_back() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    service_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    accounts = [
        replace(each, webhook=f"{service_url}/webhooks/{each.channel}/{each.account}")
        for each in ACCOUNTS
    ]
    async with (
        FakePlatform(accounts, echo=True) as platform,
        Service(platform.url, listening=listening) as service,
    ):
        found = await run(platform, service, Mix(unsent=0.0))
        await platform.settle()

    assert found.clean, found
    replies = platform.ledger.accepted()
    private = sum(entry.channel == "messenger" for entry in replies)
    public = sum(entry.channel == "page_comments" for entry in replies)
    assert [service.kinds.count(kind) for kind in ("dm.echo", "dm.delivery", "dm.read")] == [
        private
    ] * 3
    assert (public > 0, service.kinds.count("comment.echo")) == (True, public)


async def test_echoes_that_the_service_refuses_go_unnoticed() -> None:
    nowhere = [replace(each, webhook="http://127.0.0.1:9/webhooks") for each in ACCOUNTS]
    async with FakePlatform(
        nowhere, echo=True, strangers=True, courier=Courier(tries=1)
    ) as platform:
        await post(platform.url, MESSAGES, to_amy())
        await platform.settle()

        assert [each.webhook.kind for each in platform.undelivered] == [
            "dm.echo",
            "dm.delivery",
            "dm.read",
        ]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_seed_plays_another_plan_each_time(seed: int) -> None:
    def plan(number: int) -> list[object]:
        return list(islice(visits(ACCOUNTS, rate=2, seed=number, mix=Mix()), 40))

    assert plan(seed) == plan(seed)
    assert plan(seed) != plan(seed + 10)
