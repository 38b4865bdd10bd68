"""Under a post an agent can also hide a comment, or answer it once in private."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, select, update

from bot.store import desk, links
from bot.store.desk import Tab
from bot.store.links import Place
from bot.store.tables import conversations, messages, outbox
from tests.web.site import START, Site, Talk, hear
from tests.web.test_desk import look, post, say

COMMENT = Talk(thread="p/r", channel="page_comments", lines=("爛東西", "真的很爛"))


async def queued(shop: Site) -> list[dict[str, Any]]:
    rows = await shop.database.read(lambda conn: list(conn.scalars(select(outbox.c.message))))
    return [{name: row[name] for name in ("action", "text", "reply_to")} for row in rows]


async def settle(shop: Site, state: str) -> None:
    await shop.database.write(lambda conn: conn.execute(update(outbox).values(state=state)))


async def test_the_wrong_comment_is_hidden_or_hidden_twice(shop: Site) -> None:
    talk = await shop.talk(COMMENT)
    fields = {"client_id": str(uuid4())}
    async with shop.signals.subscribe("outbox") as stream:
        for _ in range(2):
            assert (await post(shop, "Ann", f"/desk/{talk}/hide", fields)).status == 200
        assert (await anext(stream)).payload == {"conversation": talk}

    assert await queued(shop) == [{"action": "hide", "text": "", "reply_to": "p/r-1"}]
    agent = await shop.database.read(lambda conn: conn.scalar(select(conversations.c.agent_id)))
    assert agent == shop.people["Ann"]


async def test_anything_but_a_comment_of_ours_is_hidden(shop: Site) -> None:
    direct = await shop.talk(Talk(thread="U1"))
    bobs = await shop.talk(
        Talk(thread="p/b", channel="page_comments", state="agent", agent_id=shop.people["Bob"])
    )
    empty = await shop.talk(Talk(thread="p/e", channel="page_comments", lines=()))

    for talk, fields, status in (
        (direct, {"client_id": str(uuid4())}, 422),
        (bobs, {"client_id": "7"}, 422),
        (bobs, {"client_id": str(uuid4())}, 409),
        (empty, {"client_id": str(uuid4())}, 409),
        (999, {"client_id": str(uuid4())}, 404),
    ):
        answer = await post(shop, "Ann", f"/desk/{talk}/hide", fields)
        assert (answer.status, await queued(shop)) == (status, []), talk
    assert "There is no comment" in await answer_text(shop, empty)


async def answer_text(shop: Site, talk: int) -> str:
    answer = await post(shop, "Ann", f"/desk/{talk}/hide", {"client_id": str(uuid4())})
    return await answer.text()


async def test_the_buttons_are_missing_where_they_work_or_shown_where_they_do_not(
    shop: Site,
) -> None:
    comment = await look(shop, f"/desk/{await shop.talk(COMMENT)}")
    direct = await look(shop, f"/desk/{await shop.talk(Talk(thread='U1'))}")

    for sign in ('<button id="act-hide"', '<option value="private_reply" id="private">'):
        assert sign in comment
        assert sign not in direct


@pytest.mark.parametrize("state", ["queued", "sending", "unknown", "sent"])
async def test_a_comment_gets_a_second_private_reply(shop: Site, state: str) -> None:
    talk = await shop.talk(COMMENT)
    assert (await say(shop, "Ann", talk, "私訊您了", action="private_reply")).status == 200
    await settle(shop, state)

    second = await say(shop, "Ann", talk, "再一則", action="private_reply")
    text = await second.text()

    assert second.status == 409
    assert "has had its one private reply" in text
    assert "再一則</textarea>" in text
    assert re.search(r'id="private" disabled', text)
    assert [row["reply_to"] for row in await queued(shop)] == ["p/r-1"]
    assert (await say(shop, "Ann", talk, "公開的")).status == 200


async def test_a_private_reply_that_failed_or_a_new_comment_may_not_have_another(
    shop: Site,
) -> None:
    talk = await shop.talk(COMMENT)

    assert (await say(shop, "Ann", talk, "一", action="private_reply")).status == 200
    await settle(shop, "failed")
    assert (await say(shop, "Ann", talk, "二", action="private_reply")).status == 200
    await shop.database.write(lambda conn: hear(conn, talk, "還有", START, platform_id="new"))
    assert (await say(shop, "Ann", talk, "三", action="private_reply")).status == 200

    assert [row["reply_to"] for row in await queued(shop)] == ["p/r-1", "p/r-1", "new"]


async def test_a_repeated_click_on_a_private_reply_is_refused(shop: Site) -> None:
    talk = await shop.talk(COMMENT)
    name = str(uuid4())

    for _ in range(2):
        answer = await say(shop, "Ann", talk, "一", action="private_reply", client_id=name)
        assert answer.status == 200

    assert len(await queued(shop)) == 1


async def test_to_hide_a_comment_counts_as_an_answer(shop: Site) -> None:
    talk = await shop.talk(COMMENT)
    at = START + timedelta(minutes=1)
    newest = await shop.database.write(
        lambda conn: hear(conn, talk, "", at, direction="out", author="agent", kind="hide")
    )

    with shop.database.engine.connect() as connection:
        (row,) = desk.queue(connection, tab=Tab.WAITING, agent_id=shop.people["Ann"])
    assert row.unread == 2
    assert (await say(shop, "Ann", talk, "您好", seen=str(newest - 1))).status == 200
    kinds = await shop.database.read(lambda conn: list(conn.scalars(select(messages.c.kind))))
    assert kinds == ["dm.text", "dm.text", "hide"]


async def test_the_way_from_a_comment_to_the_same_customers_messages_is_not_shown(
    shop: Site,
) -> None:
    talk = await shop.talk(COMMENT)
    place = Place(channel="messenger", account="shop", thread="U9")

    def keep(connection: Connection) -> None:
        links.link(connection, comment="p/r-1", conversation_id=talk, place=place, at=START)

    # The echo and the answer may both tell it.
    for _ in range(2):
        await shop.database.write(keep)
    other = await shop.database.read(
        lambda conn: conn.scalar(select(conversations.c.id).where(conversations.c.thread == "U9"))
    )

    words = "The same customer"
    for one, another in ((talk, other), (other, talk)):
        shown = await look(shop, f"/desk/{one}")
        assert shown.count(words) == 1
        assert f'<a href="/desk/{another}?' in shown
