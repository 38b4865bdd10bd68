"""YouTube's day of units, and the access token: counted, kept for people, renewed in time."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.simulation.call import Taken
from bot.simulation.misbehaviour import Misbehaviour
from bot.store import schema
from bot.store.database import Database
from bot.store.quotas import StoredMeter
from channels.errors import ChannelUnavailable, QuotaExhausted, Unauthorized
from channels.messages import Action
from channels.youtube import YouTube
from channels.youtube.budget import next_reset
from tests.channels.schemas import faults
from tests.channels.watched import NOON, REFRESH, Channel, bot_says, person_says, watched
from tests.postgres import new_database
from tests.shared import shared_path

MIDNIGHT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.fixture
async def channel() -> AsyncIterator[Channel]:
    """A channel that nobody has polled."""
    async with watched() as made:
        yield made
        assert [one.rule for one in made.platform.violations] == []


@pytest.mark.parametrize(
    ("now", "reset"),
    [
        (NOON, MIDNIGHT),
        (MIDNIGHT - timedelta(seconds=1), MIDNIGHT),
        (MIDNIGHT, MIDNIGHT + timedelta(days=1)),
        # The clocks go forward and back: days of 23 and 25 hours.
        (datetime(2026, 3, 8, 9, tzinfo=UTC), datetime(2026, 3, 9, 7, tzinfo=UTC)),
        (datetime(2026, 11, 1, 8, tzinfo=UTC), datetime(2026, 11, 2, 8, tzinfo=UTC)),
    ],
)
def test_the_day_ends_at_another_time_than_midnight_in_california(
    now: datetime, reset: datetime
) -> None:
    assert next_reset(now) == reset


async def test_the_bot_speaks_on_what_is_kept_for_people(channel: Channel) -> None:
    thread = channel.writes("有貨嗎")
    adapter = channel.adapter(daily_units=160, reserve_units=60)
    await adapter.send(bot_says("一", thread=thread))
    await adapter.send(bot_says("二", thread=thread))

    with pytest.raises(QuotaExhausted) as caught:
        await adapter.send(bot_says("三", thread=thread))
    assert caught.value.resets_at == MIDNIGHT
    await adapter.send(person_says("三", thread=thread))
    with pytest.raises(QuotaExhausted):
        await adapter.send(person_says("四", thread=thread))
    assert channel.api.units == 150
    channel.now = MIDNIGHT
    await adapter.send(bot_says("四", thread=thread))


async def test_a_poll_takes_the_last_units_or_comes_as_often_when_they_run_short(
    channel: Channel,
) -> None:
    adapter = channel.adapter(daily_units=1000, reserve_units=100)
    usual = await channel.poll(adapter)
    thread = channel.writes("有貨嗎")
    for _ in range(16):
        await adapter.send(bot_says("有", thread=thread))
    channel.now += timedelta(hours=1)
    short = await channel.poll(adapter)
    assert short.next_after == timedelta(minutes=15)
    # Twelve hours for half of 899 units, one each.
    assert usual.next_after // timedelta(seconds=1) == 96

    while await adapter._calls.budget.used() < 950:
        await channel.poll(adapter)
    with pytest.raises(QuotaExhausted):
        await channel.poll(adapter)


async def test_a_quiet_day_is_polled_less_often_than_set(channel: Channel) -> None:
    assert (await channel.poll()).next_after == timedelta(seconds=60)


async def test_google_counts_more_than_we_do_and_is_asked_on(channel: Channel) -> None:
    channel.api.units = 10_000
    with pytest.raises(QuotaExhausted) as caught:
        await channel.poll()

    assert caught.value.resets_at == MIDNIGHT
    channel.platform.violations.clear()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_restart_forgets_what_was_used_or_two_processes_use_it_twice(
    channel: Channel, tmp_path: Path, kind: str
) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}" if kind == "sqlite" else new_database()
    thread = channel.writes("有貨嗎")

    async def reply(database: Database) -> bool:
        channel.meter = StoredMeter(database)
        adapter = channel.adapter(daily_units=250, reserve_units=50)
        try:
            await adapter.send(bot_says("有", thread=thread))
        except QuotaExhausted:
            return False
        return True

    taken = 0
    for _ in range(2):
        first, second = Database(url), Database(url)
        schema.prepare(first.engine)
        first.start()
        second.start()
        taken += sum(await asyncio.gather(*(reply(one) for one in (first, second, first))))
        await first.close()
        await second.close()

    assert taken == 4
    assert channel.api.units == 200


# The access token


def renewing(channel: Channel, **changes: object) -> YouTube:
    """An adapter that makes its access tokens of a refresh token."""
    given = {
        "refresh_token": REFRESH,
        "client_id": "client-1",
        "client_secret": "client-secret-1",
        "token_url": f"{channel.platform.url}/youtube/token",
    }
    return channel.adapter(**given | changes)


async def test_a_token_is_made_for_each_call_or_outlives_its_hour(channel: Channel) -> None:
    adapter = renewing(channel)
    began = channel.platform.calls
    await asyncio.gather(*(adapter.poll(None, channel.now) for _ in range(5)))
    assert channel.platform.calls - began == 6
    channel.now += timedelta(minutes=59)
    await adapter.poll(None, channel.now)

    assert channel.platform.calls - began == 8


async def test_a_token_that_dies_early_pauses_the_account(channel: Channel) -> None:
    thread = channel.writes("有貨嗎")
    adapter = renewing(channel)
    await channel.poll(adapter)
    channel.now += timedelta(minutes=10)
    channel.platform.misbehave(Misbehaviour(kind="unauthorized", times=1))
    with pytest.raises(ChannelUnavailable):
        await adapter.send(bot_says("有", thread=thread))

    await adapter.send(bot_says("有", thread=thread))


async def test_a_token_that_is_never_good_is_made_again_and_again(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = Taken(body={"access_token": "nobodys", "expires_in": 3599})
    monkeypatch.setattr(type(channel.api), "take", lambda self, attempt: bad)
    with pytest.raises(Unauthorized):
        await channel.poll(renewing(channel))

    channel.platform.violations.clear()


async def test_a_token_that_was_made_just_now_is_thought_to_have_died_early(
    channel: Channel,
) -> None:
    adapter = renewing(channel)
    await channel.poll(adapter)
    channel.platform.misbehave(Misbehaviour(kind="unauthorized", times=1))

    with pytest.raises(Unauthorized):
        await channel.poll(adapter)


async def test_a_permission_that_was_taken_back_is_called_trouble_of_the_platform(
    channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(Unauthorized, match="invalid_grant") as caught:
        await channel.poll(renewing(channel, refresh_token="old-refresh-token"))

    channel.platform.violations.clear()
    told = f"{caught.value} {caught.value.__cause__} {caplog.text}"
    assert "old-refresh-token" not in told
    assert "client-secret-1" not in told


async def test_no_token_comes_and_a_reply_is_thought_sent(channel: Channel) -> None:
    channel.platform.misbehave(Misbehaviour(kind="reset"))

    with pytest.raises(ChannelUnavailable):
        await renewing(channel).send(bot_says("有", thread="Ugx1"))


# What Google's own description says


async def test_a_call_is_not_what_googles_description_allows(channel: Channel) -> None:
    described = json.loads(shared_path("specs/youtube/youtube.v3.json").read_bytes())
    thread = channel.writes("有貨嗎")
    adapter = channel.adapter(held=True)
    seen: list[tuple[str, str, dict[str, str], bytes]] = []
    attempt = channel.api.attempt
    channel.api.attempt = lambda call: (  # type: ignore[method-assign]
        seen.append((call.method, call.path, dict(call.query), call.body)) or attempt(call)  # type: ignore[func-returns-value]
    )
    await channel.poll(adapter)
    channel.now += timedelta(hours=2)
    for n in range(120):
        channel.writes(f"{n}")
    for n in range(4):
        channel.writes(f"{n}", thread=thread, by="lin")
    await channel.poll(adapter)
    await channel.poll(adapter)
    await adapter.send(bot_says("有的！", thread=thread))
    await adapter.send(bot_says("", thread=thread, action=Action.HIDE))
    await adapter.check()

    wrong = [
        fault for method, path, query, _ in seen for fault in odd(described, method, path, query)
    ]
    assert wrong == []
    assert {path.rpartition("/")[2] for _, path, _, _ in seen} == {
        *("commentThreads", "comments", "channels", "setModerationStatus")
    }
    [body] = [json.loads(body) for *_, body in seen if body]
    assert faults("youtube/derived/Comment.schema.json", body) == []


def odd(described: Any, method: str, path: str, query: dict[str, str]) -> list[str]:
    """What is not described in a call."""
    [one] = [
        one
        for resource in described["resources"].values()
        for one in resource.get("methods", {}).values()
        if (one["httpMethod"], f"/{one['path']}") == (method, path)
    ]
    known = one["parameters"]
    return [
        *(f"{name}: unknown" for name in query if name not in known),
        *(
            f"{name}: missing"
            for name in known
            if known[name].get("required") and name not in query
        ),
        *(
            f"{name}: {query[name]}"
            for name in known
            if name in query and query[name] not in known[name].get("enum", [query[name]])
        ),
    ]
