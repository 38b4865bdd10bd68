"""Comments on YouTube through the real door: polled, answered once, hidden, taken over."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.simulation.accounts import PlatformAccount
from bot.simulation.misbehaviour import Misbehaviour
from bot.simulation.youtube import YouTube as Api
from bot.simulation.youtube_comments import Watcher
from bot.store import pauses
from bot.store.tables import polls
from tests.house import House, house
from tests.scenarios.scene import answer, arrived, conversation, hire, items, take, until

CHANNEL, TOKEN = "UCshop000000000000000001", "youtube-token"
ACCOUNT = PlatformAccount(channel="youtube", account="shop", page=CHANNEL, secret="", token=TOKEN)
HOURLY = timedelta(hours=1)
PRAISE = "so beautiful, I love it!"

pytestmark = pytest.mark.usefixtures("impatient")
_numbers = count(1)


@pytest.fixture(autouse=True)
def attentive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notice sooner that a poll is due, and look sooner for a doubtful reply."""
    monkeypatch.setattr("bot.polling.LOOK_EVERY", 0.05)
    monkeypatch.setattr("bot.finding.WAITS", (0.05, 0.1))


@asynccontextmanager
async def channel(folder: Path, **changes: Any) -> AsyncIterator[House]:
    """A house whose YouTube channel is asked every hour, and was asked once."""
    settings = {"channel": CHANNEL, "token": TOKEN, "poll_seconds": 3600}
    async with house(folder, accounts=[ACCOUNT], also={"youtube": settings}, **changes) as h:
        await until(h, lambda: _read(h))
        yield h


def _api(h: House) -> Api:
    api = h.platform._apis["youtube"]
    assert isinstance(api, Api)
    return api


def writes(
    h: House, text: str, *, by: str = "kim", thread: str | None = None, video: str = "v1"
) -> str:
    """Somebody comments now; returns the comment's id."""
    own = f"Ug{next(_numbers):06d}"
    id = own if thread is None else f"{thread}.{own}"
    who = Watcher(account=ACCOUNT, id=f"UC{by}", name=f"@{by}", video=video)
    h.platform.note(who.adds(text, comment=id, sent=h.clock.seconds(), thread=thread))
    return id


async def goes_by(h: House) -> None:
    """Let an hour go by until the next poll."""
    before = _api(h).units
    h.clock.ahead += HOURLY
    await h.until(lambda: _api(h).units > before)


async def read(h: House, *said: Callable[[], str]) -> list[str]:
    """Let an hour go by, let customers say something, and wait until all of it is settled."""
    before = _api(h).units
    h.clock.ahead += HOURLY
    ids = [say() for say in said]
    await h.until(lambda: _api(h).units > before)
    await until(h, lambda: _heard(h, ids[-1]))
    await h.settled()
    return ids


async def _read(h: House) -> object:
    query = select(polls.c.cursor).where(polls.c.channel == "youtube")
    return await h.database.read(lambda connection: connection.scalar(query))


async def _heard(h: House, comment: str) -> bool:
    return any(row.event_id == comment for row in await arrived(h))


async def test_a_comment_is_not_answered_or_answered_twice(tmp_path: Path) -> None:
    async with channel(tmp_path) as h:
        [thread] = await read(h, lambda: writes(h, PRAISE))
        assert [(entry.channel, entry.kind) for entry in h.sent(thread)] == [("youtube", "reply")]
        # The same thread is listed again, and with it our own reply.
        await read(h, lambda: writes(h, "ok", by="lin"))
        await goes_by(h)
        await h.settled()

        assert len(h.sent(thread)) == 1
        assert (await conversation(h, thread)).state == "bot"
        assert h.platform.violations == []


async def test_a_reply_that_got_through_is_lost_from_sight_or_said_again(tmp_path: Path) -> None:
    async with channel(tmp_path) as h:
        [thread] = await read(h, lambda: writes(h, PRAISE))
        agent = await hire(h)
        await take(h, thread, agent)
        h.platform.misbehave(Misbehaviour(kind="reset_after_accept", times=1))
        await answer(h, thread, agent, "Thank you, Kim! - Ann")
        await until(h, lambda: _are(h, ["sent", "sent"]))

        assert [entry.text for entry in h.sent(thread)][1:] == ["Thank you, Kim! - Ann"]
        assert (await items(h))[1].platform_id == h.sent(thread)[1].ids[0]


async def test_a_reply_that_never_got_there_is_said_again_on_hope(tmp_path: Path) -> None:
    async with channel(tmp_path) as h:
        [thread] = await read(h, lambda: writes(h, PRAISE))
        agent = await hire(h)
        await take(h, thread, agent)
        h.platform.misbehave(Misbehaviour(kind="reset", times=1))
        await answer(h, thread, agent, "Thank you, Kim! - Ann")
        await until(h, lambda: _are(h, ["sent", "unknown"]))

        assert len(h.sent(thread)) == 1


async def test_spam_is_not_hidden(tmp_path: Path) -> None:
    async with channel(tmp_path, comments={"spam": {"hide": True, "ignore": True}}) as h:
        [thread] = await read(h, lambda: writes(h, "Earn $5000 a day! Click http://x.example"))

        assert [entry.kind for entry in h.sent(thread)] == ["hide"]
        assert _api(h).comments(ACCOUNT)[thread].hidden


async def test_a_refused_poll_is_only_logged(tmp_path: Path) -> None:
    async with channel(tmp_path) as h:
        h.platform.misbehave(Misbehaviour(kind="unauthorized", channel="youtube"))
        h.clock.ahead += HOURLY
        key = ("youtube", "shop")
        await until(h, lambda: _paused(h, key))
        h.platform.behave()
        h.clock.ahead += timedelta(minutes=2)
        await until(h, lambda: _paused(h, key, now=False))


async def _are(h: House, wanted: list[str]) -> bool:
    return [row.state for row in await items(h)] == wanted


async def _paused(h: House, key: tuple[str, str], *, now: bool = True) -> bool:
    return (await h.database.read(pauses.paused)).get(key) is now
