"""X from webhook to answer: one reply for one post, and messages left for people."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import pytest

from bot.simulation.accounts import PlatformAccount
from bot.simulation.webhook import Webhook
from bot.simulation.x_people import XPerson
from tests.house import SECRET, TOKEN, House, house
from tests.scenarios.scene import answer, conversation, hire, items, states, take

US = "1710000000000000001"
NICE = "@brand so beautiful, I love it!"

pytestmark = pytest.mark.usefixtures("impatient")
_numbers = count(2080765813578191000)


def on_x(channel: str) -> PlatformAccount:
    """The brand on X."""
    return PlatformAccount(channel=channel, account="shop", page=US, secret=SECRET, token=TOKEN)


@asynccontextmanager
async def house_on_x(folder: Path, **settings: object) -> AsyncIterator[House]:
    """A brand with both adapters of X."""
    given = {"user_id": US, "secret": SECRET, "token": TOKEN, **settings}
    accounts = [on_x("x"), on_x("x_posts")]
    async with house(folder, accounts=accounts, also={"x": given, "x_posts": given}) as h:
        yield h


def somebody(channel: str, number: int = 1) -> XPerson:
    """A customer."""
    return XPerson(account=on_x(channel), id=f"{1820000000000000000 + number}", name="Kim")


def number() -> str:
    """An id that nothing else has."""
    return str(next(_numbers))


async def posts(h: House, text: str, *, kind: str = "post.mention.create") -> Webhook:
    """Let somebody mention the brand."""
    sent = h.clock.seconds()
    webhook = somebody("x_posts").posts(text, post=number(), sent=sent, kind=kind)
    assert await h.deliver(webhook) == 200
    return webhook


async def test_x_is_told_another_answer_to_its_challenge(tmp_path: Path) -> None:
    async with house_on_x(tmp_path) as h:
        answered = await h.http.get(f"{h.url}/webhooks/x/shop?crc_token=foo")
        told = await answered.json()

    assert answered.status == 200
    assert told["response_token"].startswith("sha256=")


async def test_a_post_told_as_mention_and_as_reply_gets_two_replies(tmp_path: Path) -> None:
    async with house_on_x(tmp_path) as h:
        sent, post = h.clock.seconds(), number()
        for kind in ("post.mention.create", "post.reply.create", "post.mention.create"):
            told = somebody("x_posts").posts(NICE, post=post, sent=sent, kind=kind)
            assert await h.deliver(told) == 200
        await h.settled()

        assert [entry.kind for entry in h.sent(post)] == ["reply"]
        assert h.platform.violations == []


async def test_a_direct_message_posted_twice_gets_two_replies(tmp_path: Path) -> None:
    async with house_on_x(tmp_path) as h:
        kim = somebody("x")
        webhook = kim.writes("hello", message=number(), sent=h.clock.seconds())
        for _ in range(2):
            assert await h.deliver(webhook) == 200
        await h.settled()

        assert len(h.sent(kim.id)) == 1
        assert h.platform.violations == []


async def test_our_own_words_on_x_are_taken_for_an_agents(tmp_path: Path) -> None:
    async with house_on_x(tmp_path) as h:
        kim = somebody("x")
        await h.deliver(kim.writes("hello", message=number(), sent=h.clock.seconds()))
        webhook = await posts(h, NICE)
        await h.settled()
        (said,), (posted,) = h.sent(kim.id), h.sent(webhook.message)
        sent = h.clock.seconds()
        brand = XPerson(account=on_x("x_posts"), id=US)
        for echo in (
            kim.hears(said.text, message=said.ids[0], sent=sent),
            brand.answers(
                posted.text,
                post=posted.ids[0],
                sent=sent,
                conversation=webhook.message,
                parent=webhook.message,
                to=webhook.customer,
            ),
        ):
            assert await h.deliver(echo) == 200
        await h.settled()

        for thread in (kim.id, f"{webhook.message}/{webhook.customer}"):
            assert (await conversation(h, thread)).state == "bot"


async def test_an_answer_typed_on_x_is_answered_over(tmp_path: Path) -> None:
    async with house_on_x(tmp_path) as h:
        kim = somebody("x")
        await h.deliver(kim.writes("hello", message=number(), sent=h.clock.seconds()))
        await h.settled()
        typed = kim.hears("Hi, Bea here", message=number(), sent=h.clock.seconds())
        await h.deliver(typed)
        await h.deliver(kim.writes("hello?", message=number(), sent=h.clock.seconds()))
        await h.settled()

        assert len(h.sent(kim.id)) == 1
        assert (await conversation(h, kim.id)).state == "agent"


async def test_an_answer_longer_than_one_post_is_posted_in_pieces(tmp_path: Path) -> None:
    folder = tmp_path / "answers" / "en"
    folder.mkdir(parents=True)
    (folder / "praise_thanks.j2").write_text("thank you so much! " * 20, encoding="utf-8")

    given = {"user_id": US, "secret": SECRET, "token": TOKEN}
    also = {"x_posts": given}
    async with house(
        tmp_path, accounts=[on_x("x_posts")], also=also, responses=str(tmp_path / "answers")
    ) as h:
        webhook = await posts(h, NICE)
        await h.settled()

        thread = f"{webhook.message}/{webhook.customer}"
        assert h.sent(webhook.message) == []
        row = await conversation(h, thread)
        assert (row.state, row.handoff_reason) == ("waiting", "action_failed")


async def test_a_bot_uses_up_the_messages_that_people_need(tmp_path: Path) -> None:
    async with house_on_x(tmp_path, direct_per_quarter_hour=4, kept_for_people=0.5) as h:
        agent = await hire(h)
        people = [somebody("x", n) for n in range(3)]
        for kim in people:
            await h.deliver(kim.writes("hello", message=number(), sent=h.clock.seconds()))
            await h.settled()

        last = people[-1].id
        assert [await states(h, kim.id) for kim in people] == [["sent"], ["sent"], ["failed"]]
        assert (await conversation(h, last)).state == "waiting"
        await take(h, last, agent)
        await answer(h, last, agent, "Bea here")
        await h.settled()
        assert [row.state for row in await items(h, last)] == ["failed", "sent"]
        assert h.platform.violations == []
