"""Looking somebody up harms nothing: not the worker that asks for it, nor what is known better."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from bot.conversation import Conversation
from bot.profiles import MOST_WAITING, Profiles
from bot.signals.memory import MemorySignals
from bot.store import conversations, profiles, schema
from bot.store.database import Database
from channels.base import Channel, Profile
from channels.errors import ChannelUnavailable, RecipientGone, SendError
from channels.messages import Surface
from tests.postgres import new_database

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
KEY = ("postbox", "shop")


class Source:
    """A platform that tells *answers* one after another, and then hangs."""

    def __init__(self, *answers: Profile | SendError) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def profile(self, contact_id: str) -> Profile:
        self.asked.append(contact_id)
        if not self.answers:
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if isinstance(answer, SendError):
            raise answer
        return answer


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A started database with all tables."""
    url = f"sqlite:///{tmp_path / 'a.db'}" if request.param == "sqlite" else new_database()
    made = Database(url)
    schema.prepare(made.engine)
    made.start()
    yield made
    await made.close()


async def met(database: Database, who: str, name: str | None = None) -> Conversation:
    """A stored conversation."""
    new = Conversation(
        key=f"postbox/shop/{who}", channel="postbox", account="shop", thread=who,
        surface=Surface.DIRECT, contact_id=who, contact_name=name,
    )  # fmt: skip
    await database.write(lambda connection: conversations.lock(connection, [new], at=NOW))
    return await present(database, who)


async def present(database: Database, who: str) -> Conversation:
    """The conversation as it is stored now."""
    key = f"postbox/shop/{who}"
    found = await database.read(lambda connection: conversations.by_keys(connection, [key]))
    return found[key]


def looking(database: Database, source: Source) -> Profiles:
    """What looks up at *source*."""
    return Profiles(
        database=database,
        signals=MemorySignals(),
        channels=cast(dict[tuple[str, str], Channel], {KEY: source}),
        languages=("zh-Hant", "en"),
        clock=lambda: NOW,
    )


async def drained(looks: Profiles) -> None:
    """Look up all that waits."""
    running = asyncio.ensure_future(looks.run())
    await looks._waiting.join()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_name_is_not_shown_or_replaces_a_better_one(database: Database) -> None:
    ann, bob = await met(database, "ann"), await met(database, "bob", "Bob of the shop")
    source = Source(Profile(name="小安", language="zh-TW"))
    looks = looking(database, source)

    looks.want(ann)
    looks.want(bob)
    await drained(looks)

    assert source.asked == ["ann"]
    shown = await present(database, "ann")
    assert (shown.contact_name, shown.language) == ("小安", "zh-Hant")
    assert (await present(database, "bob")).contact_name == "Bob of the shop"


async def test_a_platform_is_asked_again_for_who_it_does_not_name(database: Database) -> None:
    ann = await met(database, "ann")
    source = Source(ChannelUnavailable("postbox"), RecipientGone("postbox"))

    for _ in range(4):
        looks = looking(database, source)
        looks.want(ann)
        await drained(looks)

    assert len(source.asked) == 2
    assert (await present(database, "ann")).contact_name is None


async def test_whoever_has_no_name_is_looked_up_at_every_message(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.profiles.MOST_SETTLED", 1)
    ann, bob = await met(database, "ann"), await met(database, "bob")
    looks = looking(database, Source(RecipientGone("postbox"), RecipientGone("postbox")))

    for who, waiting in ((ann, 1), (ann, 0), (bob, 1), (bob, 0), (ann, 1)):
        looks.want(who)
        assert looks._waiting.qsize() == waiting
        await drained(looks)


async def test_a_platform_that_hangs_stops_the_worker_or_fills_the_memory(
    database: Database,
) -> None:
    looks = looking(database, Source())
    ann = await met(database, "ann")
    running = asyncio.ensure_future(looks.run())

    for number in range(MOST_WAITING + 50):
        looks.want(Conversation(
            id=ann.id, key=f"{number}", channel="postbox", account="shop", thread="",
            surface=Surface.DIRECT, contact_id=f"{number}",
        ))  # fmt: skip
    await asyncio.sleep(0)

    assert len(looks._known) <= MOST_WAITING + 2
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_an_erased_customer_gets_the_name_back(database: Database) -> None:
    ann = await met(database, "ann")
    assert ann.id is not None
    asked = profiles.Asked(
        channel="postbox", account="shop", contact_id="somebody else", conversation_id=ann.id
    )

    changed = await database.write(
        lambda connection: profiles.show(connection, asked, Profile(name="A"), language="en")
    )

    assert not changed
    assert (await present(database, "ann")).contact_name is None
