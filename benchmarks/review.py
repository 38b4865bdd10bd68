"""What the review page costs after many decisions: ``python -m benchmarks.review``."""

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, event, insert

from bot.reviewing import Reviewing
from bot.store import agents
from bot.store.agents import Role
from bot.store.tables import conversations, events, messages
from tests.web.site import START, Site, site

AT_ONCE = 5_000
CONVERSATION = 20
VISITS = 30
RANKING = [["stock", 0.41], ["price", 0.33], ["size_fit", 0.11]]


def main() -> None:
    """Fill a desk, look through its log, visit its queue, and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("messages", nargs="?", type=int, default=100_000)
    parser.add_argument(
        "--unsure", type=float, default=1.0, help="share of messages to review, 0 to 1 (1)"
    )
    args = parser.parse_args()
    asyncio.run(_measure(args.messages, args.unsure))


async def _measure(count: int, unsure: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with site(Path(folder)) as shop:
            await shop.hire("Mia", Role.MANAGER)
            await shop.database.write(lambda conn: _fill(conn, count, unsure))
            print(f"{count} decided messages, of which {unsure:.0%} are to be reviewed")
            await _look_through(shop)
            for path in ("/review", "/review?order=frequent", "/review?reason=unsure&language=en"):
                await _visit(shop, path)


async def _look_through(shop: Site) -> None:
    shop.clock.turn(timedelta(hours=1))
    reviewing = Reviewing(database=shop.database, clock=shop.clock)
    began = time.perf_counter()
    while await reviewing.look():
        pass
    print(f"looked through in {time.perf_counter() - began:.1f} s")


async def _visit(shop: Site, path: str) -> None:
    cookie = await shop.database.write(
        lambda conn: agents.new_session(conn, shop.people["Mia"], shop.clock())
    )
    asked: list[str] = []
    event.listen(shop.database.engine, "after_cursor_execute", lambda *args: asked.append(args[2]))
    took, page = [], ""
    async with shop.visitor(cookie) as visitor:
        for _ in range(VISITS):
            began = time.perf_counter()
            async with visitor.get(path) as answer:
                assert answer.status == 200
                page = await answer.text()
            took.append((time.perf_counter() - began) * 1e3)
    cards = page.count('<article class="card"')
    print(
        f"{path:<40} {statistics.median(took):6.1f} ms median, {max(took):6.1f} ms worst,"
        f" {len(asked) / VISITS:.0f} statements, {cards} cards, {len(page) // 1024} KiB"
    )


def _fill(connection: Connection, count: int, unsure: float) -> None:
    random = Random(0)
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, count))
        talks = range(first // CONVERSATION, -(-numbers.stop // CONVERSATION))
        connection.execute(insert(conversations), [_conversation(each) for each in talks])
        connection.execute(insert(messages), [_message(each, random) for each in numbers])
        connection.execute(
            insert(events), [_event(each, random.random() < unsure) for each in numbers]
        )


def _conversation(number: int) -> dict[str, Any]:
    row = {"id": number + 1, "key": f"line/shop/{number}", "channel": "line", "account": "shop"}
    row |= {"thread": str(number), "surface": "direct", "state": "bot", "contact_id": str(number)}
    return row | {"slots": {}, "gone": [], "created_at": START}


def _message(number: int, random: Random) -> dict[str, Any]:
    words = ["雨傘", "紅色", "有嗎", "多少", "please", "umbrella", "red", "size", "現貨", "門市"]
    text = " ".join(islice(iter(lambda: random.choice(words), ""), random.randint(2, 6)))
    row = {"conversation_id": number // CONVERSATION + 1, "direction": "in", "author": "customer"}
    row |= {"visibility": "public", "kind": "dm.text", "text": text, "platform_id": f"m{number}"}
    at = START + timedelta(seconds=number / 100)
    return row | {"sent_at": at, "received_at": at}


def _event(number: int, unsure: bool) -> dict[str, Any]:
    said: dict[str, Any] = {
        "message": f"m{number}",
        "decision": "Respond",
        "why": "not understood: oos at 0.59",
    }
    said |= {"intent": "oos" if unsure else "stock", "confidence": 0.59, "source": "classifier"}
    said |= {"language": ("zh-Hant", "en")[number % 2], "templates": ["not_sure"]}
    row: dict[str, Any] = {"conversation_id": number // CONVERSATION + 1, "type": "decided"}
    row |= {"actor": "bot"}
    at = START + timedelta(seconds=number / 100)
    return row | {"at": at, "data": said | {"ranking": RANKING, "evidence": ["有嗎"]}}


if __name__ == "__main__":
    main()
