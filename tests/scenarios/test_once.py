"""I2 and I3: however often and however mixed an event is delivered, it has one effect."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.simulation.webhook import Webhook, line_post, meta_post
from tests.house import PAGE, House, account, house
from tests.scenarios.scene import arrived, items, line_user, logged, on_line, said

EVENTS = 1000
DELIVERIES = 10_000
AT_ONCE = 32
BIGGEST_BATCH = 12


@pytest.mark.timeout(300)
async def test_ten_thousand_mixed_deliveries_have_one_effect_per_message(tmp_path: Path) -> None:
    dice = random.Random(20261123)
    async with house(tmp_path) as h:
        h.platform.world.rates.clear()
        told = _messages(h)
        posts = _posts(told, dice)

        statuses = await _post_all(h, posts)
        await h.settled(within=120)

        assert statuses == {200: len(posts)}
        rows = await arrived(h)
        assert Counter(row.event_id for row in rows) == dict.fromkeys(told, 1)
        assert {row.state for row in rows} == {"done"}
        decided = Counter(row.conversation_id for row in await logged(h, "decided"))
        assert len(decided) == EVENTS
        assert set(decided.values()) == {1}
        assert Counter(entry.thread for entry in h.sent()) == {f"c{at}": 1 for at in range(EVENTS)}
        assert h.platform.ledger.doubles() == []
        assert h.platform.violations == []


async def test_a_second_delivery_of_a_done_message_is_accepted_and_ignored(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        webhook = await h.says("ann", "hello")
        await h.settled()

        assert await h.deliver(webhook) == 200
        await h.settled()
        assert len(h.sent("ann")) == 1
        assert [author for author, _ in await said(h, "ann")] == ["customer", "bot"]


async def test_a_redelivered_line_event_with_another_signature_is_the_same_event(
    tmp_path: Path,
) -> None:
    who = line_user(1)
    async with house(tmp_path) as h:
        webhook = on_line(h, who, "hello")
        await h.deliver(webhook)
        await h.settled()
        again = json.loads(webhook.body)
        again["events"][0]["deliveryContext"]["isRedelivery"] = True

        assert await h.deliver(_signed_for_line(webhook, again)) == 200
        await h.settled()
        assert len(await items(h, who)) == 1
        assert len(h.sent(who)) == 1


def _messages(h: House) -> dict[str, Any]:
    """Messages by id, as the items that Meta puts into a batch."""
    told: dict[str, Any] = {}
    for at in range(EVENTS):
        webhook = h.customer(f"c{at}").says("hello", message=f"m{at}", sent=h.clock.seconds())
        h.platform.world.note(webhook, h.clock.seconds())
        told[f"m{at}"] = json.loads(webhook.body)["entry"][0]["messaging"][0]
    return told


def _posts(told: dict[str, Any], dice: random.Random) -> list[tuple[bytes, dict[str, str]]]:
    """Every message once, then more at random, cut into batches that differ each time."""
    names = [*told, *dice.choices(list(told), k=DELIVERIES - len(told))]
    dice.shuffle(names)
    posts = []
    while names:
        size = dice.choice((1, dice.randint(2, BIGGEST_BATCH)))
        batch, names = names[:size], names[size:]
        posts.append(meta_post(account(), _body([told[name] for name in batch], dice)))
    return posts


def _body(batch: Sequence[Any], dice: random.Random) -> dict[str, Any]:
    """One entry with all of *batch*, or an entry for each."""
    entries = [batch] if dice.random() < 0.5 else [[each] for each in batch]
    return {
        "object": "page",
        "entry": [{"id": PAGE, "time": 0, "messaging": list(each)} for each in entries],
    }


async def _post_all(h: House, posts: list[tuple[bytes, dict[str, str]]]) -> Counter[int]:
    statuses: Counter[int] = Counter()
    waiting = iter(posts)

    async def courier() -> None:
        for body, headers in waiting:
            url = f"{h.url}/webhooks/messenger/shop"
            async with h.http.post(url, data=body, headers=headers) as answer:
                statuses[answer.status] += 1

    await asyncio.gather(*(courier() for _ in range(AT_ONCE)))
    return statuses


def _signed_for_line(webhook: Webhook, payload: object) -> Webhook:
    body, headers = line_post(account("line"), payload)
    return replace(webhook, body=body, headers=headers)
